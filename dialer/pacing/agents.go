package pacing

// agent is somebody who takes calls.
type agent struct {
	state AgentState
	since float64 // seconds
}

// floor is all agents.
type floor struct {
	byID       map[string]*agent
	all        []*agent // in the order in which they were first heard of
	early      int      // agents who talk to somebody not yet reported as answered
	earlyAt    float64
	idle, busy int
}

func (f *floor) agent(id string) *agent {
	a := f.byID[id]
	if a == nil {
		a = &agent{state: Away}
		f.byID[id] = a
		f.all = append(f.all, a)
	}
	return a
}

func (f *floor) turn(a *agent, state AgentState, at float64) {
	f.count(a.state, -1)
	f.count(state, 1)
	a.state, a.since = state, at
}

func (f *floor) count(state AgentState, by int) {
	switch state {
	case Idle:
		f.idle += by
	case Talking, WrapUp:
		f.busy += by
	}
}

// handover is how long before its answer is reported an agent may talk to a
// caller, in seconds.
const handover = 1.0

func (f *floor) expire(at float64) {
	if at-f.earlyAt > handover {
		f.early = 0
	}
}
