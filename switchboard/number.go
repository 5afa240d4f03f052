package switchboard

import (
	"context"
	"fmt"
	"time"

	"careline/call"
	"careline/ivr"
)

// ringNumber calls the agent's number. Whoever answers has to press 1: a voice
// mail box is not to take a customer.
func (s *Switchboard) ringNumber(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Talk, call.Leg, error) {
	a := s.agent(name)
	talk.Number, talk.Trunk = a.Number, a.Trunk
	alone := talk.ID == ""
	if alone { // of no queue, and in the books all the same
		talk.ID, talk.CallID, talk.Agent, talk.WaitedFrom = newID(), w.ID, name, time.Now()
	}
	order := call.Order{Serves: w.ID, Ring: s.ringTime(talk), Info: call.Info{Phone: name, Customer: w.Customer}}
	talk, leg, err := s.callOut(ctx, talk, order)
	if err == nil {
		if err = s.accepted(ctx, leg); err != nil {
			leg.Hangup(context.WithoutCancel(ctx))
		}
	}
	if alone {
		s.bookAlone(ctx, talk, leg, err)
	}
	if err != nil {
		return talk, nil, err
	}
	return talk, leg, nil
}

// bookAlone keeps the books of a call to an agent's number that is no part of a
// caller's talk, as between colleagues.
func (s *Switchboard) bookAlone(ctx context.Context, talk call.Talk, leg call.Leg, err error) {
	if err != nil {
		talk.Outcome, talk.EndedAt = string(outcomeOf(ctx, err)), time.Now()
		s.bookLater(ctx, talk)
		return
	}
	talk.JoinedAt = time.Now()
	s.bookLater(ctx, talk)
	s.later.Go(func() {
		<-leg.Done()
		talk.Outcome, talk.EndedAt = string(ivr.Connected), time.Now()
		s.book(ctx, talk)
	})
}

// accept is how whoever answers an agent's number takes the call.
var accept = ivr.GatherSpec{MinDigits: 1, MaxDigits: 1, Timeout: 6 * time.Second, InterDigit: time.Second, BargeIn: true}

// acceptTries is how often they are asked.
const acceptTries = 2

// accepted has whoever has answered an agent's number take the call by the key 1.
func (s *Switchboard) accepted(ctx context.Context, leg call.Leg) error {
	line, ok := leg.(call.Line)
	if !ok {
		return errNoLeg
	}
	ask := ivr.Action{Kind: ivr.Gather, Gather: &accept}
	if s.o.Accept != nil {
		p := s.o.Accept()
		ask.Prompt = &p
	}
	for range acceptTries {
		if err := line.Start(ctx, []ivr.Action{ask}); err != nil {
			return fmt.Errorf("ask whether the call is taken: %w", err)
		}
		ev, err := line.Next(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("ask whether the call is taken: %w", err)
		case ev.Kind == ivr.Keys && ev.Keys == "1":
			return nil
		case ev.Kind == ivr.HungUp:
			return errNotAccepted
		}
	}
	return errNotAccepted
}

// bridge has a caller's own carrier connect them with an agent's number, without
// their sound coming here. It returns when that is over; ErrNoBridge where it is
// to be done here.
func (s *Switchboard) bridge(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Talk, error) {
	a := s.agent(name)
	if !a.Outside() || w.Bridge == nil {
		return talk, call.ErrNoBridge
	}
	talk.Number, talk.Trunk, talk.Agent, talk.KnownAgent = a.Number, a.Trunk, name, name == w.Customer.Manager
	if s.o.Leg != nil {
		leg, err := s.o.Leg(a.Trunk, a.Number)
		if err != nil {
			return talk, err
		}
		talk.Leg = leg
	}
	order := call.Order{ID: talk.AgentCall, Serves: w.ID, Number: a.Number, Trunk: a.Trunk, Ring: s.ringTime(talk)}
	err := w.Bridge(ctx, order, func(at time.Time) {
		s.onCall(name, w.ID)
		talk.JoinedAt = at
		w.Witness.Connected(name, at)
		s.bookLater(ctx, talk)
		s.log.Info("caller connected by their carrier", "call_id", w.ID, "agent_id", name, "to", a.Number, "waited", at.Sub(talk.WaitedFrom))
	})
	if talk.JoinedAt.IsZero() {
		return talk, err
	}
	s.wrapUp(ctx, name, talk.Queue)
	return talk, nil
}
