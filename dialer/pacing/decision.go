package pacing

import "time"

// Hold says what kept a Policy from placing more calls.
type Hold string

// What may hold calls back.
const (
	NoAgents Hold = "no agents" // nobody is there
	MaxLines Hold = "max lines" // as many lines as are permitted for each agent
	Risk     Hold = "risk"      // one more line would find no agent more likely than permitted
	CapHit   Hold = "cap"       // no call may be abandoned now: no more lines than idle agents
)

// Decision is what Calls last decided, and from what.
type Decision struct {
	At        time.Time
	Idle      int           // agents
	Busy      int           // agents who talk or write up
	Waiting   int           // live answers without an agent yet
	Lines     int           // placed and not yet answered
	Horizon   time.Duration // that was looked ahead
	Releases  float64       // agents expected to become idle by then
	Answers   float64       // live answers expected of the lines
	Chance    float64       // that a new line is answered by a person, as learned, 0..1
	Doubt     float64       // its standard error, as a share of it
	Tally     Tally         // of the window
	Slack     float64       // calls that could be abandoned now without exceeding the cap
	Permitted float64       // chance to find no agent that a new line may have, 0..1
	Risk      float64       // that chance for the first line that was not placed, 0..1
	Calls     int           // to place
	Hold      Hold          // why not more
}

// Decision returns what the latest Calls decided, and from what.
func (p *Policy) Decision() Decision { return p.decision }
