package plan

import (
	"math"
	"slices"
	"time"

	"careline/campaigns"
)

// longWait bounds how far ahead a start is set aside for a contact that another
// trunk has refused, or that an agent asks for.
const longWait = 2 * time.Second

// trunk is what the plan knows of one trunk.
type trunk struct {
	Trunk
	order   int                   // of arrival
	plain   heap[*lane]           // of the campaigns that can place a call, and need no agents
	crewed  heap[*lane]           // of those that can, and have them
	homes   []*campaign           // that have agents, somebody to call, and this trunk before all others
	shares  map[int]int           // by priority: of the campaigns in plain and crewed
	active  int                   // Place effects out
	last    time.Time             // the latest start of a call; zero: none yet
	turns   map[int]time.Duration // by priority: of the campaign that placed last
	pace    pace
	forbids forbids
	timer   timer // for the next start
}

func (p *Plan) setTrunk(def Trunk) {
	t := p.trunks[def.Name]
	if t == nil {
		p.arrivals++
		t = &trunk{order: p.arrivals, turns: map[int]time.Duration{}, shares: map[int]int{}, pace: pace{factor: 1}}
		t.timer = timer{order: t.order, fire: func() { p.start(t) }}
		p.trunks[def.Name] = t
	}
	was := t.usable()
	t.Trunk = def
	if t.usable() != was {
		p.settleAll()
		return
	}
	p.makeRoom(t)
	p.wind(t)
}

// usable tells whether calls may go by the trunk at all.
func (t *trunk) usable() bool { return t.Up && t.MaxCalls > 0 && t.PerSecond > 0 }

// free tells whether a line of the trunk is free.
func (t *trunk) free() bool { return t.usable() && t.active < t.MaxCalls }

// next is the earliest that the next call may start. Calls are spaced exactly,
// and what was not used is not made up for.
func (t *trunk) next(now time.Time) time.Time {
	if t.last.IsZero() {
		return t.pace.until
	}
	spacing := math.Ceil(float64(time.Second) / t.rate(now))
	at := t.last.Add(time.Duration(min(spacing, float64(math.MaxInt64/2))))
	if at.Before(t.pace.until) {
		return t.pace.until
	}
	return at
}

// startAt is when a call that does not wait in line may start.
func (p *Plan) startAt(t *trunk) time.Time {
	if at := t.next(p.now); at.After(p.now) {
		return at
	}
	return p.now
}

// ready tells whether the next call's start can be given out.
func (p *Plan) ready(t *trunk) bool { return !t.next(p.now).After(p.now.Add(p.options.Lead)) }

// wind sets the trunk's timer to its next start.
func (p *Plan) wind(t *trunk) {
	p.schedule(&t.timer, !p.halted() && t.pick() != nil, t.next(p.now).Add(-p.options.Lead))
}

// start places one call of the campaign whose turn it is.
func (p *Plan) start(t *trunk) {
	l := t.pick()
	for l != nil {
		better := p.better(l)
		if better == nil {
			break
		}
		p.leave(l.c)
		p.stand(better)
		l = t.pick()
	}
	if l == nil {
		p.wind(t)
		return
	}
	l = p.first(l)
	c := l.c
	h := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	h.placed = true
	p.leave(c)
	p.spend(l)
	p.place(Effect{Try: 1, At: p.startAt(l.t)}, &pending{campaign: c, hand: h, trunk: l.t, lane: l, pool: c.pool})
}

// first is the lane of the campaign whose turn it is among those for the same
// agents that can place a call right now: the lane given, unless another trunk
// has one.
func (p *Plan) first(l *lane) *lane {
	if l.c.pool == nil {
		return l
	}
	for _, c := range l.c.pool.crew.campaigns {
		if c == l.c || !c.ahead(l.c) {
			continue
		}
		for _, other := range c.lanes {
			if other.ready != 0 && other.t.pick() == other && p.ready(other.t) {
				l = other
				break
			}
		}
	}
	return l
}

// place gives out a Place.
func (p *Plan) place(e Effect, waits *pending) {
	t, c := waits.trunk, waits.campaign
	waits.at, waits.before, waits.try = e.At, t.last, e.Try
	t.last = e.At
	t.active++
	c.active++
	c.lines[t]++
	p.charge(waits)
	e.Kind, e.Contact, e.Trunk, e.Agent = Place, waits.hand.contact, t.Name, waits.agent
	if e.Mode = c.Mode; waits.pool != nil {
		e.Pool = waits.pool.name
	}
	p.emit(e, waits)
	waits.lane.placed = waits.id
	if waits.counted() {
		waits.pool.calls(dialed, 1)
		waits.pool.crew.calls(dialed, 1)
		p.placed(waits)
		p.restaff(waits.pool.crew)
	}
	p.settle(c)
	p.makeRoom(t)
	p.wind(t)
}

// ended takes in the end of a Place, and tries another trunk where that is
// asked for and possible.
func (p *Plan) ended(e *pending, ev Event) {
	c, t, h := e.campaign, e.trunk, e.hand
	t.active--
	c.active--
	if c.lines[t]--; c.lines[t] == 0 {
		delete(c.lines, t)
	}
	c.stale = true
	if soon := p.now.Add(recheck); c.claimAt.After(soon) || c.Mode == campaigns.Preview {
		c.claimAt = soon
	}
	c.held.note(ev)
	if ev.Held && t.last.Equal(e.at) {
		t.last = e.before // nothing was sent: the next one need not wait
	}
	p.settleUp(e, ev)
	p.pushed(e, ev)
	e.refused(ev, p.now)
	p.over(e)
	p.wind(t)
	if ev.Failover && p.failOver(e, ev.Effect) {
		return
	}
	delete(c.hands, h.contact.ID)
	if h.again != nil {
		c.take(*h.again)
	}
}

// failOver places the contact by the most preferred trunk of the campaign that
// was not tried yet and has a line free now and a start soon.
func (p *Plan) failOver(e *pending, after EffectID) bool {
	c := e.campaign
	if p.halted() || c.State != campaigns.Running || c.MaxCalls > 0 && c.active >= c.MaxCalls || !p.manned(e) {
		return false
	}
	tried := append(slices.Clone(e.tried), e.trunk)
	l := p.soonest(c, tried)
	if l == nil {
		return false
	}
	p.place(Effect{Try: e.try + 1, After: after, At: p.startAt(l.t)}, &pending{
		campaign: c, hand: e.hand, trunk: l.t, lane: l, tried: tried, pool: c.pool, agent: e.agent,
	})
	return true
}

// manned tells whether there is an agent for another try of a call.
func (p *Plan) manned(e *pending) bool {
	if e.agent != "" {
		return e.campaign.Mode == campaigns.Preview && p.takes(e.campaign.pool, e.agent)
	}
	return p.room(e.campaign) > 0
}

// soonest is the most preferred lane whose trunk is not among those given and
// has a line free now and a start soon; nil: there is none.
func (p *Plan) soonest(c *campaign, but []*trunk) *lane {
	for _, l := range c.lanes {
		l.t = p.trunks[l.name]
		if l.t != nil && !slices.Contains(but, l.t) && l.t.free() && !l.t.next(p.now).After(p.now.Add(longWait)) {
			return l
		}
	}
	return nil
}
