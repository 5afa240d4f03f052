package sip

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

// guard keeps the doors of a Driver.
type guard struct {
	trunks    []*trunk
	phones    *registry
	proxies   []netip.Addr // in front of phones
	register  bool         // there are phones that may register
	strangers *strangers   // what they send
	bans      *throttle    // sources that guess passwords
	guests    guests       // legs that are expected from elsewhere
}

func newGuard(phones *registry, o Options) *guard {
	return &guard{phones: phones, proxies: o.Proxies, register: len(o.Phones) > 0, strangers: newStrangers(), bans: newThrottle(mostGuesses)}
}

// trunk returns the trunk that a packet from src came by, or nil. Of several one
// that has just this address goes before one that has its prefix, or any port.
func (g *guard) trunk(src netip.AddrPort) *trunk {
	return g.find(src, func(*trunk) bool { return true })
}

// find returns the first trunk that a packet from src can have come by; one that
// names its port goes first.
func (g *guard) find(src netip.AddrPort, fits func(*trunk) bool) *trunk {
	var found *trunk
	for _, t := range g.trunks {
		switch {
		case !t.owns(src) || !fits(t):
		case t.names(src):
			return t
		case found == nil:
			found = t
		}
	}
	return found
}

// isTrunk tells whether a trunk's machine is at an address.
func (g *guard) isTrunk(at netip.AddrPort) bool {
	return slices.ContainsFunc(g.trunks, func(t *trunk) bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return slices.Contains(t.addrs, at)
	})
}

// allow tells whether a packet is worth reading: one from a trunk, a registered
// phone or where a leg is expected from, or a REGISTER, of which strangers may send a few. A stream
// has no head; there it is asked of the connection, and of each piece.
func (g *guard) allow(src netip.AddrPort, head []byte) bool {
	src = netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
	if g.phones.from(src) || g.trunk(src) != nil || g.proxy(src) {
		return true
	}
	if g.guests.door(src.Addr()) && !isRegister(head) {
		return true
	}
	if !g.register || head != nil && !isRegister(head) {
		return false
	}
	return g.allowStranger(src.Addr(), time.Now())
}

func (g *guard) allowStranger(ip netip.Addr, now time.Time) bool {
	source := sourceKey(ip)
	return !g.bans.locked(source.String(), now) && g.strangers.spend(source, g.phones.at(ip), now)
}

// failed notes a wrong password of a source, and returns for how long that shuts
// it out. A source where phones are registered is not: they are not to suffer
// for whoever is behind the same router, or proxy, whom the throttle by name stops.
func (g *guard) failed(src netip.AddrPort, now time.Time) time.Duration {
	if g.phones.at(src.Addr()) || g.trunk(src) != nil || g.proxy(src) {
		return 0
	}
	return g.bans.failed(sourceKey(src.Addr()).String(), now)
}

// isRegister tells whether a packet begins as a REGISTER does.
func isRegister(b []byte) bool {
	if !bytes.HasPrefix(b, []byte("REGISTER sip")) {
		return false
	}
	line, _, ok := bytes.Cut(b, []byte("\r\n"))
	return ok && bytes.HasSuffix(line, []byte(" SIP/2.0"))
}
