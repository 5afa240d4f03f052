package switchboard

import (
	"context"
	"errors"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// errLate is why an agent's phone is not rung any more: the callee has waited
// for as long as the rules permit.
var errLate = errors.New("no agent has come in time")

// emptyChair is how long an agent's phone rings for somebody who waits on the
// line before it counts as missed. One that was called a moment before the
// callee's time was up has missed nothing.
const emptyChair = time.Second

// callee attends to somebody whom a campaign has called and who has answered:
// they are not put on hold, but given an agent at once. They wait for as long as
// the call's witness permits, and not at all once nobody can be free by then.
func (s *Switchboard) callee(ctx context.Context, talk call.Talk, w call.Waiting, c agents.Caller) (call.Talk, ivr.EventKind) {
	if e, ok := s.expected(w.Contact); ok {
		talk.AgentCall = e.leg.ID()
		p := s.agentParty(ctx, e.agent, talk.Queue, e.leg)
		if !isOver(e.leg) {
			w.Witness.Offered(e.agent)
			return s.join(ctx, talk, w, p)
		}
		p.free() // the agent has left: another one may take the call
	}
	if err := s.person(ctx, w.Witness); err != nil {
		return talk, ivr.HungUp
	}
	c.KnownUntil = c.Since // the customer's own agent if free; nobody waits for one who is not
	place := s.enterCallee(c)
	s.bookLater(ctx, talk)
	talk, result := s.attend(ctx, talk, w, place)
	if w.Witness.Awaits() && result != ivr.HungUp {
		w.Witness.Abandoned(time.Now())
	}
	return talk, result
}

// person waits until it is known that a person has answered, where that is asked
// for. A machine is dealt with by its line, which ends ctx.
func (s *Switchboard) person(ctx context.Context, w *call.Witness) error {
	for w.Machine() != campaigns.MachineOff && w.Reception().Party != campaigns.HumanParty {
		_, changed := w.Deadline()
		if w.Reception().Party == campaigns.HumanParty {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
	return nil
}

// enterCallee lets somebody wait whom we have called, however long the queue is:
// they are attended to before those who called us.
func (s *Switchboard) enterCallee(c agents.Caller) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, c.ID) // whoever was kept is offered now
	w := &waiter{caller: c, offer: make(chan string, 1), called: true, look: make(chan struct{}, 1)}
	s.waiting[c.ID] = w
	s.poke()
	return w
}

// attend offers a callee to agents until their time is up.
func (s *Switchboard) attend(ctx context.Context, talk call.Talk, w call.Waiting, place *waiter) (call.Talk, ivr.EventKind) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		until, changed := w.Witness.Deadline()
		if until.IsZero() || until.After(place.caller.Until) { // they still speak
			until = place.caller.Until
		}
		if !time.Now().Before(until) || s.hopeless(place.caller, until) {
			return talk, ivr.TimedOut
		}
		timer.Reset(time.Until(until))
		select {
		case <-ctx.Done():
			return talk, ivr.HungUp
		case <-timer.C:
		case <-changed:
		case <-place.look:
		case name := <-place.offer:
			talked, result := s.hurry(ctx, talk, w, name)
			if result != "" {
				return talked, result
			}
		}
	}
}

// hopeless tells whether nobody is offered to the callee, nor can be free in
// time.
func (s *Switchboard) hopeless(c agents.Caller, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.taken(c.ID) && !agents.FreeBy(time.Now(), until, c, s.views)
}

// rung is how ringing an agent has come out.
type rung struct {
	talk call.Talk
	leg  call.Leg
	err  error // beside a leg: the callee's sound is not here
}

// hurry rings one agent for a callee, no longer than the callee may wait, and
// joins the two. It returns an empty result when the callee may go on waiting.
func (s *Switchboard) hurry(ctx context.Context, talk call.Talk, w call.Waiting, name string) (call.Talk, ivr.EventKind) {
	talk.AgentCall = newID()
	began := time.Now()
	ringing, late := context.WithCancelCause(ctx)
	result := make(chan rung, 1)
	w.Witness.Offered(name)
	defer fetch(ctx, w)()
	go func() { result <- s.meet(ringing, talk, w, name) }()
	select {
	case r := <-result:
		late(nil)
		if r.err == nil {
			return s.join(ctx, r.talk, w, s.agentParty(ctx, name, talk.Queue, r.leg))
		}
		w.Witness.Missed(name)
		if r.leg != nil { // the agent is there, and the callee's sound is not
			if ctx.Err() == nil {
				s.log.Error("callee's sound did not arrive", "call_id", w.ID, "err", r.err)
			}
			s.agentParty(ctx, name, talk.Queue, r.leg).free()
			return r.talk, ended(ctx, ivr.Failed)
		}
		if ctx.Err() != nil {
			return talk, ivr.HungUp // Serve frees the agent, who did nothing wrong
		}
		s.missed(ctx, name, r.err)
		return talk, ""
	case <-s.tooLate(ringing, w.Witness):
		late(errLate)
		w.Witness.Missed(name)
		s.change(name, func(v *agents.View) { v.Record.Reserved = talk.AgentCall }) // until the phone has let go
		go s.stand(context.WithoutCancel(ctx), result, name, began)
		return talk, ivr.TimedOut
	}
}

// meet rings the agent, and waits for the callee's sound: the time until both are
// here counts.
func (s *Switchboard) meet(ctx context.Context, talk call.Talk, w call.Waiting, name string) rung {
	talked, leg, err := s.ring(ctx, talk, w, name)
	if err == nil {
		_, err = w.Media(ctx)
	}
	return rung{talked, leg, err}
}

// fetch begins to bring a callee's sound here while the agent's phone rings, as
// that may take as long as the callee has left, until over is called.
func fetch(ctx context.Context, w call.Waiting) (over func()) {
	ctx, over = context.WithCancel(ctx)
	go func() { _, _ = w.Media(ctx) }() // whoever needs it asks again
	return over
}

// tooLate is closed once the callee may not wait any longer; never when ctx ends
// before.
func (s *Switchboard) tooLate(ctx context.Context, w *call.Witness) <-chan struct{} {
	late := make(chan struct{})
	go func() {
		for {
			until, changed := w.Deadline()
			wait := time.Until(until)
			if until.IsZero() {
				wait = time.Hour
			}
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-changed:
			case <-timer.C:
				close(late)
			}
			timer.Stop()
			if ctx.Err() != nil || isClosed(late) {
				return
			}
		}
	}()
	return late
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// stand frees an agent whose phone was rung for a callee who could wait no
// longer, once the phone has let go of the call. Who has let it ring for long is
// on break: the next callee would find an empty chair too.
func (s *Switchboard) stand(ctx context.Context, result <-chan rung, name string, began time.Time) {
	rang := time.Since(began)
	r := <-result
	if r.leg != nil { // it was taken at the very last moment
		r.leg.Hangup(ctx)
		s.change(name, func(v *agents.View) { v.OnCall = false })
		s.release(ctx, name)
		return
	}
	if rang < emptyChair {
		s.release(ctx, name)
		return
	}
	s.log.Warn("agent's phone has not answered in time for somebody who was called: auto_answer, or a headset that stays off the hook, does", "agent_id", name, "rang", rang)
	s.missed(ctx, name, r.err)
}
