package wire

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// stream is a connection, TCP or TLS, as sipgo sees it: each Read brings one
// message, of those that may come in and can be parsed.
type stream struct {
	net.Conn
	w             *Wire
	transport     string
	local, remote netip.AddrPort
	dialed        bool   // by us
	name          string // that its certificate was checked for
	onClose       func()
	reply         func([]byte) error // send; made once, as that costs
	outbound      atomic.Bool        // a registrar sends our calls by it
	every         atomic.Int64       // see pings
	welcome       atomic.Bool        // a request of its was granted, or we have one of ours for it

	// of the goroutine that reads
	buf    []byte // read, not handed over
	rest   []byte // of the message that is being handed over
	used   int    // bytes at the start of buf that have been handed over
	opened time.Time
	began  time.Time // a message that is not there in full; zero: none
	heard  time.Time // a whole message; zero: none yet
	pinged bool      // and the peer has not answered
	ponged bool      // it has answered one

	reading chan struct{} // closed when sipgo knows the connection
	gone    chan struct{} // closed by Close
	begun   sync.Once
	ended   sync.Once
}

// newStream wraps a connection; sipgo has to get it by its gate.
func newStream(w *Wire, conn net.Conn, transport string) *stream {
	s := &stream{
		Conn: conn, w: w, transport: transport, onClose: func() {},
		local: addrPort(conn.LocalAddr()), remote: addrPort(conn.RemoteAddr()),
		opened: time.Now(), reading: make(chan struct{}), gone: make(chan struct{}),
	}
	s.reply = s.send
	return s
}

