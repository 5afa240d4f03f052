package dialog

import (
	"fmt"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/grammar"
	"careline/sip/wire"
)

// Path is the way to a phone by proxies, as the Path headers of its REGISTER
// have it (RFC 3327): the nearest first, separated by commas; empty is none.
type Path string

// PathOf reads the Path headers of a REGISTER.
func PathOf(req *sipmsg.Request) (Path, error) {
	headers := req.GetHeaders("Path")
	values := make([]string, 0, len(headers))
	for _, h := range headers {
		values = append(values, h.Value())
	}
	p := Path(strings.Join(values, ", "))
	_, err := p.routes()
	return p, err
}

// Headers are what the answer to the REGISTER repeats.
func (p Path) Headers() []sipmsg.Header {
	if p == "" {
		return nil
	}
	return []sipmsg.Header{sipmsg.NewHeader("Path", string(p)), sipmsg.NewHeader("Supported", "path")}
}

// routes are the URIs of the proxies.
func (p Path) routes() ([]sipmsg.Uri, error) {
	if p == "" {
		return nil, nil
	}
	var uris []sipmsg.Uri
	for _, value := range grammar.SplitQuoted(string(p), ',') {
		var u sipmsg.Uri
		_, err := sipmsg.ParseAddressValue(strings.TrimSpace(value), &u, nil)
		if err != nil || u.Scheme != "sip" || u.Host == "" || !u.UriParams.Has("lr") {
			return nil, fmt.Errorf("path %.80q is no sip URI with ;lr", value)
		}
		uris = append(uris, u)
	}
	return uris, nil
}

// Hop is the first proxy, as Invite.Route has it; empty without any.
func (p Path) Hop() string {
	routes, err := p.routes()
	if err != nil || len(routes) == 0 {
		return ""
	}
	return wire.HeadingOf(&routes[0]).String()
}

// Addr is the address of the first proxy, where the path names one outright.
func (p Path) Addr() (netip.AddrPort, bool) {
	routes, err := p.routes()
	if err != nil || len(routes) == 0 {
		return netip.AddrPort{}, false
	}
	return AddrOf(&routes[0])
}

// AddrOf is the address that a URI points to, where it names one outright.
func AddrOf(u *sipmsg.Uri) (netip.AddrPort, bool) {
	ip, ok := wire.HeadingOf(u).Address()
	return netip.AddrPortFrom(ip, uint16(wire.PortOf(u))), ok
}

// lead has a new request go by the proxies of a path, which was read before.
func (p Path) lead(req *sipmsg.Request) {
	routes, _ := p.routes()
	for _, r := range routes {
		req.AppendHeader(&sipmsg.RouteHeader{Address: r})
	}
}
