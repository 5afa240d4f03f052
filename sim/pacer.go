package sim

import (
	"time"

	"careline/agents"
	"careline/dialer/pacing"
	"careline/dialer/plan"
)

// pacer is the predictive policy as the plan asks for it.
type pacer struct{ *pacing.Policy }

func newPacer(p plan.Pacing) plan.Pacer {
	o := pacing.Options{Cap: p.Cap, Window: pacing.Window{Span: p.Window, Rolling: true}, Patience: p.Within, MinRing: p.MinRing}
	if p.Cap <= 0 {
		o.Cap = -1
	}
	return pacer{pacing.New(o)}
}

// Agent tells what an agent does.
func (p pacer) Agent(id string, does agents.Presence, now time.Time) {
	p.Policy.Agent(id, map[agents.Presence]pacing.AgentState{
		agents.Idle: pacing.Idle, agents.Reserved: pacing.Talking, agents.Talking: pacing.Talking, agents.WrapUp: pacing.WrapUp,
	}[does], now)
}
