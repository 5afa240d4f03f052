package wire

import (
	"bytes"
	"net/netip"
	"sync"
	"time"
)

const (
	spokenFor  = 2 * time.Hour // whom we sent a request to may speak to us for so long
	mostSpoken = 8192          // of them are remembered; a bound on memory
)

// spoken remembers whom we have sent requests to. A carrier may name another of
// its machines in a Contact, and that one has to get its word in.
type spoken struct {
	mu sync.Mutex
	at map[netip.AddrPort]time.Time // the latest request
}

func newSpoken() *spoken { return &spoken{at: make(map[netip.AddrPort]time.Time)} }

// note takes in that something is sent; responses do not count, as anybody
// gets those.
func (s *spoken) note(to netip.AddrPort, data []byte, now time.Time) {
	if bytes.HasPrefix(data, []byte("SIP/2.0 ")) || !to.IsValid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.at[to]; !known && len(s.at) >= mostSpoken {
		s.sweep(now)
	}
	s.at[to] = now
}

// Meet takes in that somebody takes part in a call, though nothing was sent to
// them but responses: they may come in for a while, whatever Allow says.
func (w *Wire) Meet(who netip.AddrPort, now time.Time) { w.spoken.note(who, nil, now) }

// sweep makes room: by what is over, and if nothing is by whoever comes first.
// s.mu is held.
func (s *spoken) sweep(now time.Time) {
	for to, at := range s.at {
		if now.Sub(at) >= spokenFor {
			delete(s.at, to)
		}
	}
	for to := range s.at {
		if len(s.at) < mostSpoken {
			return
		}
		delete(s.at, to)
	}
}

// to tells whether a packet comes from somebody whom we have spoken to.
func (s *spoken) to(from netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := s.at[from]
	return known && time.Since(at) < spokenFor
}

// allowed tells whether a packet may come in; a panic of Allow is a no.
func (w *Wire) allowed(from netip.AddrPort, data []byte) (ok bool) {
	if w.opt.Allow == nil {
		return true
	}
	defer w.Rescue("allow")
	if ok = w.opt.Allow(from, data[:min(len(data), headSize)]) || w.spoken.to(from); !ok {
		w.count.dropped.Add(1)
	}
	return ok
}
