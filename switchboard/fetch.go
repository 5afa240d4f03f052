package switchboard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
)

// ErrNotFree is the cause of a call to an agent who is on the phone, on break or
// away.
var ErrNotFree = errors.New("the agent is not free")

// Fetch rings an agent's phone for a customer who is to be called, and returns
// the agent's leg, on which music plays until the two are joined. An agent in
// wrap-up is through with it by asking.
func (s *Switchboard) Fetch(ctx context.Context, agent string, c campaigns.Contact) (call.Leg, error) {
	if err := s.take(agent, string(c.ID), time.Now()); err != nil {
		return nil, err
	}
	w := call.Waiting{ID: string(c.ID), Number: c.Number, Customer: c.Customer}
	_, leg, err := s.ring(ctx, call.Talk{AgentCall: newID()}, w, agent)
	if err != nil {
		s.release(context.WithoutCancel(ctx), agent)
		return nil, fmt.Errorf("ring the phone of %s: %w", agent, err)
	}
	if m, ok := leg.(call.Mover); ok {
		m.Music("")
	}
	return leg, nil
}

// take reserves an agent who has asked for a call.
func (s *Switchboard) take(name, token string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view(name)
	if v == nil {
		return fmt.Errorf("there is no agent %s: %w", name, ErrNotFree)
	}
	is := v.Presence(now)
	if is != agents.Idle && (is != agents.WrapUp || v.Record.Wish != agents.Ready) {
		return fmt.Errorf("%s is %s: %w", name, doing(is), ErrNotFree)
	}
	v.Record.Reserved, v.Record.ReservedAt, v.Record.WrapUpUntil = token, now, time.Time{}
	s.poke()
	return nil
}

// doing is what an agent does, in words.
func doing(p agents.Presence) string {
	switch p {
	case agents.OnBreak:
		return "on break"
	case agents.WrapUp:
		return "in wrap-up"
	case agents.Idle, agents.Reserved, agents.Talking, agents.Offline:
	}
	return string(p)
}

// Expect has an agent who is on the line joined with a customer as soon as that
// one comes to a queue. free ends the wait, and frees the agent unless the two
// were joined.
func (s *Switchboard) Expect(ctx context.Context, c campaigns.ContactID, agent string, leg call.Leg) (free func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parties[c] = expectant{agent, leg}
	return func() {
		if e, ok := s.expected(c); ok {
			s.agentParty(ctx, e.agent, "", e.leg).free()
		}
	}
}

// expectant is an agent who waits on the line for a customer.
type expectant struct {
	agent string
	leg   call.Leg
}

// expected is the agent who waits on the line for a customer.
func (s *Switchboard) expected(c campaigns.ContactID) (expectant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.parties[c]
	delete(s.parties, c)
	return e, ok
}
