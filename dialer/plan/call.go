package plan

import "careline/agents"

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
	switch ev.Kind {
	case CallAnswered:
		p.answeredBy(e, ev)
	case CallTaken:
		p.met(e)
		p.stage(e, settled)
		if a := p.agents[ev.Agent]; a != nil && a.presence == agents.Idle {
			p.turnTo(a, agents.Reserved) // until it is said what the agent does
		}
	case CallAbandoned:
		p.met(e)
		p.stage(e, settled)
		p.abandon(e)
	default: // it rings
		p.rings(e)
	}
}

func (p *Plan) answeredBy(e *pending, ev Event) {
	switch {
	case ev.Machine:
		p.machine(e)
		p.stage(e, settled)
		return
	case ev.Human:
		p.met(e)
	}
	p.stage(e, waits)
}

// stage moves a call on, and counts it where it now belongs.
func (p *Plan) stage(e *pending, to stage) {
	from := e.stage
	e.stage = to
	if from == to || !e.counted() {
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
