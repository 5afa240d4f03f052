package session

import "careline/audio"

// Bridge relays sound and keys between two sessions, each packet at once, until
// stop is called. What plays on either is stopped; what is played later goes
// before what is relayed. A session is in one bridge at a time: a new one takes
// the place of the old.
func Bridge(a, b *Session) (stop func()) {
	a.relayTo(b)
	b.relayTo(a)
	a.fill()
	b.fill()
	a.Stop()
	b.Stop()
	return func() {
		a.unrelay(b)
		b.unrelay(a)
	}
}

// relayTo forwards what s receives to another session.
func (s *Session) relayTo(to *Session) {
	if old := s.bridge.Load(); old != nil && old != to {
		s.unrelay(old)
		old.unrelay(s)
	}
	to.out.Relay(true)
	s.bridge.Store(to)
}

// unrelay ends the forwarding to a session, unless another has taken its place.
func (s *Session) unrelay(to *Session) {
	s.filling.Lock()
	defer s.filling.Unlock()
	if s.bridge.CompareAndSwap(to, nil) {
		to.out.Relay(false)
		to.out.Fill(nil)
	}
}

// Comfort sets what the peer hears over and over while the other end of its
// bridge has put us on hold and sends nothing; nil is silence.
func (s *Session) Comfort(clip *audio.Clip) {
	s.comfort.Store(clip)
	if other := s.bridge.Load(); other != nil {
		other.fill()
	}
}

// fill gives the one whom s is relayed to something to hear while s is on hold.
func (s *Session) fill() {
	s.filling.Lock()
	defer s.filling.Unlock()
	to, p := s.bridge.Load(), s.peer.Load()
	switch {
	case to == nil:
	case p != nil && p.held:
		to.out.Fill(to.comfort.Load())
	default:
		to.out.Fill(nil)
	}
}
