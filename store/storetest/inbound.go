package storetest

import (
	"errors"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var inboundTests = tests{
	"inbound calls find their campaign":            routeCampaign,
	"inbound calls find their number":              routeNumber,
	"inbound calls of a contact settle it":         ownCallSettles,
	"inbound calls of a contact being dialed":      ownCallMeanwhile,
	"inbound calls that nobody answers change nil": ownCallLost,
	"inbound calls of those who are through":       ownCallAfter,
	"inbound calls that are not opened change nil": ownCallNotOpened,
	"inbound calls of a contact that calls twice":  ownCallTwice,
	"inbound calls of a contact between trunks":    ownCallBetween,
}

func (w *world) route(did string, from phone.Number) call.Route {
	w.Helper()
	r, err := w.s.Route(w.Context(), did, from)
	w.ok("route", err)
	return r
}

// comesIn routes and opens a contact's own call.
func (w *world) comesIn(c campaigns.Contact) call.Record {
	w.Helper()
	route := w.route(string(callerID), c.Number)
	return w.opened(call.Record{
		Info:      call.Info{ID: newID(), From: c.Number, To: string(callerID), Campaign: route.Campaign, Contact: route.Contact},
		Direction: call.Inbound, FlowHash: route.FlowHash, AnsweredAt: w.now,
	})
}

func (w *world) contacts() []campaigns.Contact {
	w.Helper()
	var all []campaigns.Contact
	for c, err := range w.s.Contacts(w.Context(), w.c.ID) {
		w.ok("list contacts", err)
		all = append(all, c)
	}
	return all
}

func routeCampaign(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	c := w.contacts()[0]
	for _, did := range []string{"+8610", "8610"} {
		r := w.route(did, c.Number)
		if r.Campaign != w.c.ID || r.Contact != c.ID || r.FlowHash != w.c.FlowHash || r.Customer.Name != c.Name {
			t.Errorf("Route to %s = %+v; want the contact's campaign", did, r)
		}
	}
	_, err := w.s.Route(t.Context(), "+8610", "+8613700000000")
	if !errors.Is(err, call.ErrNoRoute) {
		t.Errorf("Route of a stranger = %v; want ErrNoRoute", err)
	}
}

func routeNumber(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	hash, err := w.s.NewestFlow(t.Context(), "survey")
	w.ok("find the flow", err)
	r := w.route("10086", number(1))
	if r.FlowHash != hash || r.Campaign != "" || r.Customer.Key != "c00001" {
		t.Errorf("Route of a customer = %+v; want the flow and the customer", r)
	}
	if r = w.route("10086", "+8613700000000"); r.FlowHash != hash || r.Customer.Key != "" {
		t.Errorf("Route of a stranger = %+v; want the flow and no customer", r)
	}
	if r = w.route("10086", ""); r.FlowHash != hash || r.Customer.Key != "" {
		t.Errorf("Route of a caller without a number = %+v; want the flow and no customer", r)
	}
	if _, err := w.s.Route(t.Context(), "10087", number(1)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Route to a flow that is not stored = %v; want ErrNotFound", err)
	}
	if _, err := w.s.Route(t.Context(), "10088", number(1)); !errors.Is(err, call.ErrNoRoute) {
		t.Errorf("Route to an unknown number = %v; want ErrNoRoute", err)
	}
}

func ownCallSettles(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	claimed := w.claim(2)
	r := w.comesIn(claimed[0])
	w.is(claimed[0].ID, campaigns.Dialing)
	w.refused(campaigns.Begin{Attempt: attempt(claimed[0]), Allowed: true})
	w.is(claimed[0].ID, campaigns.Dialing)
	w.commit(step(r, 1, w.now, "satisfied", "1"))
	w.closed(r, call.ByFlow)
	w.is(claimed[0].ID, campaigns.Completed)
	partial := w.comesIn(claimed[1])
	w.closed(partial, call.ByCaller)
	w.is(claimed[1].ID, campaigns.Partial)
	f := w.adds(w.c.ID)
	if f.Connected != 2 || f.Completed != 1 || f.Accepted != 1 || f.Attempts != 0 {
		t.Errorf("funnel = %+v; want 2 connected, 1 completed, 1 accepted, no attempt", f)
	}
	if done, err := w.s.Finish(t.Context(), w.c.ID, w.now); err != nil || !done {
		t.Errorf("Finish = %v, %v; want true", done, err)
	}
}

// ownCallMeanwhile: we ring a contact who is just calling us, so that our call
// finds the line busy.
func ownCallMeanwhile(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	claimed := w.claim(4)
	for i, tt := range []struct {
		name        string
		endFirst    bool // our attempt ends before the contact's own call
		ending      call.Ending
		between, at campaigns.ContactState
	}{
		{"attempt, then call", true, call.ByFlow, campaigns.Dialing, campaigns.Completed},
		{"call, then attempt", false, call.ByFlow, campaigns.Dialing, campaigns.Completed},
		{"attempt, then lost call", true, call.Unanswered, campaigns.Dialing, campaigns.Pending},
		{"lost call, then attempt", false, call.Unanswered, campaigns.Dialing, campaigns.Pending},
	} {
		c := claimed[i]
		a := w.begin(c)
		r := w.comesIn(c)
		if tt.ending == call.ByFlow {
			w.commit(step(r, 1, w.now, "satisfied", "1"))
		}
		acts := []func(){func() { w.end(a, campaigns.Busy) }, func() { w.closed(r, tt.ending) }}
		if !tt.endFirst {
			acts[0], acts[1] = acts[1], acts[0]
		}
		acts[0]()
		if got := w.contact(c.ID).State; got != tt.between {
			t.Errorf("%s: in between the contact is %s; want %s", tt.name, got, tt.between)
		}
		acts[1]()
		if got := w.contact(c.ID); got.State != tt.at || got.Attempts != 1 || got.Last != campaigns.Busy {
			t.Errorf("%s: at the end the contact is %s, last %s; want %s, busy", tt.name, got.State, got.Last, tt.at)
		}
	}
	w.adds(w.c.ID)
}

func ownCallLost(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := w.contacts()[0]
	w.closed(w.comesIn(c), call.Unanswered)
	w.is(c.ID, campaigns.Pending)
	if f := w.adds(w.c.ID); f.Connected != 0 {
		t.Errorf("%d are connected; want none", f.Connected)
	}
	w.begin(w.claim(1)[0])
}

func ownCallAfter(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	claimed := w.claim(3)
	a := w.begin(claimed[0])
	w.commit(step(w.answered(a), 1, w.now, "satisfied", "2"))
	w.end(a, campaigns.Answered)
	r := w.comesIn(claimed[0])
	w.is(claimed[0].ID, campaigns.Completed)
	w.commit(step(r, 1, w.now.Add(time.Second), "satisfied", "1"))
	w.closed(r, call.ByFlow)
	w.is(claimed[0].ID, campaigns.Completed)

	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: claimed[1].Number, Why: "by letter", At: w.now}))
	r = w.comesIn(claimed[1])
	w.closed(r, call.ByCaller)
	w.is(claimed[1].ID, campaigns.Suppressed)

	a = w.begin(claimed[2])
	w.end(a, campaigns.NotKnown)
	r = w.comesIn(claimed[2])
	w.commit(step(r, 1, w.now, "satisfied", "1"))
	w.closed(r, call.ByFlow)
	w.is(claimed[2].ID, campaigns.Completed)
	if f := w.adds(w.c.ID); f.Answers["satisfied"]["1"] != 2 || f.Answers["satisfied"]["2"] != 0 {
		t.Errorf("answers = %v; want the latest of each contact: 1 twice", f.Answers)
	}
}

