package switchboard

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// connect rings one agent and joins the caller. It returns an empty result when
// the caller goes on waiting.
func (s *Switchboard) connect(
	ctx context.Context, talk call.Talk, w call.Waiting, name string,
) (call.Talk, ivr.EventKind) {
	talk.AgentCall = newID()
	agent, err := s.ring(ctx, talk, w, name)
	if err != nil {
		if ctx.Err() != nil {
			return talk, ivr.HungUp // Serve frees the agent, who did nothing wrong
		}
		s.missed(ctx, name, err)
		return talk, ""
	}
	var booked sync.WaitGroup
	defer booked.Wait()
	defer s.wrapUp(ctx, name, talk.Queue)
	defer agent.Hangup(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		return talk, ivr.HungUp // at the very moment of the answer
	}
	talk.Agent, talk.KnownAgent = name, name == w.Customer.Manager
	caller, err := w.Media(ctx)
	if err != nil {
		s.log.Error("caller's sound did not arrive", "call_id", w.ID, "err", err)
		return talk, ended(ctx, ivr.Failed)
	}
	talk.JoinedAt = time.Now()
	booked.Go(func() { s.book(ctx, talk) }) // meanwhile they talk
	s.log.Info("caller joined to agent", "call_id", w.ID, "agent_id", name, "waited", talk.JoinedAt.Sub(talk.WaitedFrom))
	if err := caller.Join(ctx, agent); err != nil && ctx.Err() == nil {
		s.log.Warn("join broke off", "call_id", w.ID, "agent_id", name, "err", err)
	}
	select {
	case <-caller.Done():
		return talk, ivr.HungUp
	default:
		return talk, ended(ctx, ivr.Connected)
	}
}

// ended is HungUp when the caller is gone, else result.
func ended(ctx context.Context, result ivr.EventKind) ivr.EventKind {
	if ctx.Err() != nil {
		return ivr.HungUp
	}
	return result
}

// errNoLeg is a phone's line that cannot be joined.
var errNoLeg = errors.New("the phone's line cannot be joined to another")

// ring calls the agent's phone. It shows the customer's name and segment.
func (s *Switchboard) ring(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Leg, error) {
	line, err := s.phones.Place(ctx, call.Order{
		ID: talk.AgentCall, Serves: w.ID, Phone: name, CallerID: w.Number, Display: display(w.Customer),
		Ring: s.queues[talk.Queue].RingTime,
		Info: call.Info{ID: talk.AgentCall, From: w.Number, Phone: name, Customer: w.Customer},
	})
	if err != nil {
		return nil, err
	}
	leg, ok := line.(call.Leg)
	if !ok {
		line.Hangup(context.WithoutCancel(ctx))
		return nil, errNoLeg
	}
	s.change(name, func(v *agents.View) {
		v.OnCall = true
		delete(s.waiting, w.ID) // nobody else shall be rung for this caller
	})
	return leg, nil
}

// display is what an agent sees of a caller.
func display(c campaigns.Customer) string {
	if c.Segment == "" {
		return c.Name
	}
	return cmp.Or(c.Name, "?") + " (" + c.Segment + ")"
}

// again is how long an agent is left alone whose phone could not be called.
const again = 2 * time.Second

// missed frees an agent who did not take a call. Whoever let it ring is on break
// until the next *1, so that no caller is sent to an empty chair twice; whom we
// could not call is tried again soon.
func (s *Switchboard) missed(ctx context.Context, name string, cause error) {
	s.log.Warn("agent did not take the call", "agent_id", name, "err", cause)
	now := time.Now()
	s.record(ctx, name, func(r *agents.Record) {
		r.Reserved, r.ReservedAt = "", time.Time{}
		if neverLeft(cause) {
			r.WrapUpUntil = now.Add(again)
			return
		}
		r.Wish = agents.Break
	})
}

// neverLeft tells whether nothing of a call was sent.
func neverLeft(cause error) bool {
	var f *call.Failure
	return errors.As(cause, &f) && !f.Sent
}

// wrapUp ends an agent's call.
func (s *Switchboard) wrapUp(ctx context.Context, name, queue string) {
	now := time.Now()
	s.change(name, func(v *agents.View) { v.OnCall = false })
	s.record(ctx, name, func(r *agents.Record) {
		r.Reserved, r.ReservedAt = "", time.Time{}
		r.WrapUpUntil = now.Add(s.queues[queue].WrapUp)
		r.IdleSince = r.WrapUpUntil
	})
}
