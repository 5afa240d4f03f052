package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

// longestWait bounds the time between two tries to store something.
const longestWait = 30 * time.Second

// carryOut starts an effect. Its result comes back by report.
func (l *loop) carryOut(ctx context.Context, e plan.Effect) {
	var f func()
	switch e.Kind {
	case plan.Refuse:
		l.asks[e.Ask].tell("", errors.New(e.Why))
		return
	case plan.Claim:
		f = func() { l.claim(ctx, e) }
	case plan.Release:
		f = func() { l.giveBack(ctx, e) }
	case plan.Finish:
		c := l.running[e.Campaign]
		f = func() { l.finish(ctx, e, c) }
	case plan.Place:
		l.calls++
		a := &attempt{l: l, campaign: l.running[e.Campaign], contact: e.Contact, ask: l.asks[e.Ask]}
		f = func() {
			a.run(ctx, e)
			a.ask.tell("", errNotRunning) // unless it was answered
			l.post(func(context.Context) { l.calls-- })
		}
	}
	l.live++
	l.wg.Go(func() {
		f()
		l.post(func(context.Context) { l.live-- })
	})
}

func (l *loop) claim(ctx context.Context, e plan.Effect) {
	asking, cancel := bounded(ctx)
	defer cancel()
	claims, err := l.d.queue.Claim(asking, l.d.o.Node, e.Campaign, e.Limit, time.Now())
	if err != nil {
		l.post(func(ctx context.Context) { l.trouble(ctx, err) })
	}
	l.report(plan.Event{
		Kind: plan.Claimed, Effect: e.ID, Contacts: claims.Contacts, NextDue: claims.NextDue, Open: claims.Open,
		Err: err != nil,
	})
}

func (l *loop) finish(ctx context.Context, e plan.Effect, c campaigns.Campaign) {
	asking, cancel := bounded(ctx)
	defer cancel()
	done, err := l.d.campaigns.Finish(asking, e.Campaign, time.Now())
	if err != nil {
		l.post(func(ctx context.Context) { l.trouble(ctx, err) })
	}
	if done {
		l.d.o.Log.Info("campaign finished", "campaign_id", string(c.ID), "name", c.Name)
		l.d.o.Notify(Event{Kind: Finished, At: time.Now(), Campaign: c})
	}
	l.report(plan.Event{Kind: plan.Finished, Effect: e.ID, Done: done, Err: err != nil})
	if done {
		l.post(func(context.Context) { delete(l.running, e.Campaign) })
	}
}

func (l *loop) giveBack(ctx context.Context, e plan.Effect) {
	ids := make([]campaigns.ContactID, len(e.Contacts))
	for i, c := range e.Contacts {
		ids[i] = c.ID
	}
	l.release(ctx, ids...)
	l.report(plan.Event{Kind: plan.Released, Effect: e.ID})
}

// release gives contacts back. When the service ends meanwhile it is not tried
// again, as the lease's end gives them back too.
func (l *loop) release(ctx context.Context, ids ...campaigns.ContactID) {
	l.persist(ctx, "release contacts", func() bool { return over(l.ended) }, func(ctx context.Context) error {
		return l.d.queue.Release(ctx, l.d.o.Node, ids, time.Now())
	})
}

// persist does something until it succeeds, longer and longer apart, or until
// enough is said or nothing more is stored. It reports whether it succeeded.
func (l *loop) persist(
	ctx context.Context, what string, enough func() bool, do func(ctx context.Context) error,
) bool {
	for wait := time.Second; ; wait = min(2*wait, longestWait) {
		asking, cancel := bounded(ctx)
		err := do(asking)
		cancel()
		if err == nil {
			return true
		}
		l.post(func(ctx context.Context) { l.trouble(ctx, fmt.Errorf("%s: %w", what, err)) })
		if enough() || !pause(ctx, wait) {
			l.d.o.Log.Error("not stored", "what", what, "err", err)
			return false
		}
	}
}
