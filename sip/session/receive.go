package session

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

// input is what is received. Except for drain, the two times, and reception
// under its lock, it belongs to the goroutine of receive.
type input struct {
	drain       chan chan struct{} // requests to take in what the socket holds
	first, last instant

	latch   latch
	rekeyed *peer // whose new key was used already
	packet  rtp.Packet
	keys    rtp.KeyReceiver
	buf     [rtp.MaxPacket + 1]byte
	plain   [rtp.MaxPacket]byte // what was encrypted
	forward [media.BufferSize]byte

	mu        sync.Mutex
	reception rtp.Reception
}

// instant is a time since the session was opened, read and written without a
// lock; 0: never.
type instant struct{ atomic.Int64 }

// maxReadErrors is how many errors in a row end the reading.
const maxReadErrors = 16

// receive takes in packets until the socket is closed.
func (s *Session) receive() {
	defer close(s.ended)
	for failed := 0; failed < maxReadErrors; {
		n, from, err := s.conn.ReadFromUDPAddrPort(s.in.buf[:])
		switch {
		case err == nil:
			failed = 0
			s.take(s.in.buf[:n], from, time.Now())
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.drain()
		case errors.Is(err, net.ErrClosed):
			return
		default:
			failed++
			s.opt.Log.Warn("rtp socket not readable", "port", s.port, "err", err)
		}
	}
}

// take handles one datagram.
func (s *Session) take(b []byte, from netip.AddrPort, at time.Time) {
	p, from := s.peer.Load(), unmap(from)
	switch {
	case p == nil:
		s.count.early.Add(1)
	case len(b) > rtp.MaxPacket:
		s.count.malformed.Add(1)
	case rtp.IsControl(b):
		s.takeControl(p, b, from, at)
	case p.shut || !s.in.latch.may(p, from, at):
		s.count.strangers.Add(1)
	default:
		s.takeSound(p, b, from, at)
	}
}

// takeSound handles a datagram that may be the peer's.
func (s *Session) takeSound(p *peer, b []byte, from netip.AddrPort, at time.Time) {
	b, authentic := s.unseal(p, b)
	if !authentic {
		s.count.unauthentic.Add(1)
		return
	}
	pkt := &s.in.packet
	if rtp.Parse(b, pkt) != nil {
		s.count.malformed.Add(1)
		return
	}
	k, codec := p.kindOf(pkt.PayloadType)
	if k == other {
		s.count.other.Add(1)
		return
	}
	if !s.in.latch.settle(from, pkt.SequenceNumber, at) {
		s.count.strangers.Add(1)
		return
	}
	if from != *p.dest.Load() {
		found := from // the heap is for this packet alone
		p.dest.Store(&found)
		s.opt.Log.Debug("peer sends from another address", "named", p.Addr, "from", from)
	}
	s.heard(k, codec, at)
}

// heard takes in the packet that was read.
func (s *Session) heard(k kind, codec audio.Codec, at time.Time) {
	pkt := &s.in.packet
	s.measure(k, at)
	switch k {
	case comfort, other:
		return
	case key:
		s.heardKey(at)
	case sound:
		s.record(media.Frame{
			Side: media.FarEnd, Codec: codec, SSRC: pkt.SSRC, Timestamp: pkt.Timestamp, At: at, Sound: pkt.Payload,
		})
	}
	if to := s.bridge.Load(); to != nil {
		to.relay(media.Received{Packet: pkt, Codec: codec, Key: k == key, At: at}, s.in.forward[:])
	}
}

func (s *Session) measure(k kind, at time.Time) {
	ns := max(int64(at.Sub(s.opened)), 1)
	s.in.last.Store(ns)
	if s.in.first.Load() == 0 {
		s.in.first.Store(ns)
	}
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	if k == sound {
		s.in.reception.Receive(&s.in.packet.Header, at)
	} else {
		s.in.reception.Count(&s.in.packet.Header)
	}
}

// heardKey reports the key of an event packet when it is a new one.
func (s *Session) heardKey(at time.Time) {
	e, err := rtp.ParseKeyEvent(s.in.packet.Payload)
	if err != nil {
		s.count.malformed.Add(1)
		return
	}
	digit, pressed := s.in.keys.Receive(&s.in.packet.Header, e)
	if !pressed {
		return
	}
	select {
	case s.keys <- Key{Digit: digit, At: at}:
	default:
		s.count.keysDropped.Add(1)
	}
}

// FirstPacket is when the first packet of the peer arrived; zero before.
func (s *Session) FirstPacket() time.Time { return s.at(s.in.first.Load()) }

// LastPacket is when the latest packet of the peer arrived; zero before the
// first.
func (s *Session) LastPacket() time.Time { return s.at(s.in.last.Load()) }

func (s *Session) at(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return s.opened.Add(time.Duration(ns))
}
