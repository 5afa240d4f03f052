package floor

import (
	"strconv"
	"time"

	"careline/dialer/pacing"
)

// learner drives the product's own policy.
type learner struct {
	policy *pacing.Policy
	epoch  time.Time
}

// NewLearner returns the policy of dialer/pacing, which is told no laws.
func NewLearner(o pacing.Options) Policy {
	return &learner{pacing.New(o), time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
}

func (l *learner) time(at float64) time.Time {
	return l.epoch.Add(time.Duration(at * float64(time.Second)))
}

// Calls asks it.
func (l *learner) Calls(at float64) int { return l.policy.Calls(l.time(at)) }

// agentStates are its words.
var agentStates = map[Kind]pacing.AgentState{
	Idle: pacing.Idle, Talking: pacing.Talking, WrapUp: pacing.WrapUp, Away: pacing.Away,
}

// Observe tells it.
func (l *learner) Observe(e Event) {
	now := l.time(e.At)
	if state, ok := agentStates[e.Kind]; ok {
		l.policy.Agent("agent "+strconv.Itoa(e.ID), state, now)
		return
	}
	id := "call " + strconv.Itoa(e.ID)
	switch e.Kind {
	case Placed:
		l.policy.Placed(id, now)
	case Ringing:
		l.policy.Ringing(id, now)
	case Answered:
		l.policy.Answered(id, e.Human, now)
	case Abandoned:
		l.policy.Abandoned(id, now)
	default:
		l.policy.Ended(id, now)
	}
}
