package dialog

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// methods are what Allow says of us; REGISTER is added where it is served.
const methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY"

func (e *Endpoint) allow() sipmsg.Header {
	if e.opt.OnRegister != nil {
		return sipmsg.NewHeader("Allow", methods+", REGISTER")
	}
	return sipmsg.NewHeader("Allow", methods)
}

// outline is what a request says of its call.
type outline struct {
	method   sipmsg.RequestMethod
	uri      sipmsg.Uri
	from, to sipmsg.Header
	callID   string
	cseq     uint32
	branch   string // empty makes one
	dest     string // host:port; empty is where uri points
}

// request builds a request with all that every request has, Contact included.
func (e *Endpoint) request(o outline) *sipmsg.Request {
	req := sipmsg.NewRequest(o.method, o.uri)
	dest := o.dest
	if dest == "" {
		dest = hostPort(&o.uri)
	}
	req.SetDestination(dest)
	req.SetTransport(transportOf(&o.uri, "UDP"))
	e.via(req, o.branch)
	hops := sipmsg.MaxForwardsHeader(70)
	id := sipmsg.CallIDHeader(o.callID)
	for _, h := range []sipmsg.Header{
		&hops, o.from, o.to, &id,
		&sipmsg.CSeqHeader{SeqNo: o.cseq, MethodName: o.method},
		sipmsg.NewHeader("User-Agent", e.opt.UserAgent),
	} {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	return req
}

// via sets the transport's side of a request: the Via header, with rport always
// (RFC 3581), and the socket that it leaves by.
func (e *Endpoint) via(req *sipmsg.Request, branch string) {
	if branch == "" {
		branch = newBranch()
	}
	host, port := e.contactHost(req.Transport(), req.Destination())
	via := &sipmsg.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: req.Transport(), Host: host, Port: port}
	via.Params.Add("branch", branch)
	via.Params.Add("rport", "")
	req.RemoveHeader("Via")
	req.PrependHeader(via)
	if req.Transport() == "UDP" {
		local := e.udp.LocalAddr().(*net.UDPAddr)
		req.Laddr = sipmsg.Addr{IP: local.IP, Port: local.Port, Hostname: local.IP.String()}
	}
}

// contact returns our Contact header as a peer at dest shall see it.
func (e *Endpoint) contact(user, transport, dest string) sipmsg.Header {
	host, port := e.contactHost(transport, dest)
	u := sipmsg.Uri{Scheme: "sip", User: userPart(user), Host: host, Port: port}
	if transport == "TCP" && e.tcp != nil {
		u.UriParams.Add("transport", "tcp")
	}
	return &sipmsg.ContactHeader{Address: u}
}

// contactHost returns our host and port for a transport. Where we listen on all
// addresses it is the one that packets to dest leave from.
func (e *Endpoint) contactHost(transport, dest string) (string, int) {
	listening := e.Addr()
	if transport == "TCP" && e.tcp != nil {
		listening = e.TCPAddr()
	}
	port := int(listening.Port())
	if host, p, err := net.SplitHostPort(e.opt.Host); err == nil {
		if n, err := strconv.Atoi(p); err == nil {
			port = n
		}
		return host, port
	}
	if e.opt.Host != "" {
		return e.opt.Host, port
	}
	if ip := listening.Addr(); !ip.IsUnspecified() {
		return ip.String(), port
	}
	return outboundIP(dest).String(), port
}

// outboundIP asks the routing table; nothing is sent.
func outboundIP(dest string) netip.Addr {
	conn, err := net.Dial("udp", dest) //nolint:noctx // a datagram socket connects without waiting
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer conn.Close()
	return addrPort(conn.LocalAddr()).Addr()
}

// transportOf returns what a URI asks for, or usual.
func transportOf(u *sipmsg.Uri, usual string) string {
	if t, ok := u.UriParams.Get("transport"); ok && t != "" {
		return strings.ToUpper(t)
	}
	return usual
}

// newBranch returns a fresh Via branch.
func newBranch() string { return sipmsg.RFC3261BranchMagicCookie + rand.Text() }

// from names us, with our tag.
func (e *Endpoint) from(p Party, tag, dest string) *sipmsg.FromHeader {
	host := p.Host
	if host == "" {
		host, _ = e.contactHost("UDP", dest)
	}
	h := &sipmsg.FromHeader{
		DisplayName: escaped(p.Display),
		Address:     sipmsg.Uri{Scheme: "sip", User: userPart(p.User), Host: host},
	}
	h.Params.Add("tag", tag)
	return h
}

// to names the peer: p, or where target points.
func to(p Party, target *sipmsg.Uri, tag string) *sipmsg.ToHeader {
	u := sipmsg.Uri{Scheme: target.Scheme, User: target.User, Host: target.Host, Port: target.Port}
	if p.User != "" {
		u.User = userPart(p.User)
	}
	if p.Host != "" {
		u.Host, u.Port = p.Host, 0
	}
	h := &sipmsg.ToHeader{DisplayName: escaped(p.Display), Address: u}
	if tag != "" {
		h.Params.Add("tag", tag)
	}
	return h
}

// cancelOf builds the CANCEL of an INVITE (RFC 3261 section 9.1).
func cancelOf(invite *sipmsg.Request) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	sipmsg.CopyHeaders("Route", invite, req)
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	for _, name := range []string{"From", "To", "Call-ID"} {
		sipmsg.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	return req
}

// checkHeaders refuses values that would run into the next line.
func checkHeaders(headers []sipmsg.Header) error {
	for _, h := range headers {
		if !isToken(h.Name()) || strings.ContainsAny(h.Value(), "\r\n") {
			return fmt.Errorf("header %q: not on one line", plain(h.Name(), 32))
		}
	}
	return nil
}
