package dialer

import (
	"fmt"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

// longestWait bounds the time between two tries to store something.
const longestWait = 30 * time.Second

// carryOut starts an effect. Its result comes back by report.
func (l *loop) carryOut(e plan.Effect) {
	l.live++
	var f func()
	switch e.Kind {
	case plan.Claim:
		f = func() { l.claim(e) }
	case plan.Release:
		f = func() { l.giveBack(e) }
	case plan.Finish:
		c := l.running[e.Campaign]
		f = func() { l.finish(e, c) }
	case plan.Place:
		l.calls++
		a := &attempt{l: l, campaign: l.running[e.Campaign], contact: e.Contact}
		f = func() {
			a.run(e)
			l.post(func() { l.calls-- })
		}
	}
	l.wg.Go(func() {
		f()
		l.post(func() { l.live-- })
	})
}

func (l *loop) claim(e plan.Effect) {
	ctx, cancel := l.database()
	defer cancel()
	claims, err := l.d.queue.Claim(ctx, l.d.o.Node, e.Campaign, e.Limit, time.Now())
	if err != nil {
		l.post(func() { l.trouble(err) })
	}
	l.report(plan.Event{
		Kind: plan.Claimed, Effect: e.ID, Contacts: claims.Contacts, NextDue: claims.NextDue, Open: claims.Open,
		Err: err != nil,
	})
}

func (l *loop) finish(e plan.Effect, c campaigns.Campaign) {
	ctx, cancel := l.database()
	defer cancel()
	done, err := l.d.campaigns.Finish(ctx, e.Campaign, time.Now())
	if err != nil {
		l.post(func() { l.trouble(err) })
	}
	if done {
		l.d.o.Log.Info("campaign finished", "campaign_id", string(c.ID), "name", c.Name)
		l.d.o.Notify(Event{Kind: Finished, At: time.Now(), Campaign: c})
	}
	l.report(plan.Event{Kind: plan.Finished, Effect: e.ID, Done: done, Err: err != nil})
	if done {
		l.post(func() { delete(l.running, e.Campaign) })
	}
}

func (l *loop) giveBack(e plan.Effect) {
	ids := make([]campaigns.ContactID, len(e.Contacts))
	for i, c := range e.Contacts {
		ids[i] = c.ID
	}
	l.release(ids...)
	l.report(plan.Event{Kind: plan.Released, Effect: e.ID})
}

// release gives contacts back. When the service ends meanwhile it is not tried
// again, as the lease's end gives them back too.
func (l *loop) release(ids ...campaigns.ContactID) {
	l.persist("release contacts", func() bool { return l.soft.Err() != nil }, func() error {
		ctx, cancel := l.database()
		defer cancel()
		return l.d.queue.Release(ctx, l.d.o.Node, ids, time.Now())
	})
}

// persist does something until it succeeds, longer and longer apart, or until
// enough is said or nothing more is stored. It reports whether it succeeded.
func (l *loop) persist(what string, enough func() bool, do func() error) bool {
	for wait := time.Second; ; wait = min(2*wait, longestWait) {
		err := do()
		if err == nil {
			return true
		}
		l.post(func() { l.trouble(fmt.Errorf("%s: %w", what, err)) })
		if enough() || !l.pause(wait) {
			l.d.o.Log.Error("not stored", "what", what, "err", err)
			return false
		}
	}
}
