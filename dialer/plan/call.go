package plan

import (
	"careline/agents"
	"careline/campaigns"
)

// stage is how far a Place has come.
type stage int

const (
	dialed  stage = iota
	waits         // somebody has answered, and no agent has taken the call
	settled       // an agent has taken it, or will never have to
)

// tell takes in how far a call has come.
func (p *Plan) tell(ev Event) {
	e := p.pending[ev.Effect]
	if e == nil || e.kind != Place {
		return
	}
	e.passed(p.now)
	if !e.counted() {
		return
	}
	switch ev.Kind {
	case CallAnswered:
		p.answered(e, ev)
	case CallTaken:
		p.taken(e, ev.Agent)
	case CallAbandoned:
		p.abandoned(e)
	default: // it rings
		if f := e.follow(); f != nil {
			f.pacer.Ringing(effectName(e.id), p.now)
		}
	}
}

func (p *Plan) answered(e *pending, ev Event) {
	switch {
	case ev.Machine:
		p.machine(e)
	case ev.Human:
		p.met(e)
		if e.stage == dialed {
			p.stage(e, waits)
		}
	case e.stage == dialed || e.taken:
		e.taken = false
		p.stage(e, waits)
	}
}

// met notes that a person is there.
func (p *Plan) met(e *pending) {
	if e.known {
		return
	}
	e.known = true
	p.tally(e.campaign, campaigns.Tally{Answered: 1})
	if f := e.follow(); f != nil {
		f.pacer.Answered(effectName(e.id), true, p.now)
	}
}

// machine notes that none is. An agent may have found that out; otherwise the
// first to say who has answered is believed.
func (p *Plan) machine(e *pending) {
	switch {
	case e.reached && !e.lost:
		p.tally(e.campaign, campaigns.Tally{Answered: -1, Met: -1, Machines: 1})
	case e.known:
		return
	}
	if f := e.follow(); f != nil {
		f.pacer.Answered(effectName(e.id), false, p.now)
	}
	e.known, e.reached, e.taken = true, false, false
	p.stage(e, settled)
}

// taken notes who takes a call. The agent is not idle any more, though that may
// not have been said yet.
func (p *Plan) taken(e *pending, name string) {
	p.met(e)
	if !e.reached {
		e.reached = true
		p.tally(e.campaign, campaigns.Tally{Met: 1})
	}
	e.taken = true
	p.stage(e, settled)
	if a := p.agents[name]; a != nil && a.presence == agents.Idle {
		p.turnTo(a, agents.Reserved)
	}
}

// abandoned notes that no agent came in time.
func (p *Plan) abandoned(e *pending) {
	if e.lost {
		return
	}
	p.met(e)
	e.lost, e.taken = true, false
	p.tally(e.campaign, campaigns.Tally{Abandoned: 1})
	if f := e.follow(); f != nil {
		f.pacer.Abandoned(effectName(e.id), p.now)
	}
	p.stage(e, settled)
}

// over takes an ended call out of what waits for an agent.
func (p *Plan) over(e *pending) {
	if !e.counted() {
		return
	}
	if f := e.follow(); f != nil {
		f.pacer.Ended(effectName(e.id), p.now)
		delete(f.calls, e.id)
	}
	p.stage(e, settled)
}

// stage moves a call on, and counts it where it now belongs.
func (p *Plan) stage(e *pending, to stage) {
	from := e.stage
	e.stage = to
	if from == to {
		return
	}
	e.pool.calls(from, -1)
	e.pool.calls(to, 1)
	e.pool.crew.calls(from, -1)
	e.pool.crew.calls(to, 1)
	p.restaff(e.pool.crew)
}

func (m *muster) calls(at stage, n int) {
	switch at {
	case dialed:
		m.ringing += n
	case waits:
		m.waiting += n
	case settled:
	}
}

// counted tells whether any idle agent of a pool may have to take the call. A
// previewed one is its agent's.
func (e *pending) counted() bool { return e.pool != nil && e.agent == "" }
