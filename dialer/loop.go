package dialer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

const (
	// grace is how long the ends of calls may take to be stored after the last
	// of them was hung up.
	grace = 10 * time.Second
	// answerTime is the longest that the database may take for one thing.
	answerTime = 10 * time.Second
	// lead is by how much a timer may be late, and a call yet start on time.
	lead = 5 * time.Millisecond
)

var errDrained = errors.New("the service ends")

// loop is one Run: the goroutine that owns the plan, and what it has started.
// Everything that others report comes to it as a function to be called. The
// context that its methods take ends when nothing more is stored.
type loop struct {
	d     *Dialer
	plan  *plan.Plan
	inbox chan func(context.Context)
	ended <-chan struct{}    // closed when Run is told to end: no new calls
	hung  chan struct{}      // closed when the calls are to end
	stop  context.CancelFunc // ends the storing
	open  atomic.Bool        // new calls may be placed
	wg    sync.WaitGroup

	running  map[campaigns.ID]campaigns.Campaign
	lease    lease
	list     list
	board    board
	asks     map[uint64]*ask       // that the plan is being asked
	asked    uint64                // so far
	told     map[campaigns.ID]bool // that it has numbers which its trunks may not call
	live     int                   // effects being carried out
	calls    int                   // of those, the ones that are calls
	draining bool
}

func newLoop(d *Dialer, ended <-chan struct{}, stop context.CancelFunc) *loop {
	return &loop{
		d: d, plan: plan.New(plan.Options{Batch: d.o.Batch, Lead: lead}), inbox: make(chan func(context.Context)),
		ended: ended, hung: make(chan struct{}), stop: stop,
		running: map[campaigns.ID]campaigns.Campaign{}, lease: newLease(), told: map[campaigns.ID]bool{}, asks: map[uint64]*ask{}, board: board{shown: map[campaigns.ID]campaigns.Standing{}, at: time.Now()},
	}
}

// run steps the plan until Run is told to end and all effects are done.
func (l *loop) run(ctx context.Context) {
	l.step(ctx, plan.Event{Kind: plan.Suspend})
	l.setTrunks(ctx)
	l.muster(ctx)
	l.wg.Go(func() { l.keepLease(ctx) })
	changes := l.d.campaigns.Changes(ctx)
	end, cut := l.ended, (<-chan struct{})(nil)
	limit, wake := stopped(), stopped()
	defer limit.Stop()
	defer wake.Stop()
	for !l.draining || l.live > 0 {
		l.review(ctx)
		l.wind(wake)
		select {
		case f := <-l.inbox:
			f(ctx)
		case <-wake.C:
			l.tick(ctx)
		case <-l.d.turned:
			l.setTrunks(ctx)
			l.pushBack(ctx)
		case <-l.d.mustered:
			l.muster(ctx)
		case a := <-l.d.asks:
			l.preview(ctx, a)
		case _, more := <-changes:
			if !more {
				changes = nil
			}
			l.load(ctx)
		case <-end:
			end, cut = nil, l.d.cut
			l.drain(ctx)
			limit.Reset(l.d.o.Drain)
		case <-limit.C:
			l.hangUp(ctx)
		case <-cut:
			cut = nil
			l.hangUp(ctx)
		}
	}
}

