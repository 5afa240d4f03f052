package plan

import (
	"slices"
	"time"

	"careline/campaigns"
)

// limit is a bound of abandonment with what was counted under it so far.
type limit struct {
	campaigns.Abandonment
	started time.Time // of the campaign
	slots   []campaigns.Slot
	sum     campaigns.Tally
}

// slotsPerWindow is how finely calls that leave a rolling window are told apart:
// they leave it later by so much at most.
const slotsPerWindow = 144

func (l *limit) width() time.Duration { return min(l.Window/slotsPerWindow, time.Hour) }

// add counts calls at a time, which does not go back.
func (l *limit) add(at time.Time, t campaigns.Tally) {
	l.roll(at)
	l.sum = l.sum.Plus(t)
	last := len(l.slots) - 1
	if last >= 0 && at.Sub(l.slots[last].At) < l.width() {
		l.slots[last].Tally = l.slots[last].Plus(t)
		return
	}
	l.slots = append(l.slots, campaigns.Slot{At: at, Tally: t})
}

// roll forgets what the window has left behind: of one that rolls a slot as a whole,
// once all of it has left; of successive ones all, as the next begins.
func (l *limit) roll(now time.Time) {
	since, gone := l.Since(l.started, now), 0
	if !l.Successive {
		since = since.Add(-l.width())
	}
	for gone < len(l.slots) && l.slots[gone].At.Before(since) {
		l.sum = l.sum.Minus(l.slots[gone].Tally)
		gone++
	}
	l.slots = l.slots[gone:]
}

// rate is the share of abandoned calls at now.
func (l *limit) rate(now time.Time) float64 {
	l.roll(now)
	return l.Rate(l.sum)
}

// bound sets the campaign's bounds of abandonment, as its definition and its
// rules have them, and keeps what was counted.
func (c *campaign) bound(now time.Time, past []campaigns.Slot) {
	if c.past == nil {
		c.past = slices.Clone(past)
	}
	rules := c.Abandonments()
	limits := make([]*limit, len(rules))
	for i, rule := range rules {
		limits[i] = &limit{Abandonment: rule, started: c.StartedAt}
		for _, slot := range c.past {
			limits[i].add(slot.At, slot.Tally)
		}
		limits[i].roll(now)
	}
	c.limits = limits
}

// tally counts calls under all bounds.
func (p *Plan) tally(c *campaign, t campaigns.Tally) {
	for _, l := range c.limits {
		l.add(p.now, t)
	}
	if last := len(c.past) - 1; last >= 0 && p.now.Sub(c.past[last].At) < slotOfPast {
		c.past[last].Tally = c.past[last].Plus(t)
		return
	}
	c.past = append(c.past, campaigns.Slot{At: p.now, Tally: t})
}

// slotOfPast is how finely a campaign's past is kept for bounds that its
// definition may get later.
const slotOfPast = 10 * time.Minute

// tightest is the bound that the campaign has come nearest to; nil: it has none.
func (p *Plan) tightest(c *campaign) *limit {
	var tightest *limit
	for _, l := range c.limits {
		if tightest == nil || l.headroom(p.now) < tightest.headroom(p.now) {
			tightest = l
		}
	}
	return tightest
}

// headroom is what is left of the cap, as a part of it: 1 is all, 0 none.
func (l *limit) headroom(now time.Time) float64 {
	if l.Cap <= 0 {
		return 0
	}
	return min(max(1-l.rate(now)/l.Cap, 0), 1)
}

// governed tells whether a campaign has used up what may be abandoned: there is
// no more than one call for each idle agent then.
func (p *Plan) governed(c *campaign) bool {
	l := p.tightest(c)
	return l != nil && l.headroom(p.now) == 0
}

// easing is from which part of a cap on a fixed ratio is brought down, evenly,
// until it is one call for each idle agent at the cap.
const easing = 0.5

// ratio is how many calls there are for each idle agent in power mode.
func (p *Plan) ratio(c *campaign) float64 {
	ratio, l := c.CallsPerAgent(), p.tightest(c)
	if l == nil || ratio <= 1 {
		return max(ratio, 1)
	}
	return 1 + (ratio-1)*min(l.headroom(p.now)/easing, 1)
}
