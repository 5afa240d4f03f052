package sim

import (
	"cmp"
	"fmt"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer"
	"careline/dialer/plan"
	"careline/store"
)

// node is one process of the service: its plan, and what carries it out.
type node struct {
	w       *World
	name    string
	store   *store.Store
	desk    *call.Desk
	plan    *plan.Plan
	running map[campaigns.ID]campaigns.Campaign
	wake    time.Time // when the plan is stepped next, unless something happens before
	dead    bool
}

// AddNode starts another node on the same tables.
func (w *World) AddNode(name string) (*Node, error) {
	s, err := store.OpenMemory(w.ctx, w.o.Name, store.Options{
		Node: name, Lease: cmp.Or(w.o.Lease, forever), Patience: time.Hour, NewID: w.ids.next,
	})
	if err != nil {
		return nil, err
	}
	n := &node{
		w: w, name: name, store: s, desk: call.NewDesk(s, s, call.Options{}), plan: plan.New(plan.Options{}),
		running: map[campaigns.ID]campaigns.Campaign{},
	}
	w.nodes = append(w.nodes, n)
	return &Node{n}, nil
}

// Node is a node of a rehearsal, to be meddled with.
type Node struct{ n *node }

// Start has a node that was added while the rehearsal runs take part.
func (n *Node) Start() { n.n.start() }

// Crash ends the node without a word: what it was doing stays as it is.
func (n *Node) Crash() {
	n.n.dead = true
	n.n.w.tell(Event{Kind: Crashed, Node: n.n.name})
	for _, r := range n.n.w.ringers() {
		if r.node == n.n {
			n.n.w.At(n.n.w.now.Add(givesUp), r.end)
		}
	}
}

// givesUp is when a carrier ends a call whose caller has gone silent.
const givesUp = 40 * time.Second

// start takes over what was left open and begins to dial, as the dialer does.
func (n *node) start() {
	n.keepLease()
	n.takeOver()
	for _, t := range n.w.setup.Trunks {
		n.setTrunk(t, true)
	}
	if h := n.w.hall; h.node == nil || h.node.dead {
		h.open(n)
	}
	n.load()
}

func (n *node) setTrunk(t Trunk, up bool) {
	n.step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: t.Name, MaxCalls: t.MaxCalls, PerSecond: t.PerSecond, Up: up}})
}

// capped takes a trunk out of use until its day is over, where it is used up.
func (n *node) capped(l *line, v campaigns.Verdict, c campaigns.Cap) {
	for _, check := range v.Checks {
		if check.Rule == campaigns.RuleCap && !check.Passed && l.closed.Before(c.Ends) {
			l.closed = c.Ends
			n.setTrunk(l.Trunk, false)
			n.at(c.Ends, func() { n.setTrunk(l.Trunk, true) })
		}
	}
}

// at has f called when its time has come, unless the node has died by then.
func (n *node) at(t time.Time, f func()) {
	n.w.At(t, func() {
		if !n.dead {
			f()
		}
	})
}

// keepLease renews the node's lease, four times as often as it need be.
func (n *node) keepLease() {
	_, err := n.store.Renew(n.w.ctx, n.name, n.w.now)
	n.w.fail(err)
	if n.w.o.Lease > 0 {
		n.at(n.w.now.Add(n.w.o.Lease/4), n.keepLease)
	}
}

// takeOver ends what earlier runs of the node, and nodes that are gone, have left
// open.
func (n *node) takeOver() {
	left, err := n.store.Recover(n.w.ctx, n.name, n.w.now)
	n.w.fail(err)
	for _, a := range left {
		if r := n.w.phones[a.Number]; r != nil && r.attempt == a.ID {
			r.end()
		}
	}
	if n.w.o.Lease > 0 {
		n.at(n.w.now.Add(n.w.o.Lease), n.takeOver)
		n.load()
	}
}

// load reads the running campaigns.
func (n *node) load() {
	n.w.fail(n.store.Flush())
	running, err := n.store.Running(n.w.ctx)
	n.w.fail(err)
	now := map[campaigns.ID]campaigns.Campaign{}
	for _, c := range running {
		now[c.ID] = c
	}
	for _, c := range n.w.ours {
		was, before := n.running[c.ID]
		is, still := now[c.ID]
		switch {
		case still && before:
			n.step(plan.Event{Kind: plan.ContactsLeft, ID: c.ID})
		case still:
			n.running[c.ID] = is
			n.step(plan.Event{Kind: plan.SetCampaign, Campaign: is, Past: n.past(is)})
		case before:
			delete(n.running, c.ID)
			was.State = campaigns.Paused
			n.step(plan.Event{Kind: plan.SetCampaign, Campaign: was})
		}
	}
}

// past is what a campaign's bounds of abandonment have counted before.
func (n *node) past(c campaigns.Campaign) []campaigns.Slot {
	if !c.Mode.NeedsAgents() {
		return nil
	}
	past, err := n.store.AnsweredSince(n.w.ctx, c.ID, dialer.PastSince(c, n.w.now))
	n.w.fail(err)
	return past
}

// Reload has the nodes notice that campaigns or contacts were changed.
func (w *World) Reload() {
	for _, n := range w.nodes {
		if !n.dead {
			n.load()
		}
	}
}

// step moves the plan and has its effects carried out, but for the one that goes
// on with the effect which the event answers: that is returned.
func (n *node) step(ev plan.Event) (next plan.Effect, more bool) {
	for _, e := range n.plan.Step(n.w.now, ev) {
		if e.After != 0 && e.After == ev.Effect {
			next, more = e, true
			continue
		}
		n.at(n.w.now, func() { n.carryOut(e) })
	}
	n.wind()
	return next, more
}

// wind sees to it that the plan is stepped when it wants to be.
func (n *node) wind() {
	at := n.plan.NextWake()
	if at.IsZero() || !n.wake.IsZero() && !at.Before(n.wake) && !n.wake.Before(n.w.now) {
		return
	}
	n.wake = at
	n.at(at, func() {
		if n.wake.Equal(at) {
			n.wake = time.Time{}
			n.step(plan.Event{Kind: plan.Tick})
		}
	})
}

func (n *node) carryOut(e plan.Effect) {
	switch e.Kind {
	case plan.Claim:
		claims, err := n.store.Claim(n.w.ctx, n.name, e.Campaign, e.Limit, n.w.now)
		n.w.fail(err)
		n.step(plan.Event{Kind: plan.Claimed, Effect: e.ID, Contacts: claims.Contacts, NextDue: claims.NextDue, Open: claims.Open})
	case plan.Release:
		n.release(e.Contacts...)
		n.step(plan.Event{Kind: plan.Released, Effect: e.ID})
	case plan.Finish:
		n.finish(e)
	case plan.Place:
		a := &attempt{n: n, campaign: n.running[e.Campaign], contact: e.Contact}
		a.run(e)
	default:
		n.w.fail(fmt.Errorf("the plan asks for %q, which the rehearsal does not know", e.Kind))
	}
}

func (n *node) release(list ...campaigns.Contact) {
	ids := make([]campaigns.ContactID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	n.w.fail(n.store.Release(n.w.ctx, n.name, ids, n.w.now))
}

func (n *node) finish(e plan.Effect) {
	done, err := n.store.Finish(n.w.ctx, e.Campaign, n.w.now)
	n.w.fail(err)
	if done {
		n.w.tell(Event{Kind: Finished, Node: n.name, Campaign: n.running[e.Campaign]})
		delete(n.running, e.Campaign)
	}
	n.step(plan.Event{Kind: plan.Finished, Effect: e.ID, Done: done})
}
