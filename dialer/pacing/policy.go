package pacing

import "time"

// Policy is the predictive policy of one campaign and of the agents who serve
// it.
type Policy struct {
	opts     Options
	epoch    time.Time
	started  bool
	now      float64 // seconds since epoch; never goes back
	lines    lines
	staff    staff
	ring     ringLaw
	chance   chance
	talk     handleLaw
	wrap     handleLaw
	after    after
	releases releases
	governor governor
	outlook  outlook
	decision Decision
}

// New returns a policy that has learned nothing yet.
func New(o Options) *Policy {
	o = o.withDefaults()
	p := &Policy{opts: o, lines: newLines(o.Patience.Seconds()), staff: newStaff(), governor: newGovernor(o)}
	p.ring.open(o.MinRing.Seconds())
	p.chance.open()
	p.talk.open(priorTalk)
	p.wrap.open(priorWrap)
	p.after = after{wrap: 1, idle: 1}
	p.tabulate()
	return p
}

// clock notes the time and returns it in seconds since the first.
func (p *Policy) clock(now time.Time) float64 {
	if !p.started {
		p.started, p.epoch = true, now
	}
	p.now = max(p.now, now.Sub(p.epoch).Seconds())
	return p.now
}

// time returns the latest time seen.
func (p *Policy) time() time.Time {
	return p.epoch.Add(time.Duration(p.now * float64(time.Second)))
}

// Placed tells of a call that was placed.
func (p *Policy) Placed(id string, now time.Time) {
	at := p.clock(now)
	if p.lines.placedLast > 0 && at-p.lines.placedLast > pause {
		p.chance.doubt()
	}
	p.lines.place(id, at)
}

// Ringing tells that the other side rings. It may be left out.
func (p *Policy) Ringing(id string, now time.Time) {
	if l := p.lines.byID[id]; l != nil {
		l.heard = p.clock(now)
	}
}

// Answered tells that a call was answered: by a person, who now waits for an
// agent, or by something else.
func (p *Policy) Answered(id string, human bool, now time.Time) {
	at := p.clock(now)
	l := p.lines.answer(id, human, at)
	if l == nil || !human {
		return
	}
	p.governor.answered(p.time())
	if p.staff.met(at) {
		l.served = true
		return
	}
	p.lines.waiting = append(p.lines.waiting, l)
}

// Ended tells that a call is over, for whatever reason, or that it was handed to
// an agent.
func (p *Policy) Ended(id string, now time.Time) {
	p.lines.end(id, p.clock(now))
}

// Abandoned tells that a person answered and found no agent in time. It counts
// once for each call, and the answer as well if that was not reported.
func (p *Policy) Abandoned(id string, now time.Time) {
	at := p.clock(now)
	l := p.lines.byID[id]
	if l == nil || !l.answered {
		p.Answered(id, true, now)
		l = p.lines.byID[id]
	}
	if !l.live || l.abandoned {
		return
	}
	l.abandoned, l.heard = true, at
	p.lines.leave(l)
	p.governor.abandoned(p.time())
}

// Agent tells what an agent does from now on. Agents nobody spoke of are Away.
func (p *Policy) Agent(id string, state AgentState, now time.Time) {
	at := p.clock(now)
	before, since := p.staff.turn(id, state, at)
	if before == state {
		return
	}
	switch {
	case before == Talking:
		p.talk.learn(at - since)
		p.after.learn(state)
	case before == WrapUp && state == Idle:
		p.wrap.learn(at - since)
	}
	if state == Talking && !p.lines.serve(at) {
		p.staff.meetsEarly(at)
	}
}
