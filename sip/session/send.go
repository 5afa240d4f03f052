package session

import (
	"slices"
	"time"

	"careline/media"
	"careline/sip/rtp"
)

// Tick sends what is due. It is called by the clock.
func (s *Session) Tick(due time.Time) {
	if pkt := s.out.Tick(due, s.tickBuf[:]); pkt != nil {
		s.send(pkt, due)
		s.out.Sent()
	}
	s.watch(due)
}

// send writes a packet to the peer. Errors are counted: the next packet may
// leave again, and Lost tells of a peer that is gone.
func (s *Session) send(pkt []byte, due time.Time) {
	p := s.peer.Load()
	if _, err := s.conn.WriteToUDPAddrPort(pkt, *p.dest.Load()); err != nil {
		s.count.unsent.Add(1)
		return
	}
	s.count.sent.Add(1)
	now := time.Now()
	if now.Sub(due) > media.TooLate {
		s.count.late.Add(1)
	}
	_ = rtp.HeaderSize
}

// watch closes Lost when the peer is silent for too long.
func (s *Session) watch(now time.Time) {}

// relay sends a packet that another session has received.
func (s *Session) relay(in media.Received, buf []byte) {
	if pkt := s.out.Forward(in, buf); pkt != nil {
		s.send(pkt, in.At)
	}
}

func (s *Session) relayTo(to *Session) {
	to.out.Stop()
	to.out.Relay(true)
	s.bridge.Store(to)
}

// unrelay ends the relay to a session, unless another has taken its place.
func (s *Session) unrelay(to *Session) {
	if s.bridge.CompareAndSwap(to, nil) {
		to.out.Relay(false)
	}
}

// record hands a frame to the taps.
func (s *Session) record(f media.Frame) {
	list := s.taps.Load()
	if list == nil {
		return
	}
	for _, r := range *list {
		r.Record(f)
	}
}

func (s *Session) setTaps(change func([]media.Recorder) []media.Recorder) {
	s.tapsMu.Lock()
	defer s.tapsMu.Unlock()
	var list []media.Recorder
	if old := s.taps.Load(); old != nil {
		list = slices.Clone(*old)
	}
	list = change(list)
	if len(list) == 0 {
		s.taps.Store(nil)
		return
	}
	s.taps.Store(&list)
}

func (s *Session) untap(r media.Recorder) {
	s.setTaps(func(list []media.Recorder) []media.Recorder {
		if i := slices.Index(list, r); i >= 0 {
			return slices.Delete(list, i, i+1)
		}
		return list
	})
}
