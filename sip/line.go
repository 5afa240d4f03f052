package sip

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/phone"
	"careline/sip/dialog"
	"careline/sip/session"
)

// Line is one answered call: a call.Line and a call.Leg.
type Line struct {
	d      *Driver
	info   call.Info
	guest  bool                          // another network was asked to send it
	far    phone.Number                  // of the other end; may be empty
	trace  call.Trace                    // how it began
	dlg    atomic.Pointer[dialog.Dialog] // another one once a call has taken its place
	mu     sync.Mutex
	now    *terms // of dlg
	ends   bool   // decided: nothing takes the place of dlg any more
	sess   *session.Session
	terms  *terms
	step   *step         // the latest that was started and not reported; belongs to Start and Next
	ask    chan cause    // to end the call
	over   chan struct{} // closed when it is over and its last keys have been taken in
	gone   chan struct{} // closed after that, when its port, its place on the trunk and its figures are given back
	ending call.Ending   // written before over is closed

	machine chan struct{} // closed when a machine has answered and its greeting is over, where the flow shall know
	told    bool          // the flow that it was; belongs to the step
}

var (
	_ call.Line = (*Line)(nil)
	_ call.Leg  = (*Line)(nil)
)

// cause is why a call ends.
type cause struct {
	ending call.Ending
	q850   int // of our BYE: 16 is normal clearing, 41 a temporary failure; 0: there is none to send
	text   string
}

var (
	endedByFarEnd  = cause{call.ByCaller, 0, "the far end hung up"}
	endedByTimer   = cause{call.Broken, 0, "the far end has not refreshed the session"}
	endedUnknown   = cause{call.Broken, 0, "the far end does not know the call any more"}
	endedByFlow    = cause{call.ByFlow, 16, "we hung up"}
	endedByService = cause{call.ByService, 16, "the service ends"}
	endedByLimit   = cause{call.ByService, 16, "it has lasted too long"}
	endedByMachine = cause{call.ByService, 16, "a machine has answered"}
	endedBySilence = cause{call.Broken, 41, "no sound comes any more"}
)

// byeTime is how long a BYE may take to be confirmed, and drainTime how long
// the last packets of a call may take to be read.
const (
	byeTime   = 32 * time.Second
	drainTime = 500 * time.Millisecond
)

// newLine takes over a call that is up, whose info and far end are known. done
// is called when it is over.
func (d *Driver) newLine(ctx context.Context, l *Line, dlg *dialog.Dialog, t *terms, done func()) *Line {
	l.d, l.terms, l.now, l.sess = d, t, t, t.sess
	l.dlg.Store(dlg)
	l.ask, l.over, l.gone = make(chan cause, 1), make(chan struct{}), make(chan struct{})
	l.machine = make(chan struct{})
	l.sess.Comfort(comfort())
	d.enter(l)
	save := d.tape(l)
	d.hear(l)
	ctx = context.WithoutCancel(ctx)
	go func() {
		why := l.live()
		confirmed := l.bye(ctx, why)
		l.bury(ctx, why)
		save()
		done()
		d.leave(l, why, confirmed)
		close(l.gone)
	}()
	return l
}

// live returns when the call is over, or shall be, with the reason.
func (l *Line) live() cause {
	limit := time.NewTimer(l.d.opt.MaxCall)
	defer limit.Stop()
	for {
		dlg := l.dlg.Load()
		select {
		case <-dlg.Done():
			if l.closes(dlg) { // else another call has taken its place
				return causeOf(dlg.Ending())
			}
		case why := <-l.ask:
			l.closes(nil)
			return why
		case <-l.sess.Lost():
			l.closes(nil)
			return endedBySilence
		case <-limit.C:
			l.closes(nil)
			return endedByLimit
		}
	}
}

// closes decides that the line ends with the dialog that it has. It reports false
// when that is another one than only; nil is whichever it is.
func (l *Line) closes(only *dialog.Dialog) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if only != nil && l.dlg.Load() != only {
		return false
	}
	l.ends = true
	return true
}

// becomes gives the line another dialog and its terms. It reports false when the
// line or its call ends, or has another one than old by now.
func (l *Line) becomes(old, dlg *dialog.Dialog, t *terms) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends || l.dlg.Load() != old || old.Ending().By != "" {
		return false
	}
	l.dlg.Store(dlg)
	l.now.yield(t)
	l.now = t
	return true
}

