package wire

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
)

// Seen returns our host as the machine at to sees it in what we send.
func (w *Wire) Seen(to netip.Addr) string {
	host, _ := w.Facing("UDP", to)
	return host
}

// Facing returns our host and port as the machine at to shall see them. Where we
// listen on all addresses it is the one that packets to it leave from. The zero
// value of to is anybody.
func (w *Wire) Facing(transport string, to netip.Addr) (host string, port int) {
	at := w.listening(transport)
	port = int(at.Port())
	inside := slices.ContainsFunc(w.opt.Local, func(p netip.Prefix) bool { return p.Contains(to) })
	if public := w.public(to); public != "" && !inside {
		return withPort(public, port)
	}
	if ip := at.Addr(); !ip.IsUnspecified() {
		return ip.String(), port
	}
	return outboundIP(to).String(), port
}

// public returns the host that is configured for the machine at to: a name, or an
// address of its kind; empty without.
func (w *Wire) public(to netip.Addr) string {
	for _, public := range []string{w.opt.Host, w.opt.Host6} {
		host, _, _ := splitHost(public)
		ip, err := netip.ParseAddr(host)
		if public != "" && (err != nil || !to.IsValid() || ip.Unmap().Is4() == to.Unmap().Is4()) {
			return public
		}
	}
	return ""
}

// withPort returns a host, and the port where it names one itself.
func withPort(public string, port int) (string, int) {
	host, n, err := splitHost(public)
	if err != nil {
		return public, port
	}
	return host, cmp.Or(n, port)
}

// listening returns where we listen for a transport; that of UDP without.
func (w *Wire) listening(transport string) netip.AddrPort {
	switch {
	case transport == "TCP" && w.tcp != nil:
		return w.TCPAddr()
	case transport == "TLS" && w.tls != nil:
		return w.TLSAddr()
	}
	return w.Addr()
}

// LocalAddr is the address of this machine that packets to the other leave from.
func LocalAddr(to netip.Addr) netip.Addr { return outboundIP(to).Unmap() }

// outboundIP asks the routing table; nothing is sent.
func outboundIP(to netip.Addr) netip.Addr {
	if !to.IsValid() {
		to = netip.AddrFrom4([4]byte{192, 0, 2, 1}) // anywhere
	}
	conn, err := net.Dial("udp", netip.AddrPortFrom(to, 9).String()) //nolint:noctx // a datagram socket connects without waiting
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer conn.Close()
	return addrPort(conn.LocalAddr()).Addr()
}

// Contact returns our Contact header as a peer at dest shall see it.
func (w *Wire) Contact(user, scheme, transport, dest string) sipmsg.Header {
	h := &sipmsg.ContactHeader{Address: sipmsg.Uri{Scheme: scheme, User: grammar.UserPart(user)}}
	if h.Address.Scheme != "sips" {
		h.Address.Scheme = "sip"
	}
	w.point(&h.Address, transport, IPOf(dest))
	return h
}

// point makes a URI point at us, as the machine at to shall see it. By TCP we
// can be reached only if we listen for it; a connection with TLS that was made
// by us has to do in any case.
func (w *Wire) point(u *sipmsg.Uri, transport string, to netip.Addr) {
	u.Host, u.Port = w.Facing(transport, to)
	u.UriParams.Remove("transport")
	if transport == "TCP" && w.tcp != nil || transport == "TLS" && u.Scheme != "sips" {
		u.UriParams.Add("transport", sipmsg.NetworkToLower(transport))
	}
}

// IPOf returns the address in a heading as it is written; the zero value for a
// name.
func IPOf(dest string) netip.Addr {
	h, err := ReadHeading(dest)
	if err != nil {
		return netip.Addr{}
	}
	ip, _ := h.Address()
	return ip
}

// face makes a request's Via and Contact say where the machine at hop can reach
// us. That it took TCP for its size alone concerns nothing that follows.
func (w *Wire) face(req *sipmsg.Request, h Hop) {
	usual := h.Transport
	if h.large {
		usual = "UDP"
	}
	via := req.Via()
	via.Transport = h.Transport
	via.Host, via.Port = w.Facing(h.Transport, h.Addr.Addr())
	if c := req.Contact(); c != nil && !c.Address.Wildcard {
		w.point(&c.Address, usual, h.Addr.Addr())
		w.markOutbound(req, h)
	}
	req.SetTransport(h.Transport)
	req.SetDestination(h.Addr.String())
	req.Laddr = sipmsg.Addr{}
	if h.Transport == "UDP" {
		local := w.udp.LocalAddr().(*net.UDPAddr)
		req.Laddr = sipmsg.Addr{IP: local.IP, Port: local.Port, Hostname: local.IP.String()}
	}
}

// ViaOf returns the transport that what follows a request of ours takes.
func (w *Wire) ViaOf(req *sipmsg.Request) string {
	c := req.Contact()
	if req.Transport() == "TCP" && w.tcp != nil && c != nil && TransportOf(&c.Address, "UDP") == "UDP" {
		return "UDP" // TCP was for its size alone
	}
	return req.Transport()
}
