package dialer

import (
	"cmp"
	"sync"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
)

// sighting is what is seen of a call that somebody asks about, told to the plan
// in the order in which it has happened. A nil one sees nothing.
type sighting struct {
	w    *call.Witness
	told chan struct{} // closed when the plan knows all

	mu     sync.Mutex
	over   bool
	events chan plan.Event
}

// mostSeen is how many events of a call may wait for the plan.
const mostSeen = 64

// watch has a call seen that shall be taken by an agent, or of which the campaign
// asks who has answered.
func (l *loop) watch(c campaigns.Campaign, e plan.Effect) *sighting {
	o, asked := witnessOf(c, e)
	if !asked {
		return nil
	}
	s := &sighting{events: make(chan plan.Event, mostSeen), told: make(chan struct{})}
	o.Told = func(seen call.Sight) { s.note(eventOf(seen)) }
	s.w = call.NewWitness(o)
	go func() {
		defer close(s.told)
		for ev := range s.events {
			ev.Effect = e.ID
			l.report(ev)
		}
	}()
	return s
}

// witnessOf is what is asked of a call's witness; false where nobody asks.
func witnessOf(c campaigns.Campaign, e plan.Effect) (o call.WitnessOptions, asked bool) {
	o.Agents, o.Machine = cmp.Or(e.Mode, c.Mode).NeedsAgents(), cmp.Or(c.Machine, campaigns.MachineOff)
	if !o.Agents && o.Machine == campaigns.MachineOff {
		return o, false
	}
	d := c.Definition
	d.Mode = cmp.Or(e.Mode, d.Mode)
	o.Patience = patience(d)
	return o, true
}

// patience is how long somebody who answers may wait, by the strictest of the
// rules that the campaign follows.
func patience(d campaigns.Definition) (p call.Patience) {
	for _, a := range d.Abandonments() {
		if p.Limit == 0 || a.Within > 0 && a.Within < p.Limit {
			p.Limit = a.Within
		}
		p.FromAnswer = p.FromAnswer || a.From == campaigns.FromAnswer
	}
	return p
}

// eventOf is what the plan is told.
func eventOf(s call.Sight) plan.Event {
	switch s.Moment {
	case call.Taken:
		return plan.Event{Kind: plan.CallTaken, Agent: s.Agent}
	case call.Abandoned:
		return plan.Event{Kind: plan.CallAbandoned}
	case call.Known:
		return plan.Event{
			Kind: plan.CallAnswered, Human: s.Party == campaigns.HumanParty, Machine: s.Party == campaigns.MachineParty,
		}
	case call.Untaken:
		return plan.Event{Kind: plan.CallAnswered}
	}
	return plan.Event{Kind: plan.CallAnswered}
}

// note has the plan told. It does not wait, as the call goes on.
func (s *sighting) note(ev plan.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	select {
	case s.events <- ev:
	default:
	}
}

// answered tells that the call is up.
func (s *sighting) answered() {
	if s != nil {
		s.note(plan.Event{Kind: plan.CallAnswered})
	}
}

// witness is who notes what happens in the call.
func (s *sighting) witness() *call.Witness {
	if s == nil {
		return nil
	}
	return s.w
}

// close ends the sighting of a call that is over, once the plan knows all, and
// returns how the callee was received.
func (s *sighting) close() campaigns.Reception {
	if s == nil {
		return campaigns.Reception{}
	}
	s.mu.Lock()
	s.over = true
	close(s.events)
	s.mu.Unlock()
	<-s.told
	return s.w.Reception()
}
