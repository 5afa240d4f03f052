package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"careline/call"
	"careline/media"
	"careline/sip/dialog"
	"careline/sip/wire"
)

// Driver carries calls over SIP. New makes one; Run has it work.
type Driver struct {
	opt      Options
	log      *slog.Logger
	end      *dialog.Endpoint
	clock    *media.Clock
	ports    ports
	public   []netip.Addr // Host and Host6, where they are
	auth     *dialog.Authenticator
	throttle *throttle
	trunks   map[string]*trunk
	phones   *registry
	guard    *guard
	sight    *sight
	changed  chan struct{}   // a phone may have come or gone
	alarms   chan call.Alarm // still to be raised
	bans     chan call.Ban   // still to be kept
	quit     chan struct{}   // closed when nothing is waited for any more
	drained  chan struct{}   // closed by Drain
	missing  *complaints
	shelf    *shelf // of callers' messages; nil: there is none

	mu       sync.Mutex
	queue    call.Queue
	draining bool // no new calls
	stopped  bool // nothing at all any more
	next     int
	busy     map[int]context.CancelCauseFunc // what is under way, besides lines
	lines    map[*Line]struct{}
	parting  int             // lines that are over, but for the confirmation of our BYE
	idle     []chan struct{} // closed when nothing is left
	past     Stats           // of the lines that are over
}

var _ call.Placer = (*Driver)(nil)

// errStopped is why calls end when Run does.
var errStopped = errors.New("service stops")

// New binds the sockets. Nothing is read or sent before Run.
func New(o Options) (*Driver, error) {
	if err := makeShelf(o.Record); err != nil {
		return nil, err
	}
	d := &Driver{
		opt: o.withDefaults(), clock: media.NewClock(media.ClockOptions{}),
		throttle: newThrottle(mostFailures), trunks: make(map[string]*trunk), phones: newRegistry(),
		changed: make(chan struct{}, 1), alarms: make(chan call.Alarm, mostAlarms), bans: make(chan call.Ban, mostAlarms), quit: make(chan struct{}), drained: make(chan struct{}), missing: newComplaints(), queue: o.Queue,
		busy: make(map[int]context.CancelCauseFunc), lines: make(map[*Line]struct{}),
	}
	d.log, d.auth, d.guard = d.opt.Log, dialog.NewAuthenticator(d.opt.Realm, 0, d.opt.Digests...), newGuard(d.phones, o)
	d.sight = newSight(o.Traces, d.log)
	for _, t := range o.Trunks {
		w, err := newTrunk(t)
		if err != nil {
			return nil, fmt.Errorf("set up trunks: %w", err)
		}
		if d.trunks[t.Name] != nil {
			return nil, fmt.Errorf("set up trunks: two are named %s", t.Name)
		}
		d.trunks[t.Name] = w
		d.guard.trunks = append(d.guard.trunks, w)
	}
	if err := d.guard.check(); err != nil {
		return nil, err
	}
	end, err := dialog.New(dialog.Options{
		Wire: wire.Options{
			UDP: d.opt.Listen, TCP: d.opt.tcp(), TLS: d.opt.TLS, Secure: d.opt.Secure, Host: d.opt.Host, Host6: d.opt.Host6, Local: d.opt.Local,
			Allow: d.guard.allow, OnLost: d.connectionLost, Trace: d.sight.hook(), Log: d.log,
		},
		Busy: d.retryAfter, SessionExpires: d.opt.SessionExpires, MinSE: d.opt.MinSE, MostSetups: d.opt.MostSetups,
		OnInvite: d.onInvite, OnRegister: d.registrar(),
	})
	if err != nil {
		return nil, fmt.Errorf("listen for SIP: %w", err)
	}
	d.end = end
	if d.ports, err = d.openPorts(); err != nil {
		return nil, fmt.Errorf("set up sound: %w", err)
	}
	if d.shelf, err = openShelf(o.Messages, d.opt.MostMessages); err != nil {
		return nil, err
	}
	d.warnOfReadableKeys()
	return d, nil
}

// queueOf is who takes callers.
func (d *Driver) queueOf() call.Queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.queue
}

// SetQueue sets who takes callers, for a queue that needs the Driver to be made
// first. It belongs before Run.
func (d *Driver) SetQueue(q call.Queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = q
}

// Addr is the address that SIP is listened for on.
func (d *Driver) Addr() netip.AddrPort { return d.end.Addr() }

// TCPAddr is the address for SIP over TCP; the zero value without.
func (d *Driver) TCPAddr() netip.AddrPort { return d.end.TCPAddr() }

// TLSAddr is the address for SIP over TLS; the zero value without.
func (d *Driver) TLSAddr() netip.AddrPort { return d.end.TLSAddr() }

