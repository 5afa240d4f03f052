package switchboard

import (
	"context"
	"slices"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// onward has a caller go on with whoever a transfer has led to.
type onward func() (call.Talk, ivr.EventKind)

// transfer carries out what an agent asks for with their caller: to a colleague,
// to a queue, or to the outside. It returns nil when that came to nothing, and
// the agent goes on talking with the caller.
func (s *Switchboard) transfer(ctx context.Context, talk call.Talk, w call.Waiting, r *call.Referral) onward {
	s.log.Info("agent transfers a caller", "call_id", w.ID, "agent_id", talk.Agent, "attended", r.Other != "")
	next := call.Talk{
		ID: newID(), CallID: w.ID, From: talk.ID, Queue: talk.Queue,
		Campaign: w.Campaign, Contact: w.Contact, WaitedFrom: time.Now(),
	}
	if r.Other != "" {
		return s.toAside(ctx, talk.Agent, next, w, r)
	}
	if name := s.colleague(r.To); name != "" {
		return s.toColleague(ctx, next, w, r, name)
	}
	if q, ok := s.queueOf(r.To); ok {
		return s.toQueue(ctx, next, w, r, q)
	}
	if n, err := phone.Parse(r.To, s.o.Region); err == nil && s.o.Trunk != "" && s.o.Leg != nil {
		next.Number, next.Trunk = n, s.o.Trunk
		return s.toOutside(ctx, next, w, r)
	}
	r.Refuse(ctx, call.UnknownNumber)
	return nil
}

// colleague returns the agent of a name or extension, or "".
func (s *Switchboard) colleague(dialed string) string {
	i := slices.IndexFunc(s.o.Agents, func(a agents.Agent) bool {
		return dialed != "" && (a.Name == dialed || a.Extension == dialed)
	})
	if i < 0 {
		return ""
	}
	return s.o.Agents[i].Name
}

// queueOf returns the queue of a name or extension.
func (s *Switchboard) queueOf(dialed string) (agents.Queue, bool) {
	for _, q := range s.queues {
		if dialed != "" && (q.Name == dialed || q.Extension == dialed) {
			return q, true
		}
	}
	return agents.Queue{}, false
}

// toColleague rings a colleague who is idle. The caller hears music meanwhile.
func (s *Switchboard) toColleague(ctx context.Context, next call.Talk, w call.Waiting, r *call.Referral, name string) onward {
	if !s.reserve(name, w.ID) {
		r.Refuse(ctx, call.BusyHere)
		return nil
	}
	r.Accept(ctx)
	s.entertain(ctx, w, next.Queue)
	next.AgentCall = newID()
	s.book(ctx, next)
	next, leg, err := s.ring(ctx, next, w, name)
	if err != nil {
		if ctx.Err() == nil {
			s.missed(ctx, name, err)
		} else {
			s.release(ctx, name)
		}
		s.fail(ctx, next, r, err)
		return nil
	}
	r.Done(ctx, nil)
	return s.onto(ctx, next, w, s.agentParty(ctx, name, next.Queue, leg))
}

// onto goes on with a party.
func (s *Switchboard) onto(ctx context.Context, next call.Talk, w call.Waiting, p party) onward {
	return func() (call.Talk, ivr.EventKind) { return s.join(ctx, next, w, p) }
}

// toQueue has the caller wait for whoever of the queue is free next.
func (s *Switchboard) toQueue(ctx context.Context, next call.Talk, w call.Waiting, r *call.Referral, q agents.Queue) onward {
	r.Accept(ctx)
	r.Done(ctx, nil)
	s.entertain(ctx, w, q.Name)
	next.Queue = q.Name
	return func() (call.Talk, ivr.EventKind) {
		return s.queue(ctx, next, w, agents.Caller{ID: w.ID, Queue: q, Since: next.WaitedFrom, Until: next.WaitedFrom.Add(defaultMaxWait)})
	}
}

// toOutside calls a number by the trunk that is there for it.
func (s *Switchboard) toOutside(ctx context.Context, next call.Talk, w call.Waiting, r *call.Referral) onward {
	r.Accept(ctx)
	s.entertain(ctx, w, next.Queue)
	next, leg, err := s.callOut(ctx, next, call.Order{Serves: w.ID})
	if err != nil {
		s.fail(ctx, next, r, err)
		return nil
	}
	r.Done(ctx, nil)
	return s.onto(ctx, next, w, outsider(ctx, leg))
}

// fail ends a talk that never came about, and tells who asked for it.
func (s *Switchboard) fail(ctx context.Context, next call.Talk, r *call.Referral, err error) {
	r.Done(ctx, err)
	next.Outcome, next.EndedAt = string(outcomeOf(ctx, err)), time.Now()
	s.book(ctx, next)
}

// reserve keeps an idle agent for a caller, and reports false for one who is not
// idle.
func (s *Switchboard) reserve(name, caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	v := s.view(name)
	if v.Presence(now) != agents.Idle {
		return false
	}
	v.Record.Reserved, v.Record.ReservedAt = caller, now
	s.poke()
	return true
}

// release frees an agent who was reserved and did nothing wrong.
func (s *Switchboard) release(ctx context.Context, name string) {
	s.record(ctx, name, func(r *agents.Record) { r.Reserved, r.ReservedAt = "", time.Time{} })
}

// entertain plays the music of a queue to a caller whom nobody talks with.
func (s *Switchboard) entertain(ctx context.Context, w call.Waiting, queue string) {
	leg, err := w.Media(ctx)
	if m, ok := leg.(call.Mover); err == nil && ok {
		m.Music(s.queues[queue].Music)
	}
}

// outcomeOf is what a flow is told of a call to the outside that failed.
func outcomeOf(ctx context.Context, err error) ivr.EventKind {
	switch {
	case ctx.Err() != nil:
		return ivr.HungUp
	case dispositionOf(err) == campaigns.Busy, dispositionOf(err) == campaigns.Refused:
		return ivr.Busy
	case dispositionOf(err) == campaigns.NoAnswer:
		return ivr.TimedOut
	default:
		return ivr.Failed
	}
}
