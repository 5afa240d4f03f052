package agents

import (
	"slices"
	"time"
)

// Caller is somebody waiting in a queue.
type Caller struct {
	ID         string
	Queue      Queue
	Since      time.Time
	Known      string    // the customer's own agent; empty: anyone
	KnownUntil time.Time // until then a busy Known is waited for
	Until      time.Time // then the caller is left over
}

// Pair is a caller and the agent who shall take the call.
type Pair struct {
	Caller Caller
	Agent  string
}

// Match pairs waiting callers with idle agents: who has waited longest comes
// first, and gets the known agent if idle, else, once that one has been waited
// for or is away, whoever of the queue's team has been idle longest. An agent
// is paired once.
func Match(now time.Time, waiting []Caller, views []View) []Pair {
	waiting = slices.Clone(waiting)
	slices.SortStableFunc(waiting, func(a, b Caller) int { return a.Since.Compare(b.Since) })
	taken := make(map[string]bool)
	var pairs []Pair
	for _, c := range waiting {
		if name, ok := choose(now, c, views, taken); ok {
			taken[name] = true
			pairs = append(pairs, Pair{Caller: c, Agent: name})
		}
	}
	return pairs
}

// choose finds the agent for one caller.
func choose(now time.Time, c Caller, views []View, taken map[string]bool) (string, bool) {
	var best *View
	for i := range views {
		v := &views[i]
		if taken[v.Agent.Name] || v.Presence(now) != Idle {
			continue
		}
		if v.Agent.Name == c.Known {
			return c.Known, true
		}
		if v.Serves(c.Queue) && (best == nil || v.Record.IdleSince.Before(best.Record.IdleSince)) {
			best = v
		}
	}
	if best == nil || held(now, c, views) {
		return "", false
	}
	return best.Agent.Name, true
}

// held tells whether the caller still waits for the known agent alone.
func held(now time.Time, c Caller, views []View) bool {
	if c.Known == "" || !now.Before(c.KnownUntil) {
		return false
	}
	i := slices.IndexFunc(views, func(v View) bool { return v.Agent.Name == c.Known })
	return i >= 0 && comesBack(views[i].Presence(now))
}

// comesBack tells whether an agent is at work and will be free by itself.
func comesBack(p Presence) bool {
	return p == Idle || p == Reserved || p == Talking || p == WrapUp
}

// Staffed tells whether anybody is logged in who could take the call of c, now
// or later.
func Staffed(now time.Time, c Caller, views []View) bool {
	return slices.ContainsFunc(views, func(v View) bool {
		return (v.Serves(c.Queue) || v.Agent.Name == c.Known) && v.Presence(now) != Offline
	})
}

// NextWake is when time alone can change a match: a known agent has been waited
// for, a wrap-up ends. Zero means never.
func NextWake(now time.Time, waiting []Caller, views []View) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, c := range waiting {
		sooner(c.KnownUntil)
	}
	for _, v := range views {
		sooner(v.Record.WrapUpUntil)
	}
	return next
}
