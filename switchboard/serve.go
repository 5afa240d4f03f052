package switchboard

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"careline/agents"
	"careline/call"
	"careline/ivr"
)

// defaultMaxWait is how long a caller waits where the flow does not say.
const defaultMaxWait = 3 * time.Minute

// Serve keeps a caller until an agent has talked with them, until they hang up
// (ctx ends), or until nobody could be had.
func (s *Switchboard) Serve(ctx context.Context, w call.Waiting, spec ivr.EnqueueSpec) ivr.EventKind {
	now := time.Now()
	talk := call.Talk{
		ID: newID(), CallID: w.ID, Queue: spec.Queue,
		Campaign: w.Campaign, Contact: w.Contact, WaitedFrom: now,
	}
	q, ok := s.queues[spec.Queue]
	if !ok {
		s.log.Error("flow names a queue that is not configured", "queue", spec.Queue, "call_id", w.ID)
		w.Witness.Abandoned(now)
		return s.leave(ctx, talk, w, ivr.Failed)
	}
	serve, called := s.queue, w.Witness.Awaits()
	if called {
		serve = s.callee
	}
	talk, result := serve(ctx, talk, w, agents.Caller{
		ID: w.ID, Queue: q, Since: now, Known: spec.KnownAgent,
		KnownUntil: now.Add(spec.KnownAgentWait),
		Until:      now.Add(cmp.Or(spec.MaxWait, defaultMaxWait)),
	})
	s.exit(ctx, w.ID) // before the books, which may take their time
	if called || w.Witness.Listens() && result != ivr.HungUp {
		return s.goOn(ctx, talk, result)
	}
	return s.leave(ctx, talk, w, result)
}

// queue has a caller wait until an agent has talked with them.
func (s *Switchboard) queue(ctx context.Context, talk call.Talk, w call.Waiting, c agents.Caller) (call.Talk, ivr.EventKind) {
	place, ok := s.enter(c)
	if !ok {
		return talk, ivr.Full
	}
	s.book(ctx, talk)
	return s.wait(ctx, talk, w, place)
}

// enter puts the caller into the queue, unless it is full or unstaffed.
func (s *Switchboard) enter(c agents.Caller) (*waiter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inQueue := 0
	for _, w := range s.waiting {
		if w.caller.Queue.Name == c.Queue.Name {
			inQueue++
		}
	}
	if inQueue >= c.Queue.MaxWaiting || !agents.Staffed(c.Since, c, s.views) {
		return nil, false
	}
	w := &waiter{caller: c, offer: make(chan string, 1)}
	s.waiting[c.ID] = w
	s.poke()
	return w, true
}

// exit takes the caller out of the queue, if still in it, and frees whoever was
// kept for them.
func (s *Switchboard) exit(ctx context.Context, id string) {
	s.mu.Lock()
	delete(s.waiting, id)
	var freed []string
	for i := range s.views {
		if r := &s.views[i].Record; r.Reserved == id {
			r.Reserved, r.ReservedAt = "", time.Time{}
			freed = append(freed, r.Agent)
		}
	}
	s.mu.Unlock()
	for _, name := range freed {
		s.poke()
		s.later.Go(func() { s.save(ctx, name) })
	}
}

// wait offers the caller to one agent after the other.
func (s *Switchboard) wait(
	ctx context.Context, talk call.Talk, w call.Waiting, place *waiter,
) (call.Talk, ivr.EventKind) {
	left := time.NewTimer(time.Until(place.caller.Until))
	defer left.Stop()
	for {
		select {
		case <-ctx.Done():
			return talk, ivr.HungUp
		case <-left.C:
			return talk, ivr.TimedOut
		case name := <-place.offer:
			talked, result := s.connect(ctx, talk, w, name)
			if result != "" {
				return talked, result
			}
		}
	}
}

// leave notes how the wait ended. A caller left over is noted for a call back
// by the flow, which can say so to them first.
func (s *Switchboard) leave(ctx context.Context, talk call.Talk, w call.Waiting, result ivr.EventKind) ivr.EventKind {
	talk.Outcome, talk.EndedAt = string(result), time.Now()
	s.book(ctx, talk)
	if result == ivr.HungUp && talk.JoinedAt.IsZero() {
		s.noteLost(ctx, talk, w)
	}
	s.left(talk)
	return result
}

// goOn is leave for somebody whom a campaign has called: they have waited for long
// enough, and do not wait for the books. Who hangs up meanwhile has asked for
// nobody, and is not noted for a call back: whether they are called again is for the
// campaign's rules.
func (s *Switchboard) goOn(ctx context.Context, talk call.Talk, result ivr.EventKind) ivr.EventKind {
	talk.Outcome, talk.EndedAt = string(result), time.Now()
	s.bookLater(ctx, talk)
	s.left(talk)
	return result
}

func (s *Switchboard) left(talk call.Talk) {
	s.log.Info("caller left queue", "call_id", talk.CallID, "queue", talk.Queue, "outcome", talk.Outcome, "agent_id", talk.Agent)
}

// noteLost notes somebody who asked for an agent and gave up waiting, for whom no
// flow goes on: a caller, or a callee who pressed the key for one.
func (s *Switchboard) noteLost(ctx context.Context, talk call.Talk, w call.Waiting) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTime)
	defer cancel()
	note := call.CallbackNote{
		CallID: talk.CallID, Number: w.Number, Campaign: w.Campaign, Contact: w.Contact, Queue: talk.Queue,
		Agent: w.Customer.Manager, Reason: "hung up while waiting", At: talk.EndedAt,
	}
	if err := s.ledger.NoteCallback(ctx, note); err != nil {
		s.log.Error("call back not noted", "call_id", talk.CallID, "err", err)
	}
}

// newID makes a sortable id.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
