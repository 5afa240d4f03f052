package agents

import (
	"slices"
	"time"
)

// View is all that is known of an agent at one moment.
type View struct {
	Agent     Agent
	Record    Record
	Reachable bool // a phone is registered and answers; nobody asks it of who is called by a number
	OnCall    bool // a caller is joined to the phone
	Dialing   int  // calls that the agent has placed and that are up
}

// Presence is the agent's state at now. It is a function of what is stored and
// of what is connected, so no event can be missed and nobody can be stuck.
func (v View) Presence(now time.Time) Presence {
	switch {
	case v.OnCall, v.Dialing > 0:
		return Talking
	case !v.Reachable && !v.Agent.Outside():
		return Offline
	case v.Record.Reserved != "":
		return Reserved
	case now.Before(v.Record.WrapUpUntil):
		return WrapUp
	case v.Record.Wish == Ready:
		return Idle
	default:
		return OnBreak
	}
}

// Prospect is what can be expected of the agent at now: the presence, but on break
// already while they do what is their last before a break.
func (v View) Prospect(now time.Time) Presence {
	is := v.Presence(now)
	if v.Record.Wish != Ready && is != Offline {
		return OnBreak
	}
	return is
}

// Serves tells whether the agent takes calls of q.
func (v View) Serves(q Queue) bool {
	if v.Agent.Team != q.Team {
		return false
	}
	return len(v.Agent.Queues) == 0 || slices.Contains(v.Agent.Queues, q.Name)
}