// Run carries calls until ctx ends. Then it ends those that are left with BYE,
// within Options.Goodbye. To let them run to their end call Drain first, and end
// ctx when Stats tells that none are left.
func (d *Driver) Run(ctx context.Context) error {
	if err := d.loadPhones(ctx); err != nil {
		return err
	}
	d.loadBans(ctx)
	below, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 1)
	var under, over sync.WaitGroup
	under.Go(func() { failed <- d.end.Run(below) })
	under.Go(func() { _ = d.clock.Run(below) })
	watch, enough := context.WithCancel(ctx)
	defer enough()
	over.Go(func() { d.watchPhones(watch) })
	var told dialog.Stats
	over.Go(func() { told = d.tellFigures(watch) })
	over.Go(func() { d.announcePhones(watch) })
	over.Go(func() { d.raiseAlarms(watch) })
	over.Go(func() { d.watchBans(watch) })
	over.Go(func() { d.sight.run(watch) })
	for _, t := range d.guard.trunks {
		over.Go(func() { d.watchTrunk(watch, t) })
		if t.Register {
			over.Go(func() { d.register(watch, t) })
		}
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	enough()
	over.Wait()
	d.stop()
	cancel()
	under.Wait()
	d.sight.close(ctx)
	d.tell(told)
	if err != nil {
		return fmt.Errorf("serve SIP: %w", err)
	}
	return nil
}

// Drain takes no new calls from now on but legs that are expected, and places none
// but to agents, for callers who wait. Those in progress go on.
func (d *Driver) Drain() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.draining {
		close(d.drained)
	}
	d.draining = true
}

// retryAfter asks callers to come back while the service is on its way out. A leg
// that is expected is that of a caller who is here already.
func (d *Driver) retryAfter(dialed string, src netip.AddrPort) time.Duration {
	d.mu.Lock()
	draining, stopped := d.draining, d.stopped
	d.mu.Unlock()
	switch {
	case stopped, draining && d.guard.guests.find(dialed, src.Addr().Unmap(), time.Now(), false) == nil:
		return 5 * time.Second
	}
	return 0
}

// refuses tells whether the service is too near its end for a call.
func (d *Driver) refuses(o call.Order) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopped || d.draining && o.Phone == "" && o.Info.Phone == ""
}

// during counts something under way and returns a context for it that ends
// with the service. The function returned is to be called when it is over.
func (d *Driver) during(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		cancel(errStopped)
		return ctx, func() {}
	}
	d.next++
	id := d.next
	d.busy[id] = cancel
	return ctx, func() {
		cancel(nil)
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.busy, id)
		d.rest()
	}
}

// enter counts a line that is up.
func (d *Driver) enter(l *Line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines[l] = struct{}{}
}

// leave counts a line that is over. Run still waits until its BYE is confirmed.
func (d *Driver) leave(l *Line, why cause, confirmed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.lines, l)
	sound := l.sess.Stats()
	d.past = d.past.plus(statsOf(sound))
	d.parting++
	go func() {
		<-confirmed
		d.sight.end(answered(l.trace, why, sound))
		d.mu.Lock()
		defer d.mu.Unlock()
		d.parting--
		d.rest()
	}()
}

// Idle waits until no call is left, or ctx ends.
func (d *Driver) Idle(ctx context.Context) error {
	select {
	case <-d.resting():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resting returns what is closed when nothing is left.
func (d *Driver) resting() <-chan struct{} {
	ch := make(chan struct{})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.idle = append(d.idle, ch)
	d.rest()
	return ch
}

// rest tells those who wait when nothing is left. d.mu is held.
func (d *Driver) rest() {
	if len(d.busy)+len(d.lines)+d.parting > 0 {
		return
	}
	for _, ch := range d.idle {
		close(ch)
	}
	d.idle = nil
}

// stop ends all calls: first it lets those who talk on them end them, as they
// know why, then it does so itself.
func (d *Driver) stop() {
	d.mu.Lock()
	d.stopped = true
	for _, cancel := range d.busy {
		cancel(errStopped)
	}
	d.mu.Unlock()
	idle := d.resting()
	if within(idle, d.opt.Goodbye/2) {
		return
	}
	for _, l := range d.all() {
		l.end(endedByService)
	}
	if within(idle, d.opt.Goodbye/2) {
		return
	}
	d.log.Warn("calls left at the end", "calls", len(d.all()))
	close(d.quit)
	within(idle, time.Second)
}

// within reports whether ch is closed before d has passed.
func within(ch <-chan struct{}, d time.Duration) bool {
	limit := time.NewTimer(d)
	defer limit.Stop()
	select {
	case <-ch:
		return true
	case <-limit.C:
		return false
	}
}

func (d *Driver) all() []*Line {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*Line, 0, len(d.lines))
	for l := range d.lines {
		all = append(all, l)
	}
	return all
}
