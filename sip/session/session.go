package session

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"careline/audio"
	"careline/media"
)

// Options tune a Session. The zero value is ready to use.
type Options struct {
	Quiet       bool          // sends nothing while nothing plays; else silence
	FirstWithin time.Duration // Lost when no packet came so long after SetRemote; 0 means 30 s, less than 0 never
	NextWithin  time.Duration // Lost when no packet followed the latest so long; 0 means 15 s, less than 0 never
	Log         *slog.Logger  // nil discards
}

func (o Options) withDefaults() Options {
	o.FirstWithin = cmp.Or(o.FirstWithin, 30*time.Second)
	o.NextWithin = cmp.Or(o.NextWithin, 15*time.Second)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// Key is a key that the peer has pressed.
type Key struct {
	Digit byte      // 0 to 9, *, #, A to D
	At    time.Time // arrival of its first packet
}

// keyBuffer is how many keys wait for a reader of Keys.
const keyBuffer = 128

// Session is the sound of one leg, from Open to Close. Its methods may be called
// from any goroutine.
type Session struct {
	opt    Options
	ports  *Ports
	clock  *media.Clock
	conn   *net.UDPConn
	local  netip.AddrPort // as peers see it
	port   uint16
	opened time.Time
	out    *media.Output

	peer   atomic.Pointer[peer]    // nil before SetRemote
	bridge atomic.Pointer[Session] // the session that received packets are forwarded to

	filling sync.Mutex // held while what the bridge's other end hears is set
	comfort atomic.Pointer[audio.Clip]

	taps   atomic.Pointer[[]media.Recorder]
	tapsMu sync.Mutex

	keys    chan Key
	lost    chan struct{}
	gone    bool // lost is closed; touched by Tick alone
	tickBuf [media.BufferSize]byte
	in      input
	count   counters

	closing sync.Once
	ended   chan struct{} // closed when receive has ended
}

// Open opens a session on a free port. It receives, but takes nothing in and
// sends nothing until SetRemote.
func Open(ctx context.Context, p *Ports, c *media.Clock, o Options) (*Session, error) {
	conn, err := p.listen(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{
		opt: o.withDefaults(), ports: p, clock: c, conn: conn,
		port: uint16(conn.LocalAddr().(*net.UDPAddr).Port),
		out:  media.NewOutput(media.OutputOptions{Quiet: o.Quiet}),
		keys: make(chan Key, keyBuffer), lost: make(chan struct{}), ended: make(chan struct{}),
		opened: time.Now(),
	}
	s.local = netip.AddrPortFrom(p.shown, s.port)
	s.in.drain = make(chan chan struct{}, 1)
	go s.receive()
	c.Add(s)
	return s, nil
}

// LocalAddr is where the peer shall send, for SDP.
func (s *Session) LocalAddr() netip.AddrPort { return s.local }

// SetRemote says who the peer is, at first and whenever it has changed: by an
// answer, a re-INVITE, an UPDATE. The first packet that arrives afterwards may
// come from another address than the one named, as from behind a NAT; what is
// sent follows it, and strangers are ignored from then on. The address that was
// named is never a stranger: once it is heard it is the peer.
func (s *Session) SetRemote(r Remote) {
	p := &peer{Remote: r, since: time.Now()}
	dest := netip.AddrPortFrom(r.Addr.Addr().Unmap(), r.Addr.Port())
	p.Addr = dest
	if old := s.peer.Load(); old != nil && old.Addr == dest {
		dest = *old.dest.Load() // the same peer: it is still where it was found
	}
	p.dest.Store(&dest)
	p.held = r.Hold || dest.Addr().IsUnspecified() || dest.Port() == 0
	s.out.Hold(p.held)
	s.peer.Store(p)
	s.out.Use(r.format())
	s.fill()
}

// Play plays the clips as one sound, after what plays already; a loop ends at
// once.
func (s *Session) Play(clips ...*audio.Clip) *media.Playback { return s.out.Play(clips...) }

// Loop plays clip over and over, once what plays already is through.
func (s *Session) Loop(clip *audio.Clip) { s.out.Loop(clip) }

// Stop ends at once all that plays.
func (s *Session) Stop() { s.out.Stop() }

// SendKeys presses the keys as telephone events, 100 ms each with pauses of 100
// ms. The error is media.ErrNoKeys when the peer takes none.
func (s *Session) SendKeys(keys string) (*media.Playback, error) {
	b, err := s.out.Press(keys)
	if err != nil {
		return nil, fmt.Errorf("send keys: %w", err)
	}
	return b, nil
}

// Keys brings the keys that the peer presses, each once, in the order of their
// arrival. It is never closed.
func (s *Session) Keys() <-chan Key { return s.keys }

// Lost is closed when the peer has sent nothing for too long (Options), unless
// it said that it would not.
func (s *Session) Lost() <-chan struct{} { return s.lost }

// Close ends the session, and returns its figures.
func (s *Session) Close() Stats {
	s.closing.Do(func() {
		s.clock.Remove(s)
		s.out.End()
		_ = s.conn.Close()
		<-s.ended
		s.ports.giveBack(s.port, time.Now())
	})
	return s.Stats()
}
