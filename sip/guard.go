package sip

import (
	"bytes"
	"net/netip"
	"sync"
	"time"
)

// mostStrange is how many packets a second are looked at from those who are
// neither a trunk nor a registered phone. Everyone has to start as one.
const mostStrange = 200

// guard keeps the doors of a Driver.
type guard struct {
	trunks []*trunk
	phones *registry

	mu      sync.Mutex
	second  int64
	strange int
}

// trunk returns the trunk that a packet from src came by, or nil.
func (g *guard) trunk(src netip.AddrPort) *trunk {
	for _, t := range g.trunks {
		if t.owns(src) {
			return t
		}
	}
	return nil
}

// allow tells whether a packet is worth reading: one from a trunk or a
// registered phone, or one that looks like SIP.
func (g *guard) allow(src netip.AddrPort, head []byte, now time.Time) bool {
	src = netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
	if g.trunk(src) != nil || g.phones.from(src) {
		return true
	}
	return looksLikeSIP(head) && g.spend(now)
}

// looksLikeSIP tells whether a packet begins with the line of a SIP message.
func looksLikeSIP(b []byte) bool {
	line, _, ok := bytes.Cut(b, []byte("\r\n"))
	return ok && (bytes.HasPrefix(line, []byte("SIP/2.0 ")) || bytes.HasSuffix(line, []byte(" SIP/2.0")))
}

// spend takes one of the packets from strangers that this second holds.
func (g *guard) spend(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := now.Unix(); s != g.second {
		g.second, g.strange = s, 0
	}
	g.strange++
	return g.strange <= mostStrange
}