// Read returns the next message, or the rest of one.
func (s *stream) Read(b []byte) (int, error) {
	s.begun.Do(func() {
		s.w.enter(s)
		close(s.reading)
	})
	for len(s.rest) == 0 {
		msg, err := s.next()
		if err != nil {
			s.Close()
			return 0, err
		}
		s.rest = msg
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// next returns the next message; nothing for one that sipgo shall not have.
func (s *stream) next() ([]byte, error) {
	s.buf = append(s.buf[:0], s.buf[s.used:]...)
	s.used = 0
	for {
		if err := s.takePings(); err != nil {
			return nil, err
		}
		n, err := 0, errPartial
		if len(s.buf) > 0 && s.buf[0] != '\r' && s.buf[0] != '\n' {
			n, err = frame(s.buf)
		}
		switch {
		case err == nil:
			s.used, s.heard, s.began = n, time.Now(), time.Time{}
			return s.admit(s.buf[:n])
		case !errors.Is(err, errPartial):
			s.refuseAll(err)
			return nil, err
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// errStranger is why a connection is closed whose messages may not come in.
var errStranger = errors.New("not allowed")

// admit returns a message that sipgo shall have.
func (s *stream) admit(msg []byte) ([]byte, error) {
	if !s.w.allowed(s.remote, msg) {
		return nil, errStranger
	}
	s.w.trace(Trace{Transport: s.transport, Local: s.local, Remote: s.remote, Data: msg})
	return s.w.screen(msg, s.remote, s.reply), nil
}

// refuseAll answers, and notes, what leaves no boundary to go on from.
func (s *stream) refuseAll(why error) {
	if s.w.allowed(s.remote, s.buf) {
		s.w.trace(Trace{Transport: s.transport, Local: s.local, Remote: s.remote, Data: s.buf})
		s.w.refuse(s.buf, s.remote, &Fault{400, "Bad Request, " + why.Error()}, s.send)
	}
}

// takePings answers the keep-alives that the buffer begins with (RFC 5626
// section 3.5.1). One CRLF answers one of ours; it may be half of a ping too.
func (s *stream) takePings() error {
	for len(s.buf) >= 2 && s.buf[0] == '\r' && s.buf[1] == '\n' {
		switch {
		case len(s.buf) >= 4 && s.buf[2] == '\r' && s.buf[3] == '\n':
			s.buf = s.buf[4:]
			if _, err := s.write([]byte("\r\n")); err != nil {
				return err
			}
		case s.pinged:
			s.pinged, s.ponged = false, true
			s.buf = s.buf[2:]
		case len(s.buf) >= 3 && s.buf[2] != '\r':
			s.buf = s.buf[2:]
		default:
			return nil
		}
	}
	for len(s.buf) > 0 && s.buf[0] == '\n' || len(s.buf) > 1 && s.buf[0] == '\r' && s.buf[1] != '\n' {
		s.buf = s.buf[1:]
	}
	return nil
}

// fill reads more bytes, for as long as that may last.
func (s *stream) fill() error {
	partial := len(s.buf) > 0 && s.buf[0] != '\r'
	if partial && s.began.IsZero() {
		s.began = time.Now()
	}
	for {
		limit := s.deadline(partial)
		if err := s.SetReadDeadline(limit); err != nil {
			return err
		}
		s.buf = slices.Grow(s.buf, 2048)
		n, err := s.Conn.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case n > 0:
			return nil
		case !errors.Is(err, os.ErrDeadlineExceeded) || partial:
			return err
		case !s.dialed && s.deadline(false).After(limit): // it has been welcomed meanwhile
			continue
		case !s.dialed:
			return err
		}
		if err := s.ping(); err != nil {
			return err
		}
	}
}

// deadline is until when more bytes must have come. A keep-alive does not
// extend it: only messages do.
func (s *stream) deadline(partial bool) time.Time {
	l, every := s.w.opt.Limits, s.pings()
	switch {
	case partial:
		return s.began.Add(l.Message)
	case s.dialed && s.owesPong():
		return time.Now().Add(l.Message)
	case s.dialed:
		return time.Now().Add(every - rand.N(every/5+1))
	case s.welcome.Load():
		return s.last().Add(l.Idle)
	}
	return s.last().Add(l.Start)
}

// last is when a message came, or the connection.
func (s *stream) last() time.Time {
	if s.heard.IsZero() {
		return s.opened
	}
	return s.heard
}

// errSilent is why a connection of ours is closed.
var errSilent = errors.New("peer is silent")

// ping asks the peer of a connection that we made for a sign of life. One that
// has answered before must answer again; many never do.
func (s *stream) ping() error {
	if s.owesPong() || !s.outbound.Load() && time.Since(s.last()) > s.w.opt.Limits.Idle {
		return errSilent
	}
	s.pinged = true
	_, err := s.write([]byte("\r\n\r\n"))
	return err
}

// send writes a message that is none of sipgo's.
func (s *stream) send(msg []byte) error {
	_, err := s.Write(msg)
	return err
}

// Write writes one message. A peer that does not take it loses the connection,
// as half a message may have left.
func (s *stream) Write(b []byte) (int, error) {
	now := time.Now()
	s.w.spoken.note(s.remote, b, now)
	if !bytes.HasPrefix(b, []byte("SIP/2.0 ")) || bytes.HasPrefix(b, []byte("SIP/2.0 2")) {
		s.welcome.Store(true)
	}
	n, err := s.write(b)
	if err == nil {
		s.w.trace(Trace{At: now, Sent: true, Transport: s.transport, Local: s.local, Remote: s.remote, Data: b})
	}
	return n, err
}

func (s *stream) write(b []byte) (int, error) {
	if err := s.SetWriteDeadline(time.Now().Add(s.w.opt.Limits.Write)); err != nil {
		return 0, err
	}
	n, err := s.Conn.Write(b)
	if err != nil {
		s.Close()
	}
	return n, err
}

// Close closes the connection; it may be called more than once.
func (s *stream) Close() (err error) {
	s.ended.Do(func() {
		s.w.flows.remove(s) // before others are told, as they send at once
		close(s.gone)
		err = s.Conn.Close()
		s.w.flows.remove(s)
		s.onClose()
		s.w.lost(s)
	})
	return err
}
