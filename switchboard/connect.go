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
	if talked, err := s.bridge(ctx, talk, w, name); err == nil {
		return talked, ended(ctx, ivr.Connected)
	} else if !errors.Is(err, call.ErrNoBridge) {
		return talk, s.notTaken(ctx, name, err)
	}
	talked, agent, err := s.ring(ctx, talk, w, name)
	if err != nil {
		return talk, s.notTaken(ctx, name, err)
	}
	return s.join(ctx, talked, w, s.agentParty(ctx, name, talk.Queue, agent))
}

// notTaken notes an agent who did not take a call. The result is empty when the
// caller goes on waiting.
func (s *Switchboard) notTaken(ctx context.Context, name string, err error) ivr.EventKind {
	if ctx.Err() != nil {
		return ivr.HungUp // Serve frees the agent, who did nothing wrong
	}
	s.missed(ctx, name, err)
	return ""
}

// party is whom a caller is joined with.
type party struct {
	agent string // empty: somebody outside
	leg   call.Leg
	free  func() // hangs the leg up, and lets the agent wrap up; may be called more than once
}

// agentParty is an agent who has taken a call of a queue.
func (s *Switchboard) agentParty(ctx context.Context, name, queue string, leg call.Leg) party {
	return party{name, leg, sync.OnceFunc(func() {
		leg.Hangup(context.WithoutCancel(ctx))
		s.wrapUp(ctx, name, queue)
	})}
}

// join brings a caller and a party together until one of them leaves, or the
// party has sent the caller on: then with whoever comes next. It returns the last
// talk.
func (s *Switchboard) join(ctx context.Context, talk call.Talk, w call.Waiting, p party) (call.Talk, ivr.EventKind) {
	var asking sync.WaitGroup
	defer asking.Wait()
	defer p.free()
	if ctx.Err() != nil {
		return talk, ivr.HungUp // at the very moment of the answer
	}
	talk.Agent, talk.KnownAgent = p.agent, p.agent != "" && p.agent == w.Customer.Manager
	caller, err := w.Media(ctx)
	if err != nil {
		s.log.Error("caller's sound did not arrive", "call_id", w.ID, "err", err)
		return talk, ended(ctx, ivr.Failed)
	}
	talk.JoinedAt = time.Now()
	w.Witness.Connected(p.agent, talk.JoinedAt)
	s.bookLater(ctx, talk) // meanwhile they talk
	s.log.Info("caller joined", "call_id", w.ID, "agent_id", p.agent, "to", talk.Number, "waited", talk.JoinedAt.Sub(talk.WaitedFrom))
	taken := s.handOver(ctx, caller, p, &asking)
	for {
		referral := s.together(ctx, caller, p)
		switch {
		case referral == nil && taken():
			return talk, call.Transferred
		case referral == nil:
			return talk, left(ctx, caller, ivr.Connected)
		}
		goOn := s.transfer(ctx, talk, w, referral)
		if goOn == nil { // it came to nothing
			if isOver(p.leg) { // and whoever asked for it has left
				return talk, left(ctx, caller, ivr.Failed)
			}
			continue
		}
		past := talk
		past.Outcome, past.EndedAt = call.Transferred, time.Now()
		s.later.Go(p.free) // who comes next waits for neither
		s.bookLater(ctx, past)
		return goOn()
	}
}

// together joins a caller and a party until one of them leaves, or the party asks
// for a transfer, which is returned.
func (s *Switchboard) together(ctx context.Context, caller call.Leg, p party) *call.Referral {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	apart := make(chan error, 1)
	go func() { apart <- caller.Join(ctx, p.leg) }()
	select {
	case err := <-apart:
		if err != nil && ctx.Err() == nil {
			s.log.Warn("join broke off", "agent_id", p.agent, "err", err)
		}
		return nil
	case r := <-referrals(p):
		cancel()
		<-apart
		return r
	}
}

// referrals are the transfers that a party may ask for: an agent only.
func referrals(p party) <-chan *call.Referral {
	if m, ok := p.leg.(call.Mover); ok && p.agent != "" {
		return m.Referrals()
	}
	return nil
}

// left is HungUp when the caller is gone, else result.
func left(ctx context.Context, caller call.Leg, result ivr.EventKind) ivr.EventKind {
	if isOver(caller) {
		return ivr.HungUp
	}
	return ended(ctx, result)
}

func isOver(l call.Leg) bool {
	select {
	case <-l.Done():
		return true
	default:
		return false
	}
}

// ended is HungUp when the caller is gone, else result.
func ended(ctx context.Context, result ivr.EventKind) ivr.EventKind {
	if ctx.Err() != nil {
		return ivr.HungUp
	}
	return result
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

// wrapUp ends an agent's call. Nobody waits until that is stored.
func (s *Switchboard) wrapUp(ctx context.Context, name, queue string) {
	now := time.Now()
	s.change(name, func(v *agents.View) {
		v.OnCall = false
		v.Record.Reserved, v.Record.ReservedAt = "", time.Time{}
		v.Record.WrapUpUntil = now.Add(s.queues[queue].WrapUp)
		v.Record.IdleSince = v.Record.WrapUpUntil
	})
	s.later.Go(func() { s.save(ctx, name) })
}
