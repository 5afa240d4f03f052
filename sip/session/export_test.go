package session

import (
	"net/netip"
	"time"
)

// Take has the session take in a datagram as if it had come from there.
func (s *Session) Take(b []byte, from netip.AddrPort) { s.take(b, from, time.Now()) }
