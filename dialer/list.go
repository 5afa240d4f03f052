package dialer

import (
	"context"
	"reflect"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

// list is the reading of the running campaigns.
type list struct {
	busy  bool                  // it is being read
	again bool                  // it shall be read once more
	asked map[campaigns.ID]bool // campaigns whose past is known
	at    time.Time             // when to try again; zero: need not
}

// load reads the running campaigns, once more if that is under way.
func (l *loop) load(ctx context.Context) {
	if l.draining {
		return
	}
	if l.list.busy {
		l.list.again = true
		return
	}
	asked := l.list.asked
	l.list = list{busy: true, asked: asked}
	l.wg.Go(func() {
		asking, cancel := bounded(ctx)
		defer cancel()
		running, err := l.d.campaigns.Running(asking)
		past := map[campaigns.ID][]campaigns.Slot{}
		for _, c := range running {
			if err == nil && c.Mode.NeedsAgents() && !asked[c.ID] {
				past[c.ID], err = l.past(asking, c)
			}
		}
		l.post(func(ctx context.Context) { l.loaded(ctx, running, past, err) })
	})
}

// past reads what a campaign's bounds of abandonment have counted before.
func (l *loop) past(ctx context.Context, c campaigns.Campaign) ([]campaigns.Slot, error) {
	return l.d.campaigns.AnsweredSince(ctx, c.ID, pastSince(c, time.Now()))
}

func pastSince(c campaigns.Campaign, now time.Time) time.Time {
	since := now
	for _, bound := range c.Abandonments() {
		if from := bound.Since(c.StartedAt, now); from.Before(since) {
			since = from
		}
	}
	return since
}

func (l *loop) loaded(ctx context.Context, running []campaigns.Campaign, past map[campaigns.ID][]campaigns.Slot, err error) {
	again, asked := l.list.again, l.list.asked
	l.list = list{asked: map[campaigns.ID]bool{}}
	if err != nil {
		l.trouble(ctx, err)
		l.list.at, l.list.asked = time.Now().Add(retryEvery), asked
		return
	}
	now := map[campaigns.ID]campaigns.Campaign{}
	for _, c := range running {
		c.State = campaigns.Running
		now[c.ID] = c
	}
	for id, c := range l.running {
		if _, still := now[id]; !still {
			c.State = campaigns.Paused
			l.step(ctx, plan.Event{Kind: plan.SetCampaign, Campaign: c})
		}
	}
	before := l.running
	l.running = now
	for _, c := range running {
		was, known := before[c.ID]
		_, told := past[c.ID]
		l.list.asked[c.ID] = told || asked[c.ID]
		if !known || !reflect.DeepEqual(was, now[c.ID]) { // its mode was switched
			l.step(ctx, plan.Event{Kind: plan.SetCampaign, Campaign: now[c.ID], Past: past[c.ID]})
		}
		if known {
			l.step(ctx, plan.Event{Kind: plan.ContactsLeft, ID: c.ID})
		}
	}
	if again {
		l.load(ctx)
	}
}
