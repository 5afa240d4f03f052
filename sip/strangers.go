package sip

import (
	"net/netip"
	"sync"
	"time"
)

const (
	mostStrange   = 200  // packets a second, and at once, from all who are not known
	mostOfOne     = 20   // packets a second from one source that is not known
	burstOfOne    = 60   // and at once: a router with phones behind it that was switched on
	mostStrangers = 4096 // sources counted one by one; a bound on memory
)

// bucket is what a source may still send. It fills up as time goes by.
type bucket struct {
	left float64
	at   time.Time
}

// take takes one packet, of rate a second and burst at once.
func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if b.at.IsZero() {
		b.left = burst
	} else if d := now.Sub(b.at); d > 0 {
		b.left = min(burst, b.left+d.Seconds()*rate)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// strangers meters what is read from those who are neither a trunk nor a
// registered phone. Everyone has to start as one. It has no clock.
type strangers struct {
	mu    sync.Mutex
	all   bucket
	one   map[netip.Addr]bucket
	swept time.Time
}

func newStrangers() *strangers { return &strangers{one: make(map[netip.Addr]bucket)} }

// spend takes a packet of a source. Those of a friend, behind whose address
// phones are registered, are not held up by others.
func (s *strangers) spend(source netip.Addr, friend bool, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.one[source]
	if !known && len(s.one) >= mostStrangers {
		s.sweep(now)
	}
	if known || len(s.one) < mostStrangers {
		fits := b.take(now, mostOfOne, burstOfOne)
		s.one[source] = b
		if !fits {
			return false
		}
	}
	return friend || s.all.take(now, mostStrange, mostStrange)
}

// sweep forgets, not too often, who has been quiet for so long that it makes no
// difference.
func (s *strangers) sweep(now time.Time) {
	if now.Sub(s.swept) < time.Second {
		return
	}
	s.swept = now
	for source, b := range s.one {
		if now.Sub(b.at) >= time.Second*burstOfOne/mostOfOne {
			delete(s.one, source)
		}
	}
}

// sourceKey is what a source is told apart by: an IPv4 address, or the 64 bits
// of an IPv6 one that a network is given.
func sourceKey(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip
	}
	return p.Addr()
}
