package main

import (
	"context"
	"errors"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/sip"
	"careline/twilio"
)

// carriers are the ways to the phone network: which one takes a call is said by
// its trunk, or by who has carried it before.
type carriers struct {
	sip    *sip.Driver
	twilio *twilio.Carrier // nil: no trunk is of it
	hosted map[string]bool // the trunks by twilio
}

// Place places a call by its trunk; those to phones are placed by SIP.
func (c carriers) Place(ctx context.Context, o call.Order) (call.Line, error) {
	if c.hosted[o.Trunk] {
		return c.twilio.Place(ctx, o)
	}
	return c.sip.Place(ctx, o)
}

// Leg makes the identity of a call by a trunk.
func (c carriers) Leg(trunk string, n phone.Number) (campaigns.Leg, error) {
	if c.hosted[trunk] {
		return c.twilio.Leg(trunk, n)
	}
	return c.sip.Leg(trunk, n)
}

// Trunks are all trunks as they stand, as SIP tells of them.
func (c carriers) Trunks() []sip.TrunkState {
	list := c.sip.Trunks()
	if c.twilio == nil {
		return list
	}
	for _, t := range c.twilio.Trunks() {
		list = append(list, stateOf(t))
	}
	return list
}

// stateOf is how a trunk by Twilio stands, as SIP tells of its own.
func stateOf(t twilio.TrunkState) sip.TrunkState {
	return sip.TrunkState{Name: t.Name, Up: t.Up, Since: t.Since, Why: t.Why, Calls: t.Calls - t.Adopted, Taken: t.Adopted}
}

// Drain has no more calls begin.
func (c carriers) Drain() {
	c.sip.Drain()
	if c.twilio != nil {
		c.twilio.Drain()
	}
}

// up counts the calls that are not over.
func (c carriers) up() int {
	n := c.sip.Stats().Calls
	if c.twilio != nil {
		for _, t := range c.twilio.Trunks() {
			n += t.Calls
		}
	}
	return n
}

// endLost sees to attempts that an earlier run, or another node, has left open:
// calls by SIP are ended, those that live elsewhere are seen to their end.
func (s *service) endLost(ctx context.Context, left []campaigns.Attempt) error {
	ours := make([]campaigns.Attempt, 0, len(left))
	var hosted []campaigns.Attempt
	for _, a := range left {
		if a.Leg.Carrier == "" {
			ours = append(ours, a)
		} else {
			hosted = append(hosted, a)
		}
	}
	var err error
	if s.lines.twilio != nil {
		s.lines.twilio.Adopt(ctx, hosted)
		s.tellHosted(ctx)
	} else {
		err = s.giveUp(ctx, hosted)
	}
	return errors.Join(err, s.driver.EndLost(ctx, ours))
}

// giveUp ends attempts whose carrier is not configured any more.
func (s *service) giveUp(ctx context.Context, hosted []campaigns.Attempt) error {
	var errs []error
	for _, a := range hosted {
		now := time.Now()
		err := s.store.EndAttempt(ctx, campaigns.End{
			Attempt: a.ID, Disposition: campaigns.NotKnown, At: now,
			Evidence: campaigns.Evidence{Text: "its trunk, " + a.Trunk + ", is not configured any more"},
		})
		if err == nil && !a.AnsweredAt.IsZero() {
			err = s.desk.Close(ctx, string(a.ID), call.Crashed, now)
		}
		if err != nil && !errors.Is(err, campaigns.ErrEnded) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// watchEvery is how often the trunks by Twilio are looked at.
const watchEvery = 200 * time.Millisecond

// watchHosted tells how the trunks by Twilio stand, until ctx ends.
func (s *service) watchHosted(ctx context.Context) {
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		s.tellHosted(ctx)
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// tellHosted tells how the trunks by Twilio stand, as far as that has changed.
func (s *service) tellHosted(ctx context.Context) {
	for _, t := range s.lines.twilio.Trunks() {
		state := stateOf(t)
		if was, known := s.told.Swap(t.Name, state); known && same(was, state) {
			continue
		}
		s.onTrunk(ctx, state)
	}
}

// same tells whether nothing has changed but how many calls were placed.
func same(was any, is sip.TrunkState) bool {
	before, ok := was.(sip.TrunkState)
	before.Calls = is.Calls
	return ok && before == is
}
