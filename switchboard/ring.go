package switchboard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"careline/agents"
	"careline/call"
)

var (
	// errNoLeg is a phone's line that cannot be joined.
	errNoLeg = errors.New("the phone's line cannot be joined to another")
	// errNotAccepted is a number that was answered by somebody, or something, that
	// did not take the call.
	errNotAccepted = errors.New("whoever has answered did not press 1 to take the call")
)

// ring calls the agent, by the phone that is registered or by the number. It
// returns the talk with what the books have to know of that call.
func (s *Switchboard) ring(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Talk, call.Leg, error) {
	ringing := s.ringPhone
	if s.agent(name).Outside() {
		ringing = s.ringNumber
	}
	talked, leg, err := ringing(ctx, talk, w, name)
	if err != nil {
		return talk, nil, err
	}
	s.onCall(name, w.ID)
	return talked, leg, nil
}

// onCall notes that an agent has taken a caller: nobody else shall be rung for
// them.
func (s *Switchboard) onCall(name, caller string) {
	s.change(name, func(v *agents.View) {
		v.OnCall = true
		delete(s.waiting, caller)
	})
}

// agent is one who is configured; the zero value of nobody.
func (s *Switchboard) agent(name string) agents.Agent {
	i := slices.IndexFunc(s.o.Agents, func(a agents.Agent) bool { return a.Name == name })
	if i < 0 {
		return agents.Agent{}
	}
	return s.o.Agents[i]
}

// ringTime is how long an agent is rung for a talk.
func (s *Switchboard) ringTime(talk call.Talk) time.Duration {
	return cmp.Or(s.queues[talk.Queue].RingTime, agents.DefaultRingTime)
}

// ringPhone calls the agent's phone. It shows the customer's name and segment.
func (s *Switchboard) ringPhone(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Talk, call.Leg, error) {
	leg, err := s.placeLeg(ctx, call.Order{
		ID: talk.AgentCall, Serves: w.ID, Phone: name, CallerID: w.Number, Display: display(w.Customer), Answers: s.agent(name).AutoAnswer,
		Ring: s.ringTime(talk),
		Info: call.Info{ID: talk.AgentCall, From: w.Number, Phone: name, Customer: w.Customer},
	})
	return talk, leg, err
}