// stopped returns a timer that has not been started.
func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// wind sets the timer to when something is to be done.
func (l *loop) wind(wake *time.Timer) {
	var next time.Time
	opens, _ := l.d.opens(time.Time{})
	times := []time.Time{l.plan.NextWake(), l.list.at, opens}
	if !l.draining && len(l.running)+len(l.board.shown) > 0 {
		times = append(times, l.board.at)
	}
	if l.lease.held(time.Now()) {
		times = append(times, l.lease.until)
	}
	for _, at := range times {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	wake.Stop()
	if !next.IsZero() {
		wake.Reset(time.Until(next))
	}
}

func (l *loop) tick(ctx context.Context) {
	l.step(ctx, plan.Event{Kind: plan.Tick})
	if _, reopened := l.d.opens(time.Now()); reopened {
		l.setTrunks(ctx)
	}
	if !l.list.at.IsZero() && !time.Now().Before(l.list.at) {
		l.load(ctx)
	}
	l.show(ctx, time.Now())
}

func (l *loop) drain(ctx context.Context) {
	l.draining = true
	l.step(ctx, plan.Event{Kind: plan.Drain})
	l.d.o.Log.Info("dialer draining", "calls", l.calls)
}

// hangUp ends the calls, and after a while what is still being stored.
func (l *loop) hangUp(ctx context.Context) {
	if over(l.hung) {
		return
	}
	close(l.hung)
	late := time.AfterFunc(grace, l.stop)
	context.AfterFunc(ctx, func() { late.Stop() })
}

// over tells whether a channel that ends something has been closed.
func over(end <-chan struct{}) bool {
	select {
	case <-end:
		return true
	default:
		return false
	}
}

// calling returns a context for a call, which ends with the calls.
func (l *loop) calling(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-l.hung:
			cancel(errDrained)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// close ends what has been started beside the effects, and waits for it.
func (l *loop) close(ctx context.Context) {
	l.hangUp(ctx)
	l.stop()
	done := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(done)
	}()
	for {
		select {
		case f := <-l.inbox:
			f(ctx)
		case <-done:
			l.review(ctx)
			return
		}
	}
}

// post has f called by the loop.
func (l *loop) post(f func(context.Context)) { l.inbox <- f }

// barred tells once that a campaign has numbers which its trunks may not call,
// or have no number of their own to show to.
func (l *loop) barred(c campaigns.Campaign, contact campaigns.Contact, rule string) {
	if l.told[c.ID] {
		return
	}
	l.told[c.ID] = true
	log := l.d.o.Log.With("campaign_id", string(c.ID), "name", c.Name, "contact_id", string(contact.ID), "to", contact.Number)
	if rule == campaigns.RuleCallerID {
		log.Warn("number held as its trunks own none of the campaign's numbers to show; there may be more")
		return
	}
	log.Warn("number held outside of the allowed destinations of its trunks; there may be more")
}

// report hands a result in, and returns the effect that goes on with it.
func (l *loop) report(ev plan.Event) (next plan.Effect, more bool) {
	done := make(chan struct{})
	l.post(func(ctx context.Context) {
		next, more = l.step(ctx, ev)
		close(done)
	})
	<-done
	return next, more
}

// step moves the plan and has its effects carried out, but for the one that
// goes on with the effect which the event answers: that is returned.
func (l *loop) step(ctx context.Context, ev plan.Event) (next plan.Effect, more bool) {
	effects := l.plan.Step(time.Now(), ev)
	l.note()
	for _, e := range effects {
		if e.After != 0 && e.After == ev.Effect {
			next, more = e, true
			continue
		}
		l.carryOut(ctx, e)
	}
	return next, more
}

func (l *loop) setTrunks(ctx context.Context) {
	for _, t := range l.d.known() {
		l.step(ctx, plan.Event{Kind: plan.SetTrunk, Trunk: t})
	}
}

// review suspends or resumes dialing as things stand now, and shows them.
func (l *loop) review(ctx context.Context) {
	why := l.why(time.Now())
	dialing := why == ""
	if was := l.open.Swap(dialing); dialing && !was {
		l.d.o.Log.Info("dialing")
		l.step(ctx, plan.Event{Kind: plan.Resume})
		l.load(ctx) // changes may have been missed
	} else if !dialing && was {
		l.step(ctx, plan.Event{Kind: plan.Suspend})
	}
	l.complain(why)
	l.d.setStatus(Status{
		Dialing: dialing, Why: why, Leased: l.lease.held(time.Now()), Skew: l.lease.skew, Draining: l.draining,
		Campaigns: len(l.running), Calls: l.calls,
	})
}

// why says why no new call is placed; empty where they are.
func (l *loop) why(now time.Time) string {
	if l.draining {
		return "the service ends"
	}
	return l.lease.why(now)
}

// complain logs why nothing is dialed, each reason once. What follows a colon
// is the detail of a reason.
func (l *loop) complain(why string) {
	reason, _, _ := strings.Cut(why, ":")
	if reason == l.lease.said {
		return
	}
	l.lease.said = reason
	if !slices.Contains([]string{"", "starting", "the service ends"}, reason) {
		l.d.o.Log.Warn("dialing suspended", "why", why)
	}
}
