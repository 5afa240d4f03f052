package plan

import (
	"math"
	"slices"
	"time"

	"careline/campaigns"
)

// longWait bounds how far ahead a start is set aside for a contact that another
// trunk has refused.
const longWait = 2 * time.Second

// trunk is what the plan knows of one trunk.
type trunk struct {
	Trunk
	order  int         // of arrival
	ready  heap[*lane] // of the campaigns that can place a call
	active int         // Place effects out
	last   time.Time   // the latest start of a call; zero: none yet
	turn   int         // that the campaign which placed last has next
	timer  timer       // for the next start
}

func (p *Plan) setTrunk(def Trunk) {
	t := p.trunks[def.Name]
	if t == nil {
		p.arrivals++
		t = &trunk{order: p.arrivals}
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
func (t *trunk) next() time.Time {
	if t.last.IsZero() {
		return t.last
	}
	spacing := math.Ceil(float64(time.Second) / t.PerSecond)
	return t.last.Add(time.Duration(min(spacing, float64(math.MaxInt64/2))))
}

// wind sets the trunk's timer to its next start.
func (p *Plan) wind(t *trunk) {
	p.schedule(&t.timer, len(t.ready) > 0 && t.free() && !p.halted(), t.next())
}

// start places one call of the campaign whose turn it is.
func (p *Plan) start(t *trunk) {
	l, some := t.ready.top()
	for ; some; l, some = t.ready.top() {
		better := p.better(l)
		if better == nil {
			break
		}
		p.leave(l.c)
		p.stand(better)
	}
	if !some {
		p.wind(t)
		return
	}
	c := l.c
	h := c.waiting[0]
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	h.placed = true
	p.leave(c)
	p.spend(l)
	l.turn++
	t.turn = l.turn
	p.place(Effect{Try: 1, At: p.now}, pending{campaign: c, hand: h, trunk: t})
}

// place gives out a Place.
func (p *Plan) place(e Effect, waits pending) {
	t, c := waits.trunk, waits.campaign
	waits.at, waits.before, waits.try = e.At, t.last, e.Try
	t.last = e.At
	t.active++
	c.active++
	e.Kind, e.Contact, e.Trunk = Place, waits.hand.contact, t.Name
	p.emit(e, waits)
	p.settle(c)
	p.makeRoom(t)
	p.wind(t)
}

// ended takes in the end of a Place, and tries another trunk where that is
// asked for and possible.
func (p *Plan) ended(e pending, ev Event) {
	c, t, h := e.campaign, e.trunk, e.hand
	t.active--
	c.active--
	c.stale = true
	if soon := p.now.Add(recheck); c.claimAt.After(soon) {
		c.claimAt = soon
	}
	if ev.Held && t.last.Equal(e.at) {
		t.last = e.before // nothing was sent: the next one need not wait
	}
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
func (p *Plan) failOver(e pending, after EffectID) bool {
	c := e.campaign
	if p.halted() || c.State != campaigns.Running || c.MaxCalls > 0 && c.active >= c.MaxCalls {
		return false
	}
	tried := append(slices.Clone(e.tried), e.trunk)
	for _, l := range c.lanes {
		t := p.trunks[l.name]
		if t == nil || slices.Contains(tried, t) || !t.free() || t.next().After(p.now.Add(longWait)) {
			continue
		}
		at := p.now
		if t.next().After(at) {
			at = t.next()
		}
		p.place(Effect{Try: e.try + 1, After: after, At: at}, pending{campaign: c, hand: e.hand, trunk: t, tried: tried})
		return true
	}
	return false
}
