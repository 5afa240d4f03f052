package session

// Bridge relays sound and keys between two sessions, each packet at once, until
// stop is called. What plays on either is stopped; what is played later goes
// before what is relayed. A session is in one bridge at a time: a new one takes
// the place of the old.
func Bridge(a, b *Session) (stop func()) {
	a.relayTo(b)
	b.relayTo(a)
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
	if s.bridge.CompareAndSwap(to, nil) {
		to.out.Relay(false)
	}
}
