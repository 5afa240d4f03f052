package plan

import (
	"time"

	"careline/campaigns"
)

// firstHold is how long a campaign's calls are taken to last before one has
// ended.
const firstHold = 30 * time.Second

// priority and weight tell a campaign's place among those that run at once.
func priority(d campaigns.Definition) int { p, _ := d.Precedence(); return p }
func weight(d campaigns.Definition) int   { _, w := d.Precedence(); return max(w, 1) }

// cost is what a call takes of the trunk, as time in which the trunk could do
// nothing else: of its starts, or of its lines if that is more. So campaigns
// share what is scarce: the starts of a slow trunk, the lines of a full one.
func (t *trunk) cost(now time.Time, hold time.Duration) time.Duration {
	start := time.Duration(float64(time.Second) / t.rate(now))
	return max(start, hold/time.Duration(max(t.MaxCalls, 1)))
}

// charge has a campaign pay for a call as it starts, as its calls usually last.
func (p *Plan) charge(e *pending) {
	t, l, c := e.trunk, e.lane, e.campaign
	if !t.usable() {
		return
	}
	t.turns[l.priority] = max(t.turns[l.priority], l.turn)
	e.paid = t.cost(p.now, c.hold) / time.Duration(l.share)
	l.turn += e.paid
	if c.pool != nil && c.pool == e.pool {
		crew := c.pool.crew
		c.turn = max(c.turn, crew.turns[l.priority])
		crew.turns[l.priority] = c.turn
		c.turn += time.Second / time.Duration(l.share)
	}
}

// settleUp has it pay for how long the call lasted indeed.
func (p *Plan) settleUp(e *pending, ev Event) {
	c, t, l := e.campaign, e.trunk, e.lane
	if e.paid == 0 || !t.usable() {
		return
	}
	var due time.Duration
	if !ev.Held {
		lasted := max(p.now.Sub(e.at), 0)
		c.hold += (lasted - c.hold) / 8
		due = t.cost(p.now, lasted) / time.Duration(l.share)
	}
	l.turn += due - e.paid
	if l.ready != 0 {
		l.queue().put(l)
	}
}

// ahead tells whether it is the campaign's turn before the other's, of those
// that dial for the same agents.
func (c *campaign) ahead(of *campaign) bool {
	mine, theirs := priority(c.Definition), priority(of.Definition)
	switch {
	case mine != theirs:
		return mine < theirs
	case c.turn != of.turn:
		return c.turn < of.turn
	default:
		return c.order < of.order
	}
}

// kept is how many free lines of the trunk campaigns without agents leave alone:
// one for each agent who is idle, or about to be, and has no call on its way.
// An agent's line is wanted at once, and calls that have begun are not cut for
// it. What is kept from campaigns of the same priority is no more than the
// agents' campaigns' share of the lines.
func (t *trunk) kept(from int) int {
	if len(t.homes) == 0 {
		return 0
	}
	prior, equal, shares, lines := 0, 0, 0, 0
	for i, c := range t.homes {
		switch rank := priority(c.Definition); {
		case rank < from:
			prior += t.need(i)
		case rank == from:
			equal += t.need(i)
			shares += weight(c.Definition)
			lines += c.lines[t]
		}
	}
	if equal > 0 {
		equal = max(min(equal, t.MaxCalls*shares/(shares+t.shares[from])-lines), 0)
	}
	return prior + equal
}

// need is for how many agents of the trunk's i-th home a line shall be kept. They
// count once for all campaigns that dial for them.
func (t *trunk) need(i int) int {
	c := t.homes[i]
	for _, earlier := range t.homes[:i] {
		if earlier.pool.crew == c.pool.crew {
			return 0
		}
	}
	crew := c.pool.crew
	return max(crew.idle+crew.wrapUp-crew.out(), 0)
}