// causeOf is why a call is over that we have not ended.
func causeOf(e dialog.Ending) cause {
	switch e.By {
	case dialog.Expired:
		return endedByTimer
	case dialog.Vanished:
		return endedUnknown
	default:
		return endedByFarEnd
	}
}

// bye sends BYE unless the call is over already, and returns what is closed when that has
// been confirmed.
func (l *Line) bye(ctx context.Context, why cause) <-chan struct{} {
	confirmed := make(chan struct{})
	if why.q850 == 0 {
		close(confirmed)
		return confirmed
	}
	ctx, cancel := context.WithTimeout(ctx, byeTime)
	go func() {
		defer close(confirmed)
		defer cancel()
		go func() {
			select {
			case <-l.d.quit:
				cancel()
			case <-ctx.Done():
			}
		}()
		if err := l.dlg.Load().Bye(ctx, dialog.Reason{Q850: why.q850}); err != nil {
			l.d.log.Warn("hang-up not confirmed", "call_id", l.info.ID, "err", err)
		}
	}()
	return confirmed
}

// bury takes in what was still on its way, and closes the sound.
func (l *Line) bury(ctx context.Context, why cause) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	l.sess.Drain(ctx)
	l.ending = why.ending
	close(l.over)
	s := l.sess.Close()
	l.d.log.Info("call ended", "call_id", l.info.ID, "by", string(why.ending), "why", why.text,
		"sent", s.Sent, "received", s.Received, "late", s.Late, "lost", s.Lost, "jitter", s.Jitter, "secure", s.Secure,
		"peer_lost", s.Peer.Lost, "peer_jitter", s.Peer.Jitter, "rtt", s.Peer.RTT)
	if s.Malformed+s.Strangers+s.Unauthentic > 0 {
		l.d.log.Warn("packets ignored that were no sound of the far end", "call_id", l.info.ID,
			"malformed", s.Malformed, "from_elsewhere", s.Strangers, "not_authentic", s.Unauthentic)
	}
}

// end has the call ended, unless it is on its way to its end already.
func (l *Line) end(why cause) {
	select {
	case l.ask <- why:
	default:
	}
}

// ID is the call's id.
func (l *Line) ID() string { return l.info.ID }

// Done is closed when the call is over.
func (l *Line) Done() <-chan struct{} { return l.over }

// Hangup ends the call now.
func (l *Line) Hangup(ctx context.Context) {
	l.end(endedByFlow)
	select {
	case <-l.gone:
	case <-ctx.Done():
	}
}

// Ending is how the call ended; empty while it lasts.
func (l *Line) Ending() call.Ending {
	if !l.isOver() {
		return ""
	}
	return l.ending
}

func (l *Line) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// step is the line actions of one step of a flow, under way.
type step struct {
	stop    context.CancelFunc
	result  chan ivr.Event // gets exactly one
	done    sync.WaitGroup
	records bool // what the caller says
}

// Start begins the line actions of one step and returns at once.
func (l *Line) Start(ctx context.Context, actions []ivr.Action) error {
	if old := l.step; old != nil { // nobody asked for its event
		old.stop()
		old.done.Wait()
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &step{stop: cancel, result: make(chan ivr.Event, 1)}
	s.records = len(actions) > 0 && actions[len(actions)-1].Kind == ivr.Record
	l.step = s
	if len(actions) > 0 {
		l.ready(actions[0]) // at once, so that what is pressed from now on counts
	}
	s.done.Go(func() {
		defer cancel()
		ev := l.run(ctx, actions)
		ev.At = time.Now()
		s.result <- ev
	})
	return nil
}

// Next waits for the event that ends the step; HungUp when there is none to
// wait for.
func (l *Line) Next(ctx context.Context) (ivr.Event, error) {
	if ctx.Err() != nil {
		return l.parting(ctx)
	}
	if l.step == nil {
		select {
		case <-l.gone:
			return ivr.Event{Kind: ivr.HungUp, At: time.Now()}, nil
		case <-ctx.Done():
			return ivr.Event{}, ctx.Err()
		}
	}
	select {
	case ev := <-l.step.result:
		l.step = nil
		if ev.Kind == ivr.HungUp {
			<-l.gone
		}
		if err := ctx.Err(); err != nil && ev.Kind != ivr.Keys && ev.Kind != ivr.Recorded {
			return ivr.Event{}, err // the event says no more than that ctx ended
		}
		return ev, nil
	case <-ctx.Done():
		return l.parting(ctx)
	}
}
