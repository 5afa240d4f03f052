package sip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"careline/campaigns"
	"careline/sip/dialog"
)

// mostLost is how many lost calls are ended at once.
const mostLost = 50

// EndLost ends the calls of attempts that an earlier run of this node left
// behind: those that were answered with BYE, the others with CANCEL; should one
// of these be answered later it is hung up then. Those that live at a carrier are
// left alone. Run must be under way.
func (d *Driver) EndLost(ctx context.Context, left []campaigns.Attempt) error {
	left = slices.DeleteFunc(slices.Clone(left), func(a campaigns.Attempt) bool { return a.Leg.Hosted() })
	for _, a := range left {
		if err := d.end.Expect(d.lost(a)); err != nil {
			d.log.Warn("lost call cannot be told from others", "call_id", string(a.ID), "err", err)
		}
	}
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	slots := make(chan struct{}, mostLost)
	for _, a := range left {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := d.endLost(ctx, a); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, fmt.Errorf("end lost call %s: %w", a.ID, err))
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// lost is an attempt's call as the dialogs know it.
func (d *Driver) lost(a campaigns.Attempt) dialog.Lost {
	lost := dialog.Lost{Leg: a.Leg}
	if t := d.trunks[a.Trunk]; t != nil {
		lost.Route, lost.Credentials = t.Address, t.credentials()
	}
	return lost
}

func (d *Driver) endLost(ctx context.Context, a campaigns.Attempt) error {
	lost := d.lost(a)
	answered := !a.AnsweredAt.IsZero() && a.Leg.ToTag != "" && a.Leg.Remote != ""
	d.log.Info("lost call ended", "call_id", string(a.ID), "to", a.Number, "answered", answered)
	if answered {
		return d.end.ByeLost(ctx, lost)
	}
	return d.end.CancelLost(ctx, lost)
}
