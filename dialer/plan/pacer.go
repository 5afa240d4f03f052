package plan

import (
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/pacing"
)

// pacer is dialer/pacing, as a Pacer.
type pacer struct{ *pacing.Policy }

func newPacer(k Pacing) Pacer {
	o := pacing.Options{
		Cap: k.Cap, Window: pacing.Window{Span: k.Window, Rolling: !k.Successive, Start: k.Start},
		Patience: k.Within, MinRing: k.MinRing,
	}
	if k.Cap <= 0 {
		o.Cap = -1
	}
	return pacer{pacing.New(o)}
}

// Agent tells what an agent does. One who is reserved is as good as talking.
func (p pacer) Agent(id string, does agents.Presence, now time.Time) {
	state := pacing.Away
	switch does {
	case agents.Idle:
		state = pacing.Idle
	case agents.Reserved, agents.Talking:
		state = pacing.Talking
	case agents.WrapUp:
		state = pacing.WrapUp
	case agents.Offline, agents.OnBreak:
	}
	p.Policy.Agent(id, state, now)
}

// Past tells what was counted before.
func (p pacer) Past(s campaigns.Slot) {
	p.Policy.Past(pacing.Tally{Live: s.Answered, Abandoned: s.Abandoned, Machines: s.Machines}, s.At)
}

// Forecast is what the latest Calls was decided from.
func (p pacer) Forecast() Forecast {
	d := p.Decision()
	return Forecast{Horizon: d.Horizon, Releases: d.Releases, Answers: d.Answers, Chance: d.Chance, Hold: string(d.Hold)}
}

// Forecast is what a predictive policy expects.
type Forecast struct {
	Horizon  time.Duration // that it looks ahead
	Releases float64       // agents that it expects to become idle by then
	Answers  float64       // people that it expects to answer by then, of the calls that are out
	Chance   float64       // that a call is answered by a person, 0..1
	Hold     string        // why it does not ask for more calls
}

// A Pacer may be told what was counted before it began, and may tell what it
// expects.
type (
	historian interface{ Past(s campaigns.Slot) }
	forecasts interface{ Forecast() Forecast }
)
