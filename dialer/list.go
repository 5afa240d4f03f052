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
	busy  bool      // it is being read
	again bool      // it shall be read once more
	at    time.Time // when to try again; zero: need not
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
	l.list = list{busy: true}
	l.wg.Go(func() {
		asking, cancel := bounded(ctx)
		defer cancel()
		running, err := l.d.campaigns.Running(asking)
		l.post(func(ctx context.Context) { l.loaded(ctx, running, err) })
	})
}

func (l *loop) loaded(ctx context.Context, running []campaigns.Campaign, err error) {
	again := l.list.again
	l.list = list{}
	if err != nil {
		l.trouble(ctx, err)
		l.list.at = time.Now().Add(retryEvery)
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
		if !known || !reflect.DeepEqual(was, now[c.ID]) { // its mode was switched
			l.step(ctx, plan.Event{Kind: plan.SetCampaign, Campaign: now[c.ID]})
		}
		if known {
			l.step(ctx, plan.Event{Kind: plan.ContactsLeft, ID: c.ID})
		}
	}
	if again {
		l.load(ctx)
	}
}
