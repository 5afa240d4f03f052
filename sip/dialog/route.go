package dialog

import (
	"net/netip"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// routesOf reads the Record-Route headers of a message, in their order.
func routesOf(m sipmsg.Message) (routes []sipmsg.Uri) {
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*sipmsg.RecordRouteHeader); ok && rr.Address.Host != "" {
			routes = append(routes, *rr.Address.Clone())
		}
	}
	return routes
}

// next builds our next request within the dialog.
func (d *Dialog) next(method sipmsg.RequestMethod) *sipmsg.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cseq++
	return d.build(method, d.cseq)
}

// build builds a request within the dialog (RFC 3261 section 12.2.1.1). The
// caller holds d.mu, or is alone with d.
func (d *Dialog) build(method sipmsg.RequestMethod, cseq uint32) *sipmsg.Request {
	uri, routes, hop := d.path()
	uri.UriParams = slices.Clone(uri.UriParams)
	uri.UriParams.Remove("method")
	uri.Headers = nil
	req := d.e.request(outline{
		method: method, uri: uri, from: sipmsg.HeaderClone(d.local), to: sipmsg.HeaderClone(d.remote),
		callID: d.id.callID, cseq: cseq, dest: d.reach(hop, len(routes) > 0), transport: wire.TransportOf(hop, d.via),
	})
	for _, r := range routes {
		req.AppendHeader(&sipmsg.RouteHeader{Address: r})
	}
	if method != sipmsg.BYE && method != sipmsg.ACK && method != sipmsg.PRACK {
		req.AppendHeader(sipmsg.HeaderClone(d.contact))
	}
	return req
}

// path returns the request URI, the Route headers and the next hop. A first
// router without ;lr is a strict one: it wants to be the request URI, and the
// target the last Route.
func (d *Dialog) path() (uri sipmsg.Uri, routes []sipmsg.Uri, hop *sipmsg.Uri) {
	switch {
	case len(d.routes) == 0:
		return d.target, nil, &d.target
	case d.routes[0].UriParams.Has("lr"):
		return d.target, d.routes, &d.routes[0]
	default:
		return d.routes[0], append(slices.Clone(d.routes[1:]), d.target), &d.routes[0]
	}
}

// reach returns the address of the next hop. A phone behind NAT gives a Contact
// that cannot be reached from here; it gets its requests where its own came from.
// By TCP and TLS that is the connection that it has made, as long as it stands: by
// TLS also where its Contact is another address, as a phone has no certificate
// that we could connect to.
func (d *Dialog) reach(hop *sipmsg.Uri, routed bool) string {
	dest := wire.HeadingOf(hop)
	dest.Transport = wire.TransportOf(hop, d.via)
	if d.via == "UDP" {
		dest.Transport = wire.TransportOf(hop, "") // may become TCP where it is too large
	}
	if routed || !d.source.IsValid() {
		return dest.String()
	}
	ip, ok := hostIP(hop)
	from := d.source.Addr()
	hidden := ok && (ip.IsUnspecified() || ip.IsPrivate() && !from.IsPrivate() && !from.IsLoopback()) || strings.HasSuffix(hop.Host, ".invalid")
	stands := d.via != "UDP" && dest.Transport == d.via && d.e.wire.Connected(d.via, d.source)
	if hidden || stands && (ip == from || ok && d.via == "TLS") {
		return wire.Heading{Host: from.String(), Port: int(d.source.Port()), Transport: d.via, Flow: d.via != "UDP"}.String()
	}
	return dest.String()
}

// hostIP returns the host of a URI where it is an address.
func hostIP(u *sipmsg.Uri) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	return ip.Unmap(), err == nil
}
