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
	Quiet       bool          // sends nothing while nothing plays; else silence, so that a peer that waits to hear us hears us
	Secure      bool          // sound that is not encrypted is neither sent nor taken
	Shown       netip.Addr    // the address that the peer shall see; the zero value: that of Ports
	Via         netip.Addr    // where the call's signalling comes from, and perhaps its sound; the zero value: not known
	FirstWithin time.Duration // Lost when no packet came so long after SetRemote; 0 means 30 s, less than 0 never
	NextWithin  time.Duration // Lost when no packet followed the latest so long; 0 means 15 s, less than 0 never
	HeldWithin  time.Duration // Lost when on hold, once RTCP had come, none followed for so long; 0 means 2 min, less than 0 never
	ReportEvery time.Duration // between two reports by RTCP, on average; 0 means 5 s, less than 0 none
	Log         *slog.Logger  // nil discards
}

func (o Options) withDefaults() Options {
	o.FirstWithin = cmp.Or(o.FirstWithin, 30*time.Second)
	o.NextWithin = cmp.Or(o.NextWithin, 15*time.Second)
	o.HeldWithin = cmp.Or(o.HeldWithin, 2*time.Minute)
	o.ReportEvery = cmp.Or(o.ReportEvery, 5*time.Second)
	o.Via = o.Via.Unmap()
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
	conn   *net.UDPConn   // of sound
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
	control *control
	count   counters

	closing sync.Once
	ended   chan struct{} // closed when receive has ended
}

// Open opens a session on a free port. It receives, but takes nothing in and
// sends nothing until SetRemote.
func Open(ctx context.Context, p *Ports, c *media.Clock, o Options) (*Session, error) {
	if !o.Shown.IsValid() && p.shown.IsUnspecified() {
		return nil, fmt.Errorf("address %s for RTP: a peer cannot send there: name an address of this machine, or a public one", p.shown)
	}
	socks, err := p.listen(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{
		opt: o.withDefaults(), ports: p, clock: c, conn: socks.sound, port: socks.port, control: newControl(socks.control),
		out:  media.NewOutput(media.OutputOptions{Quiet: o.Quiet}),
		keys: make(chan Key, keyBuffer), lost: make(chan struct{}), ended: make(chan struct{}),
		opened: time.Now(),
	}
	s.local = netip.AddrPortFrom(cmp.Or(s.opt.Shown.Unmap(), p.shown), s.port)
	s.in.drain = make(chan chan struct{}, 1)
	go s.receive()
	go s.receiveControl()
	c.Add(s)
	return s, nil
}

// LocalAddr is where the peer shall send, for SDP.
func (s *Session) LocalAddr() netip.AddrPort { return s.local }

// SetRemote says who the peer is, at first and whenever it has changed: by an
// answer, a re-INVITE, an UPDATE. Its packets may come from another address than
// the one named, as from behind a NAT, by the rules of latch; what is sent
// follows them.
func (s *Session) SetRemote(r Remote) {
	p := &peer{Remote: r, since: time.Now(), via: s.opt.Via}
	dest := unmap(r.Addr)
	p.Addr, p.RTCP = dest, unmap(r.RTCP)
	old := s.peer.Load()
	if old != nil && old.Addr == dest {
		dest = *old.dest.Load() // the same peer: it is still where it was found
	}
	p.dest.Store(&dest)
	s.secure(p, old)
	p.held = r.Hold || p.shut || dest.Addr().IsUnspecified() || dest.Port() == 0
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

// Held tells whether the peer has put us on hold, so that nothing is sent.
func (s *Session) Held() bool {
	p := s.peer.Load()
	return p != nil && p.held
}

// Lost is closed when the peer has sent nothing for too long (Options), unless
// it said that it would not.
func (s *Session) Lost() <-chan struct{} { return s.lost }

// Close ends the session, and returns its figures.
func (s *Session) Close() Stats {
	s.closing.Do(func() {
		s.clock.Remove(s)
		s.out.End()
		s.leave(time.Now())
		_ = s.conn.Close()
		_ = s.control.conn.Close()
		<-s.ended
		<-s.control.ended
		s.ports.giveBack(s.port, time.Now())
	})
	return s.Stats()
}