// ownCallNotOpened: a call that was routed and could not be opened leaves the
// contact to the dialing.
func ownCallNotOpened(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	claimed := w.claim(2)
	a := w.begin(claimed[1])
	for _, c := range claimed {
		if r := w.route(string(callerID), c.Number); r.Contact != c.ID {
			t.Errorf("Route = %+v; want contact %s", r, c.ID)
		}
	}
	if err := w.s.CloseCall(t.Context(), newID(), call.Unanswered, w.now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("CloseCall of a call that was not opened = %v; want ErrNotFound", err)
	}
	w.begin(claimed[0])
	w.end(a, campaigns.Busy)
	w.is(claimed[1].ID, campaigns.Pending)
}

// ownCallTwice: who hangs up before we answer and calls again is not dialed
// while the second call lasts, and it counts.
func ownCallTwice(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	for i, c := range w.contacts() {
		first, second := w.comesIn(c), w.comesIn(c)
		w.commit(step(second, 1, w.now, "satisfied", "1"))
		if i == 1 {
			w.closed(second, call.ByFlow)
		}
		w.closed(first, call.Unanswered)
		if i == 0 {
			w.is(c.ID, campaigns.Dialing)
			w.closed(second, call.ByFlow)
		}
		w.is(c.ID, campaigns.Completed)
	}
	w.adds(w.c.ID)
}

// ownCallBetween: a contact that calls us while another trunk is to be tried is
// not dialed any more.
func ownCallBetween(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	for i, c := range w.claim(3) {
		next := w.refusedBy(c)
		r := w.comesIn(c)
		switch i {
		case 0:
			w.refused(next)
		case 1:
			w.ok("release", w.s.Release(t.Context(), theNode, []campaigns.ContactID{c.ID}, w.now))
		case 2:
			w.s = w.again()
			_, err := w.s.Recover(t.Context(), theNode, w.now)
			w.ok("recover", err)
			w.is(c.ID, campaigns.Partial)
			continue
		}
		w.is(c.ID, campaigns.Dialing)
		w.closed(r, call.Unanswered)
		w.is(c.ID, campaigns.Pending)
		if got := w.contact(c.ID); got.Faults != 1 || got.Last != campaigns.Congestion {
			t.Errorf("after its own call: %+v; want one fault", got)
		}
	}
	w.adds(w.c.ID)
}
