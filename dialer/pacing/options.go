package pacing

import (
	"cmp"
	"time"
)

// AgentState is what an agent does.
type AgentState string

// The states of an agent. Any other counts as Away.
const (
	Idle    AgentState = "idle"    // waits for a call
	Talking AgentState = "talking" // with a caller
	WrapUp  AgentState = "wrapup"  // writes up a call; then idle
	Away    AgentState = "away"    // on a break, or gone
)

// Options tune a Policy. The zero value is ready to use.
type Options struct {
	// Cap is the largest share of the live answers of a Window that may be
	// abandoned, 0..1; 0 means 0.03. A negative one permits none: there are then
	// never more lines than idle agents.
	Cap float64
	// Margin is how far below the cap to aim, as a share of answers, 0..Cap. The
	// zero value aims as near to it as chance permits.
	Margin float64
	// Window is what the share is counted over: by default the campaign to date.
	Window Window
	// Patience is how long a live answer waits for an agent until it counts as
	// abandoned; 0 means 2 s, a negative one that it does not wait.
	Patience time.Duration
	// MinRing is how long a call that nobody answers rings at least; 0 means 15 s.
	// What is learned of it outweighs this after some dozens of calls.
	MinRing time.Duration
	// MaxLines is how many calls for each agent who is there may be placed and
	// not yet answered; 0 means 10.
	MaxLines int
}

func (o Options) withDefaults() Options {
	o.Cap = max(0, cmp.Or(o.Cap, 0.03)-max(o.Margin, 0))
	o.Patience = max(0, cmp.Or(o.Patience, 2*time.Second))
	o.MinRing = cmp.Or(max(o.MinRing, 0), 15*time.Second)
	o.MaxLines = cmp.Or(max(o.MaxLines, 0), 10)
	return o
}
