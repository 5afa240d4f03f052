package main

import (
	"context"
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

// EndLost sees to attempts that an earlier run, or another node, has left open:
// calls by SIP are ended, those that live elsewhere are seen to their end.
func (c carriers) EndLost(ctx context.Context, left []campaigns.Attempt) error {
	var ours, hosted []campaigns.Attempt
	for _, a := range left {
		if a.Leg.Carrier == "" {
			ours = append(ours, a)
		} else {
			hosted = append(hosted, a)
		}
	}
	if c.twilio != nil && len(hosted) > 0 {
		c.twilio.Adopt(ctx, hosted)
	}
	return c.sip.EndLost(ctx, ours)
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
	return sip.TrunkState{Name: t.Name, Up: t.Up, Since: t.Since, Why: t.Why, Calls: t.Calls}
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

// watchHosted tells how the trunks by Twilio stand, until ctx ends.
func (s *service) watchHosted(ctx context.Context) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		for _, t := range s.lines.twilio.Trunks() {
			s.onTrunk(ctx, stateOf(t))
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
