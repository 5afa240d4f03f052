package plan

import (
	"time"

	"careline/campaigns"
)

// held is what the contact policy said of the latest contact that it held.
type held struct {
	rule  string
	until time.Time
}

// note takes in the end of a Place.
func (h *held) note(ev Event) {
	switch {
	case ev.Held && ev.Rule != "":
		*h = held{ev.Rule, ev.Until}
	case ev.Sent:
		*h = held{}
	}
}

// Standing tells what is done for a running campaign, and why no more; false: it
// is not known.
func (p *Plan) Standing(id campaigns.ID) (campaigns.Standing, bool) {
	c := p.campaigns[id]
	if c == nil || c.State != campaigns.Running {
		return campaigns.Standing{}, false
	}
	d := campaigns.Standing{
		Campaign: id, At: p.now, Mode: c.Mode, Calls: c.active, Claimed: len(c.waiting), Held: c.held.rule, Until: c.held.until,
		Agents: p.staffing(c), Trunks: p.carriers(c),
	}
	for _, l := range c.limits {
		d.Abandon = append(d.Abandon, campaigns.Bound{Rule: l.Rule, Rate: l.rate(p.now), Cap: l.Cap, Tally: l.sum})
	}
	if len(c.waiting) == 0 && c.claimAt.After(p.now) {
		d.Due = c.claimAt
	}
	for _, r := range p.reasons(c) {
		if r.holds {
			d.Reasons = append(d.Reasons, r.Reason)
		}
	}
	return d, true
}

func (p *Plan) staffing(c *campaign) *campaigns.Staffing {
	x := c.pool
	if x == nil {
		return nil
	}
	s := &campaigns.Staffing{
		Queue: x.name, Staffed: x.staffed, Idle: x.idle, WrapUp: x.wrapUp, Ringing: x.ringing, Waiting: x.waiting,
	}
	if c.Mode != campaigns.Preview {
		s.More = p.room(c)
	}
	return s
}

func (p *Plan) carriers(c *campaign) []campaigns.Carrier {
	list := make([]campaigns.Carrier, 0, len(c.lanes))
	for _, l := range c.lanes {
		one := campaigns.Carrier{Name: l.name}
		if t := p.trunks[l.name]; t != nil {
			one.Up, one.Calls, one.MaxCalls, one.Rate, one.Of = t.Up, t.active, t.MaxCalls, t.rate(p.now), t.PerSecond
			if t.pace.until.After(p.now) {
				one.Rests = t.pace.until
			}
		}
		list = append(list, one)
	}
	return list
}

// cause is a reason, and whether it holds.
type cause struct {
	campaigns.Reason
	holds bool
}

// reasons tells what stands in the way of more calls, the weightiest first.
func (p *Plan) reasons(c *campaign) []cause {
	x, empty := c.pool, len(c.waiting) == 0
	preview := c.Mode == campaigns.Preview
	crewed := x != nil && !preview && x.staffed > 0
	full := c.MaxCalls > 0 && c.active >= c.MaxCalls
	can := p.can(c)
	return []cause{
		{campaigns.Suspended, p.halted()},
		{campaigns.NoTrunk, !p.reaches(c)},
		{campaigns.NoAgents, x != nil && x.staffed == 0},
		{campaigns.AgentsAsk, preview && x.staffed > 0},
		{campaigns.ListHeld, c.held.rule != ""},
		{campaigns.ListUnreadable, empty && c.misses > 0},
		{campaigns.ListWaits, empty && !preview && c.misses == 0 && !c.claiming && c.claimAt.After(p.now)},
		{campaigns.ListBeingRead, empty && !preview && c.claiming},
		{campaigns.Governed, crewed && c.Mode != campaigns.Progressive && p.governed(c)},
		{campaigns.AgentsBusy, crewed && !c.roomy && x.idle == 0},
		{campaigns.AgentsServed, crewed && !c.roomy && x.idle > 0},
		{campaigns.CampaignFull, full},
		{campaigns.TrunksFull, !empty && !full && can.usable > 0 && can.free == 0},
		{campaigns.TrunksShared, !empty && !full && can.free > 0 && can.first == 0 && c.roomy},
		{campaigns.PushedBack, can.slowed > 0},
	}
}

// ways counts the campaign's trunks by what they would do for it.
type ways struct{ usable, free, first, slowed int }

func (p *Plan) can(c *campaign) (n ways) {
	for _, l := range c.lanes {
		t := p.trunks[l.name]
		if t == nil || !t.usable() {
			continue
		}
		n.usable++
		if t.free() {
			n.free++
		}
		if t.pick() == l {
			n.first++
		}
		if t.rate(p.now) < t.PerSecond || t.pace.until.After(p.now) {
			n.slowed++
		}
	}
	return n
}
