package pacing

import "slices"

// agent is somebody who takes calls.
type agent struct {
	state AgentState
	since float64 // seconds
}

// staff is the agents who are there.
type staff struct {
	byID    map[string]*agent
	all     []*agent // in the order in which they came
	idle    int
	early   int     // agents who talk to callers whose answer was not yet reported
	earlyAt float64 // when the last of them began
}

// handover is how long before an answer is reported its agent may talk already,
// in seconds.
const handover = 1

func newStaff() staff { return staff{byID: map[string]*agent{}} }

// turn sets an agent's state, and returns the one before and since when that was.
func (s *staff) turn(id string, state AgentState, at float64) (AgentState, float64) {
	a := s.byID[id]
	here := state == Idle || state == Talking || state == WrapUp
	if a == nil {
		if here {
			a = &agent{state, at}
			s.byID[id], s.all = a, append(s.all, a)
			s.count(state, 1)
		}
		return Away, at
	}
	before, since := a.state, a.since
	if before == state {
		return before, since
	}
	s.count(before, -1)
	s.count(state, 1)
	a.state, a.since = state, at
	if !here {
		delete(s.byID, id)
		s.all = slices.DeleteFunc(s.all, func(b *agent) bool { return a == b })
	}
	return before, since
}

func (s *staff) count(state AgentState, by int) {
	if state == Idle {
		s.idle += by
	}
}

// meetsEarly notes an agent who talks though nobody waited.
func (s *staff) meetsEarly(at float64) {
	s.expire(at)
	s.early++
	s.earlyAt = at
}

// met tells whether some agent talks already to the caller who just answered.
func (s *staff) met(at float64) bool {
	s.expire(at)
	if s.early == 0 {
		return false
	}
	s.early--
	return true
}

func (s *staff) expire(at float64) {
	if at-s.earlyAt > handover {
		s.early = 0
	}
}
