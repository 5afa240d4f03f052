package session

import (
	"net/netip"
	"time"
)

// latch is where the peer's sound comes from, so that strangers who send to the
// port are neither heard nor sent to. The rules:
//
//   - Nothing is taken in before the peer is named by its description.
//   - The address that was named is the peer's, whenever it is heard.
//   - Else, while nobody is heard, another port of the host that was named, or of
//     the one that the call's signalling comes from, is the peer's: a router in
//     between may have changed it.
//   - Else, while nobody is heard, any host is after four packets in a row. Whoever
//     the rules above name takes its place.
//   - Who was found stays, until a re-INVITE or an UPDATE names another address. One
//     that names the same lets another take its place only once it is silent.
//
// Encrypted sound needs no such guess: only the peer has the key.
//
// It belongs to the goroutine that receives.
type latch struct {
	peer  *peer // the latest that was named
	from  netip.AddrPort
	rank  rank
	heard time.Time // the latest packet from there
	open  bool      // the same address was named again, and from was not heard since

	trial    netip.AddrPort // a host of which nobody has told
	trialSeq uint16
	trials   int
}

// rank is how much speaks for an address.
type rank int

const (
	nobody rank = iota
	anybody
	sameHost
	asNamed
)

// trialLength is how many packets in a row make a host the peer of which nobody
// has told; quietFor is how long who was found must be silent, after a
// re-INVITE, for another to take its place.
const (
	trialLength = 4
	quietFor    = time.Second
)

// rankOf tells how much speaks for a packet from there.
func (p *peer) rankOf(from netip.AddrPort) rank {
	switch {
	case from == p.Addr:
		return asNamed
	case from.Addr() == p.Addr.Addr(), from.Addr() == p.via, p.open != nil:
		return sameHost
	default:
		return anybody
	}
}

// may tells whether a packet from there may be the peer's.
func (l *latch) may(p *peer, from netip.AddrPort, at time.Time) bool {
	if p != l.peer {
		l.renew(p)
	}
	return from == l.from || p.rankOf(from) > l.rank || l.open && at.Sub(later(l.heard, p.since)) > quietFor
}

// renew follows a new description.
func (l *latch) renew(p *peer) {
	if l.peer == nil || l.peer.Addr != p.Addr {
		*l = latch{peer: p}
		return
	}
	l.peer, l.open = p, l.rank != nobody
}

// settle takes a valid packet for the peer's. It reports false while its host is
// on trial.
func (l *latch) settle(from netip.AddrPort, seq uint16, at time.Time) bool {
	if from != l.from {
		r := l.peer.rankOf(from)
		if r == anybody && !l.tried(from, seq) {
			return false
		}
		l.from, l.rank = from, r
	}
	l.heard, l.open, l.trials = at, false, 0
	return true
}

// tried counts the packets in a row of a host of which nobody has told.
func (l *latch) tried(from netip.AddrPort, seq uint16) bool {
	if from != l.trial || seq != l.trialSeq+1 {
		l.trial, l.trials = from, 0
	}
	l.trialSeq = seq
	l.trials++
	return l.trials >= trialLength
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
