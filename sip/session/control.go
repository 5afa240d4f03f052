package session

import (
	"crypto/rand"
	"errors"
	mrand "math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"careline/sip/rtp"
)

// control is the RTCP of a session.
type control struct {
	conn  *net.UDPConn
	ended chan struct{} // closed when the reading has ended
	due   time.Time     // of the next report; touched by Tick alone
	last  instant       // when the peer's latest arrived

	received, sent atomic.Uint64

	mu    sync.Mutex
	rtcp  *rtp.Control
	from  netip.AddrPort // where the peer's comes from
	named netip.AddrPort // the peer's address when it came
	told  uint64         // packets sent before the latest report
}

func newControl(conn *net.UDPConn) *control {
	return &control{conn: conn, ended: make(chan struct{}), rtcp: rtp.NewControl(rand.Text())}
}

// receiveControl takes in RTCP until the socket is closed.
func (s *Session) receiveControl() {
	defer close(s.control.ended)
	var buf [rtp.MaxPacket + 1]byte
	for failed := 0; failed < maxReadErrors; {
		n, from, err := s.control.conn.ReadFromUDPAddrPort(buf[:])
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			failed++
			continue
		}
		failed = 0
		if p := s.peer.Load(); p == nil {
			s.count.early.Add(1)
		} else {
			s.takeControl(p, buf[:n], from, time.Now())
		}
	}
}

// takeControl handles one datagram of RTCP.
func (s *Session) takeControl(p *peer, b []byte, from netip.AddrPort, at time.Time) {
	from = unmap(from)
	if p.shut || p.open == nil && from.Addr() != p.dest.Load().Addr() && from.Addr() != p.Addr.Addr() {
		s.count.strangers.Add(1)
		return
	}
	if len(b) > rtp.MaxPacket || !rtp.IsControl(b) {
		s.count.malformed.Add(1)
		return
	}
	if p.open != nil {
		plain, err := p.open.openControl(b)
		if err != nil {
			s.count.unauthentic.Add(1)
			return
		}
		b = plain
	}
	ssrc, _ := s.out.Clock(at)
	c := s.control
	c.mu.Lock()
	err := c.rtcp.Read(b, ssrc, at)
	if err == nil {
		c.from, c.named = from, p.Addr
	}
	c.mu.Unlock()
	if err != nil {
		s.count.malformed.Add(1)
		return
	}
	c.received.Add(1)
	c.last.Store(max(int64(at.Sub(s.opened)), 1))
}

// report sends what RTCP tells when its time has come: about every ReportEvery,
// but never all calls at once (RFC 3550 section 6.2).
func (s *Session) report(now time.Time) {
	every := s.opt.ReportEvery
	p := s.peer.Load()
	if p == nil || every < 0 {
		return
	}
	c := s.control
	if c.due.IsZero() {
		c.due = now.Add(every/4 + mrand.N(every/2))
		return
	}
	if now.Before(c.due) {
		return
	}
	c.due = now.Add(every/2 + mrand.N(every))
	s.sendControl(p, now, false)
}

// sendControl sends a report. Errors are counted only.
func (s *Session) sendControl(p *peer, now time.Time, bye bool) {
	to, conn := s.controlAddr(p)
	if p.shut || to.Port() == 0 || !to.Addr().IsValid() || to.Addr().IsUnspecified() {
		return
	}
	b, err := s.writeControl(now, bye)
	if err == nil && p.seal != nil {
		b, err = p.seal.sealControl(b)
	}
	if err == nil {
		_, err = conn.WriteToUDPAddrPort(b, to)
	}
	switch {
	case err == nil:
		s.control.sent.Add(1)
	case !errors.Is(err, net.ErrClosed):
		s.count.unsent.Add(1)
	}
}

func (s *Session) writeControl(now time.Time, bye bool) ([]byte, error) {
	c := s.control
	own := rtp.Sending{Packets: s.count.sent.Load(), Octets: s.count.octets.Load()}
	own.SSRC, own.Stamp = s.out.Clock(now)
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	own.Active = own.Packets > c.told
	c.told = own.Packets
	return c.rtcp.Write(now, own, &s.in.reception, bye)
}

// controlAddr is where to send RTCP, and from which socket: where the peer's
// comes from, else where it was named to be, else the port after RTP's.
func (s *Session) controlAddr(p *peer) (netip.AddrPort, *net.UDPConn) {
	dest := *p.dest.Load()
	if p.Mux {
		return dest, s.conn
	}
	c := s.control
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.from.IsValid() && c.named == p.Addr:
		return c.from, c.conn
	case p.RTCP.Port() != 0 && dest.Addr() == p.Addr.Addr(): // else it is behind a router
		return p.RTCP, c.conn
	case dest.Port() == 0 || dest.Port() == 65535:
		return netip.AddrPort{}, c.conn
	default:
		return netip.AddrPortFrom(dest.Addr(), dest.Port()+1), c.conn
	}
}

// leave tells the peer that the session is over, if it has heard of it at all.
func (s *Session) leave(now time.Time) {
	if p := s.peer.Load(); p != nil && s.opt.ReportEvery > 0 && s.count.sent.Load()+s.control.sent.Load() > 0 {
		s.sendControl(p, now, true)
	}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
