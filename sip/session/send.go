package session

import (
	"errors"
	"net"
	"time"

	"careline/media"
	"careline/sip/rtp"
)

// Tick sends what is due. It is called by the clock.
func (s *Session) Tick(due time.Time) {
	for pkt := s.out.Tick(due, s.tickBuf[:]); pkt != nil; pkt = s.out.Tick(due, s.tickBuf[:]) {
		s.send(pkt, due)
		s.out.Sent()
	}
	s.report(due)
	s.watch(due)
}

// send writes a packet to the peer, whose buffer it may change. Errors are
// counted only: the next packet may leave again, and Lost tells of a peer that is
// gone.
func (s *Session) send(pkt []byte, due time.Time) {
	p := s.peer.Load()
	if p.shut {
		return
	}
	size := len(pkt) - rtp.HeaderSize
	s.recordSent(p, pkt, time.Now())
	var err error
	if p.seal != nil {
		pkt, err = p.seal.seal(pkt)
	}
	if err == nil {
		_, err = s.conn.WriteToUDPAddrPort(pkt, *p.dest.Load())
	}
	switch {
	case err == nil:
		s.count.sent.Add(1)
		s.count.octets.Add(uint64(size))
	case errors.Is(err, net.ErrClosed):
		return
	default:
		s.count.unsent.Add(1)
	}
	if time.Since(due) > media.TooLate {
		s.count.late.Add(1)
	}
}

// watch closes Lost when the peer is silent for too long.
func (s *Session) watch(now time.Time) {
	p := s.peer.Load()
	if p != nil && !s.gone && s.silent(p, now) {
		s.gone = true
		close(s.lost)
	}
}

// silent tells whether the peer is taken for gone.
func (s *Session) silent(p *peer, now time.Time) bool {
	sound, control := s.LastPacket(), s.at(s.control.last.Load())
	switch {
	case p.Early:
		return false
	case p.Mute || p.Hold:
		return s.opt.HeldWithin > 0 && control.After(p.since) && now.Sub(later(control, sound)) > s.opt.HeldWithin
	case sound.IsZero():
		return s.opt.FirstWithin > 0 && now.Sub(p.since) > s.opt.FirstWithin
	default:
		return s.opt.NextWithin > 0 && now.Sub(later(sound, p.since)) > s.opt.NextWithin
	}
}

// relay sends a packet that another session has received.
func (s *Session) relay(in media.Received, buf []byte) {
	if pkt := s.out.Forward(in, buf); pkt != nil {
		s.send(pkt, in.At)
	}
}
