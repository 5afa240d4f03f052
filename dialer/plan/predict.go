package plan

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"careline/agents"
	"careline/campaigns"
)

// Pacer is a predictive policy, as dialer/pacing has it. Calls and agents are
// named as the plan names them.
type Pacer interface {
	Placed(id string, now time.Time)
	Ringing(id string, now time.Time)
	Answered(id string, human bool, now time.Time)
	Ended(id string, now time.Time)
	Abandoned(id string, now time.Time)
	Agent(id string, does agents.Presence, now time.Time)
	Calls(now time.Time) int // to place now
}

// Pacing is what a predictive policy shall keep to.
type Pacing struct {
	Cap        float64       // share of live answers that may be abandoned, 0..1; 0 permits none
	Window     time.Duration // that it is counted over
	Successive bool          // one such window after the other from Start on; else rolling
	Start      time.Time
	MinRing    time.Duration // of a call that nobody answers
	Within     time.Duration // that an agent must be there after the answer
}

// How often a predictive policy is asked: now and then, and when an agent has
// become free.
const (
	askEvery = 250 * time.Millisecond
	askAgain = 50 * time.Millisecond // not sooner after the latest time
	askedFor = time.Second           // what it said is of no use after that, as when nobody could be called meanwhile
)

// forecast is the predictive policy of a crew. There is one for all of its
// predictive campaigns, as one agent's next call is every campaign's: policies
// that know nothing of each other would dial for the same agent twice.
type forecast struct {
	pacer Pacer
	keeps Pacing
	calls map[EffectID]bool // that it was told of
	more  int               // calls that may be placed, of those that it asked for
	asked time.Time
	timer timer
}

// foresee gives the crew a policy where it has predictive campaigns, and takes it
// away where it has none any more.
func (p *Plan) foresee(c *crew) {
	keeps, wanted := p.keeps(c)
	if c.forecast != nil && wanted && c.forecast.keeps == keeps {
		return
	}
	if c.forecast != nil {
		p.timers.drop(&c.forecast.timer)
		c.forecast = nil
	}
	if !wanted {
		return
	}
	p.arrivals++
	f := &forecast{pacer: p.options.Pacer(keeps), keeps: keeps, calls: map[EffectID]bool{}}
	f.timer = timer{order: p.arrivals, fire: func() { p.ask(c) }}
	c.forecast = f
	if h, can := f.pacer.(historian); can {
		for _, slot := range c.past() {
			h.Past(slot)
		}
	}
	p.recount(c)
	for _, name := range slices.Sorted(maps.Keys(p.agents)) {
		if a := p.agents[name]; a.crew() == c {
			f.pacer.Agent(name, a.presence, p.now)
		}
	}
	p.askNext(c)
}

// recount tells a new policy of the calls that are on their way to the crew's
// agents already, as after a switch of the mode: it would place them once more.
func (p *Plan) recount(c *crew) {
	if c.out() == 0 {
		return
	}
	f := c.forecast
	for _, id := range slices.Sorted(maps.Keys(p.pending)) {
		e := p.pending[id]
		if e.kind != Place || !e.counted() || e.pool.crew != c || e.stage == settled {
			continue
		}
		f.calls[id] = true
		f.pacer.Placed(effectName(id), e.at)
		if e.stage == waits && e.known {
			f.pacer.Answered(effectName(id), true, p.now)
		}
	}
}

// keeps is what the crew's predictive campaigns must keep to together, and
// whether it has any.
func (p *Plan) keeps(c *crew) (keeps Pacing, some bool) {
	keeps = Pacing{Cap: 1}
	for _, one := range c.campaigns {
		if one.Mode != campaigns.Predictive {
			continue
		}
		some = true
		if keeps.MinRing == 0 || one.RingTimeout < keeps.MinRing {
			keeps.MinRing = one.RingTimeout
		}
		for _, l := range one.limits {
			if l.Cap < keeps.Cap {
				keeps.Cap, keeps.Window, keeps.Successive, keeps.Start = l.Cap, l.Window, l.Successive, l.started
			}
			if keeps.Within == 0 || l.Within < keeps.Within {
				keeps.Within = l.Within
			}
		}
	}
	return keeps, some
}

// past is what the crew's predictive campaigns have counted so far.
func (c *crew) past() []campaigns.Slot {
	var all []campaigns.Slot
	for _, one := range c.campaigns {
		if one.Mode == campaigns.Predictive {
			all = append(all, one.past...)
		}
	}
	slices.SortStableFunc(all, func(a, b campaigns.Slot) int { return a.At.Compare(b.At) })
	return all
}

// ask asks the crew's policy how many calls to place now.
func (p *Plan) ask(c *crew) {
	f := c.forecast
	f.more, f.asked = max(f.pacer.Calls(p.now), 0), p.now
	p.timers.drop(&f.timer)
	p.askNext(c)
	p.restaff(c)
}

// askNext sets when to ask next: not while nobody could be called.
func (p *Plan) askNext(c *crew) {
	on := c.staffed > 0 && !p.halted() && slices.ContainsFunc(c.campaigns, func(one *campaign) bool {
		return one.Mode == campaigns.Predictive && len(one.waiting) > 0
	})
	if f := c.forecast; !on || f.timer.index == 0 {
		p.schedule(&f.timer, on, f.asked.Add(askEvery))
	}
}

// askSoon has the policy asked as soon as may be.
func (p *Plan) askSoon(c *crew) {
	if f := c.forecast; f != nil && f.timer.index != 0 {
		p.schedule(&f.timer, true, f.asked.Add(askAgain))
	}
}

// predicted is how many more calls of a predictive campaign there will be agents
// for. One that may abandon no more dials for idle agents alone.
func (p *Plan) predicted(c *campaign) int {
	f := c.pool.crew.forecast
	if f == nil || p.governed(c) {
		return c.pool.room(1)
	}
	if p.now.Sub(f.asked) > askedFor {
		return min(f.more, c.pool.room(1))
	}
	if c.pool.staffed == c.pool.crew.staffed {
		return f.more
	}
	crew := c.pool.crew // whose other agents do not take its calls: its part of what the crew dials
	part := (crew.out() + f.more) * c.pool.staffed / crew.staffed
	return min(f.more, max(part-c.pool.out(), c.pool.room(1)))
}

func effectName(id EffectID) string { return strconv.FormatUint(uint64(id), 10) }

// placed tells the policy of a call.
func (p *Plan) placed(e *pending) {
	if f := e.pool.crew.forecast; f != nil {
		f.calls[e.id] = true
		f.more--
		f.pacer.Placed(effectName(e.id), p.now)
	}
}

// follow is the policy that was told of a call; nil: none was.
func (e *pending) follow() *forecast {
	if e.counted() && e.pool.crew.forecast != nil && e.pool.crew.forecast.calls[e.id] {
		return e.pool.crew.forecast
	}
	return nil
}
