package sip

import (
	"fmt"
	"net/netip"
	"slices"

	sipmsg "github.com/emiago/sipgo/sip"
)

// proxy tells whether a packet from src comes by a proxy that phones are behind.
// It says nothing of who has sent it there.
func (g *guard) proxy(src netip.AddrPort) bool {
	return g.register && slices.Contains(g.proxies, src.Addr())
}

// check finds who would be a carrier and a proxy of phones at once: what such a
// phone sends would be taken for the carrier's.
func (g *guard) check() error {
	for _, p := range g.proxies {
		for _, t := range g.trunks {
			at := slices.ContainsFunc(t.addrs, func(a netip.AddrPort) bool { return a.Addr() == p })
			source := slices.ContainsFunc(t.sources, func(s netip.Prefix) bool { return s.Contains(p) })
			if at || source {
				return fmt.Errorf("proxy %s is an address of trunk %s as well: its phones would be taken for the carrier", p, t.Name)
			}
		}
	}
	return nil
}

// behindProxy tells whether a request that came by a proxy may be of the agent's
// phone, as that is registered by a proxy. Whether it is the digest has to tell.
func (d *Driver) behindProxy(agent string, src netip.AddrPort) bool {
	return d.guard.proxy(src) && d.phones.by(agent, d.guard.proxy)
}

// behind is where a request came to the proxy from, as that says. Who guesses
// passwords there locks out nobody else.
func behind(req *sipmsg.Request) string {
	vias := req.GetHeaders("Via")
	if len(vias) < 2 {
		return ""
	}
	via, ok := vias[1].(*sipmsg.ViaHeader)
	if !ok {
		return ""
	}
	if ip, ok := via.Params.Get("received"); ok {
		return ip
	}
	return via.Host
}
