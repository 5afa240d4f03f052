package pacing

import "time"

// Policy is the predictive policy of one campaign and the pool of agents who
// serve it.
type Policy struct {
	opts      Options
	epoch     time.Time
	now       float64 // seconds since epoch; never goes back
	started   bool
	lines     lines
	floor     floor
	ring      ringLaw
	chance    chance
	talk      handleLaw
	wrap      handleLaw
	after     after
	releases  releases
	governor  governor
	outlook   outlook
	decision  Decision
	stale     bool
	nextTable float64
}

// New returns a policy that has learned nothing yet.
func New(o Options) *Policy {
	o = o.withDefaults()
	p := &Policy{opts: o}
	p.lines.byID = map[string]*line{}
	p.floor.byID = map[string]*agent{}
	p.ring.open(o.MinRing.Seconds())
	p.chance.open()
	p.talk.open(120, 1)
	p.wrap.open(20, 1)
	p.governor.open(o)
	p.after = after{wrap: 1, idle: 1}
	p.tabulate()
	return p
}

// clock notes the time, in seconds since the first.
func (p *Policy) clock(now time.Time) float64 {
	if !p.started {
		p.started, p.epoch = true, now
	}
	p.now = max(p.now, now.Sub(p.epoch).Seconds())
	return p.now
}

// Placed tells of a call that was placed.
func (p *Policy) Placed(id string, now time.Time) {
	p.lines.place(id, p.clock(now))
}

// Ringing tells that the other side rings. It may be left out.
func (p *Policy) Ringing(id string, now time.Time) {
	p.clock(now)
}

// Answered tells that a call was answered: by a person, who now waits for an
// agent, or by something else.
func (p *Policy) Answered(id string, human bool, now time.Time) {
	at := p.clock(now)
	l := p.lines.answer(id, at)
	if l == nil {
		return // reported before
	}
	if l.placed >= 0 {
		p.resolve(at-l.placed, human)
	}
	if !human {
		return
	}
	p.governor.answered(now)
	l.live = true
	if p.floor.early > 0 {
		p.floor.early--
		l.served = true
		return
	}
	p.lines.waiting = append(p.lines.waiting, l)
}

// resolve learns from a line that was answered, or not.
func (p *Policy) resolve(age float64, human bool) {
	p.ring.learn(age, human)
}

// Ended tells that a call is over, for whatever reason, or that it was handed to
// its agent.
func (p *Policy) Ended(id string, now time.Time) {
	at := p.clock(now)
	l := p.lines.byID[id]
	if l == nil {
		return
	}
	if !l.answered {
		p.resolve(at-l.placed, false)
	}
	p.lines.end(l)
}

// Abandoned tells that a person answered and found no agent in time.
func (p *Policy) Abandoned(id string, now time.Time) {
	at := p.clock(now)
	l := p.lines.byID[id]
	if l != nil && l.abandoned {
		return
	}
	if l == nil || !l.live {
		p.Answered(id, true, now)
		l = p.lines.byID[id]
	}
	l.abandoned = true
	p.lines.unwait(l)
	l.heard = at
	p.governor.abandoned(now)
}

// Agent tells what an agent does from now on.
func (p *Policy) Agent(id string, state AgentState, now time.Time) {
	at := p.clock(now)
	a := p.floor.agent(id)
	if a.state == state {
		return
	}
	p.learnHandling(a, state, at)
	p.floor.turn(a, state, at)
	if state == Talking && !p.lines.serve(at, p.opts.Patience.Seconds()) {
		p.floor.early++
		p.floor.earlyAt = at
	}
}

// learnHandling learns how long a talk or a wrap-up took.
func (p *Policy) learnHandling(a *agent, state AgentState, at float64) {
	switch {
	case a.state == Talking:
		p.talk.learn(at - a.since)
		p.after.learn(state)
	case a.state == WrapUp && state == Idle:
		p.wrap.learn(at - a.since)
	}
}
