package session

import (
	"errors"
	"net"
	"time"

	"careline/media"
)

// Tick sends what is due. It is called by the clock.
func (s *Session) Tick(due time.Time) {
	if pkt := s.out.Tick(due, s.tickBuf[:]); pkt != nil {
		s.send(pkt, due)
		s.out.Sent()
	}
	s.watch(due)
}

// send writes a packet to the peer. Errors are counted only: the next packet may
// leave again, and Lost tells of a peer that is gone.
func (s *Session) send(pkt []byte, due time.Time) {
	p := s.peer.Load()
	_, err := s.conn.WriteToUDPAddrPort(pkt, *p.dest.Load())
	now := time.Now()
	switch {
	case err == nil:
		s.count.sent.Add(1)
	case errors.Is(err, net.ErrClosed):
		return
	default:
		s.count.unsent.Add(1)
	}
	if now.Sub(due) > media.TooLate {
		s.count.late.Add(1)
	}
	s.recordSent(p, pkt, now)
}

// watch closes Lost when the peer is silent for too long.
func (s *Session) watch(now time.Time) {
	p := s.peer.Load()
	if p == nil || p.Mute || p.Hold || s.gone {
		return
	}
	within, from := s.opt.FirstWithin, p.since
	if last := s.LastPacket(); !last.IsZero() {
		within = s.opt.NextWithin
		if last.After(from) {
			from = last
		}
	}
	if within > 0 && now.Sub(from) > within {
		s.gone = true
		close(s.lost)
	}
}

// relay sends a packet that another session has received.
func (s *Session) relay(in media.Received, buf []byte) {
	if pkt := s.out.Forward(in, buf); pkt != nil {
		s.send(pkt, in.At)
	}
}
