package dialer

import "careline/dialer/plan"

// note logs what the plan has found out.
func (l *loop) note() {
	for _, s := range l.plan.Slowed() {
		l.slowed(s)
	}
	for _, d := range l.plan.Decided() {
		l.d.o.Log.Debug("campaign paced", "campaign_id", string(d.Campaign), "mode", string(d.Mode), "why", d.String(),
			"governed", d.Governed, "more", d.Agents.More)
	}
}

// slowed tells that a carrier pushes back.
func (l *loop) slowed(s plan.Slowed) {
	log := l.d.o.Log.With(
		"trunk", s.Trunk, "calls_per_second", s.Rate, "of", s.Of, "pushed_back", s.Pushed, "of_calls", s.Calls, "status", s.Status,
	)
	if !s.Until.IsZero() {
		log = log.With("rests_until", s.Until)
	}
	log.Warn("trunk slowed as its carrier pushes back")
}
