package sim

import (
	"slices"
	"time"

	"careline/agents"
	"careline/ivr"
)

// How long an agent's phone takes: it answers by itself where a campaign calls,
// and is picked up for who calls us.
const (
	autoAnswer = 300 * time.Millisecond
	pickUp     = 3 * time.Second
)

// waiter is somebody who waits for an agent.
type waiter struct {
	t       *talk
	caller  agents.Caller
	called  bool // by a campaign: they are given an agent at once, or none
	offered string
	over    bool
}

// enqueue has the caller of a talk wait for an agent.
func (h *hall) enqueue(t *talk, spec ivr.EnqueueSpec) {
	now := h.w.now
	q, known := h.queues[spec.Queue]
	c := agents.Caller{ID: t.id, Queue: q, Since: now, Until: now.Add(spec.MaxWait)}
	switch {
	case !known || h.node == nil || h.node.dead:
		t.after(time.Second, ivr.Event{Kind: ivr.Full})
		return
	case !t.witness.Awaits() && !agents.Staffed(now, c, h.views()):
		t.after(time.Second, ivr.Event{Kind: ivr.Full})
		return
	}
	v := &waiter{t: t, caller: c, called: t.witness.Awaits()}
	h.waiting = append(h.waiting, v)
	h.match()
	if !v.called {
		patience := Law{Mean: 90 * time.Second, CV: 1}.draw(t.p.dice, "patience")
		h.node.at(now.Add(min(patience, spec.MaxWait)), func() { h.leave(v, patience < spec.MaxWait) })
		return
	}
	h.look(v)
}

// look tells whether a callee may go on waiting, as the switchboard does.
func (h *hall) look(v *waiter) {
	if v.over || v.offered != "" {
		return
	}
	until, _ := v.t.witness.Deadline()
	if until.IsZero() || until.After(v.caller.Until) { // they still speak
		until = v.caller.Until
	}
	if !h.w.now.Before(until) || !agents.FreeBy(h.w.now, until, v.caller, h.views()) {
		h.abandon(v)
		return
	}
	h.node.at(until, func() { h.look(v) })
}

// abandon has the flow go on with a callee to whom nobody comes.
func (h *hall) abandon(v *waiter) {
	h.remove(v)
	v.t.witness.Abandoned(h.w.now)
	v.t.a.tell(Event{Kind: Abandoned})
	v.t.advance(ivr.Event{Kind: ivr.TimedOut})
}

// leave has a caller go who has waited for long enough.
func (h *hall) leave(v *waiter, hangsUp bool) {
	if v.over || v.offered != "" {
		return
	}
	h.remove(v)
	if hangsUp {
		v.t.advance(ivr.Event{Kind: ivr.HungUp})
		return
	}
	v.t.advance(ivr.Event{Kind: ivr.TimedOut})
}

func (h *hall) remove(v *waiter) {
	v.over = true
	h.waiting = slices.DeleteFunc(h.waiting, func(other *waiter) bool { return other == v })
}

// match pairs callers with agents: those whom we have called come first.
func (h *hall) match() {
	if len(h.waiting) == 0 || h.node == nil || h.node.dead {
		return
	}
	var called, others []agents.Caller
	for _, v := range h.waiting {
		switch {
		case v.offered != "":
		case v.called:
			called = append(called, v.caller)
		default:
			others = append(others, v.caller)
		}
	}
	for _, list := range [][]agents.Caller{called, others} {
		for _, pair := range agents.Match(h.w.now, list, h.views()) {
			h.offer(pair)
		}
	}
}

// offer rings an agent for a caller.
func (h *hall) offer(pair agents.Pair) {
	i := slices.IndexFunc(h.waiting, func(v *waiter) bool { return v.caller.ID == pair.Caller.ID })
	v, c := h.waiting[i], h.clerk(pair.Agent)
	v.offered = pair.Agent
	c.view.Record.Reserved = v.caller.ID
	v.t.witness.Offered(pair.Agent)
	c.tell()
	rings := pickUp
	if v.called {
		rings = autoAnswer
	}
	answered := h.w.now.Add(rings)
	if v.called {
		if until, _ := v.t.witness.Deadline(); !until.IsZero() && until.Before(answered) {
			h.node.at(until, func() { h.miss(v, c) })
			return
		}
	}
	h.node.at(answered, func() { h.join(v, c) })
}

// miss frees an agent who was rung a moment too late.
func (h *hall) miss(v *waiter, c *clerk) {
	if v.over || !c.view.Reachable {
		return
	}
	v.t.witness.Missed(c.view.Agent.Name)
	v.offered = ""
	h.abandon(v)
	c.wrapsUp(false)
}

// join has an agent talk with a caller. Who has vanished meanwhile does not
// answer: the caller goes on waiting.
func (h *hall) join(v *waiter, c *clerk) {
	if !c.view.Reachable {
		v.t.witness.Missed(c.view.Agent.Name)
		c.view.Record.Reserved, v.offered = "", ""
		if v.called {
			h.look(v)
		}
		h.match()
		return
	}
	if v.over {
		c.wrapsUp(false)
		return
	}
	h.remove(v)
	name := c.view.Agent.Name
	c.view.OnCall = true
	c.talks++
	v.t.witness.Connected(name, h.w.now)
	v.t.a.tell(Event{Kind: Joined, Clerk: name})
	c.tell()
	h.node.at(h.w.now.Add(c.staff.Talk.draw(c.dice, "talk "+itoa(c.talks))), func() {
		c.wrapsUp(true)
		ev := ivr.Event{Kind: ivr.Connected}
		if v.t.p.dice.chance("hangs up on the agent", 0.5) {
			ev.Kind = ivr.HungUp
		}
		v.t.advance(ev)
	})
}
