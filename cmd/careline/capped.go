package main

import (
	"context"
	"time"

	"careline/call"
	"careline/campaigns"
)

// capped places the calls that are no attempts, to phones and for transfers: those
// by a trunk count into its day, and are not placed once that is used up.
type capped struct{ s *service }

// countTime is how long the database may take to count a call.
const countTime = 2 * time.Second

// Place places a call as the driver does.
func (c capped) Place(ctx context.Context, o call.Order) (call.Line, error) {
	if o.Trunk != "" {
		if err := c.count(ctx, o); err != nil {
			return nil, err
		}
	}
	return c.s.lines.Place(ctx, o)
}

// count counts a call, or says why it must not be placed.
func (c capped) count(ctx context.Context, o call.Order) error {
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	now := time.Now()
	reached, err := c.s.store.TakeCall(counting, o.ID, o.Trunk, c.s.cfg.capOf(o.Trunk, o.Number, now), now)
	if err != nil { // what cannot be counted is not called
		reached = err.Error()
	}
	if reached == "" {
		c.noteCountry(counting, o, now)
	}
	if reached != "" {
		c.s.log.Error("call not placed", "call_id", o.ID, "trunk", o.Trunk, "to", o.Number, "why", reached)
		return &call.Failure{Disposition: campaigns.NotPlaced, Evidence: campaigns.Evidence{Text: reached}}
	}
	return nil
}

// noteCountry has an alarm raised where the trunk never called the country before.
func (c capped) noteCountry(ctx context.Context, o call.Order, now time.Time) {
	if err := c.s.store.NoteCountry(ctx, o.Trunk, o.Number, now); err != nil {
		c.s.log.Warn("country of a call not noted", "trunk", o.Trunk, "err", err)
	}
}
