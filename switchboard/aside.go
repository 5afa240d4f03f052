package switchboard

import (
	"context"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// aside is a talk between two agents, as before an attended transfer.
type aside struct {
	agent     string // who has dialed
	colleague party
	taken     chan struct{} // closed when a caller gets the colleague
}

// consult joins an agent with a colleague whom they have dialed, until one of
// them hangs up or the colleague is given a caller.
func (s *Switchboard) consult(ctx context.Context, in call.Incoming, name string) {
	info := in.Info()
	if !s.reserve(name, info.ID) {
		in.Reject(ctx, call.BusyHere)
		return
	}
	line, err := in.Answer(ctx, info)
	if err != nil {
		s.release(ctx, name)
		s.log.Warn("phone's call not answered", "agent_id", info.Phone, "err", err)
		return
	}
	defer line.Hangup(context.WithoutCancel(ctx))
	defer s.Dialing(info.Phone)()
	agent, ok := line.(call.Leg)
	if !ok {
		s.release(ctx, name)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-agent.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	w := call.Waiting{ID: info.ID, Number: phone.Number(info.Phone), Customer: campaigns.Customer{Name: info.Phone}, Media: func(context.Context) (call.Leg, error) { return agent, nil }}
	s.entertain(ctx, w, "")
	_, leg, err := s.ring(ctx, call.Talk{AgentCall: newID()}, w, name)
	if err != nil {
		s.release(ctx, name) // a colleague's call is no duty
		return
	}
	s.talkAside(ctx, agent, &aside{info.Phone, s.agentParty(ctx, name, "", leg), make(chan struct{})})
}

// talkAside lets two agents talk.
func (s *Switchboard) talkAside(ctx context.Context, agent call.Leg, a *aside) {
	s.mu.Lock()
	s.asides[agent.ID()] = a
	s.mu.Unlock()
	talking, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.taken:
			cancel()
		case <-talking.Done():
		}
	}()
	if err := agent.Join(talking, a.colleague.leg); err != nil && talking.Err() == nil {
		s.log.Warn("join broke off", "agent_id", a.colleague.agent, "err", err)
	}
	if s.endAside(agent.ID()) {
		a.colleague.free()
	}
}

// endAside reports false when the colleague has been given a caller.
func (s *Switchboard) endAside(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.asides[id]
	delete(s.asides, id)
	return ok
}

// takeAside takes the colleague out of a talk that an agent has with them, for a
// caller; nil where there is none, or they have left.
func (s *Switchboard) takeAside(id, agent, caller string) *aside {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.asides[id]
	if a == nil || a.agent != agent || isOver(a.colleague.leg) {
		return nil
	}
	delete(s.asides, id)
	close(a.taken)
	s.view(a.colleague.agent).Record.Reserved = caller
	return a
}

// toAside gives the caller to the colleague whom the agent has talked with.
func (s *Switchboard) toAside(ctx context.Context, agent string, next call.Talk, w call.Waiting, r *call.Referral) onward {
	a := s.takeAside(r.Other, agent, w.ID)
	if a == nil {
		r.Refuse(ctx, call.UnknownNumber)
		return nil
	}
	r.Accept(ctx)
	r.Done(ctx, nil)
	next.AgentCall = a.colleague.leg.ID()
	return s.onto(ctx, next, w, s.agentParty(ctx, a.colleague.agent, next.Queue, a.colleague.leg))
}
