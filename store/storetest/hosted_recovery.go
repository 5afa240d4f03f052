package storetest

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/store"
)

// movesHosted: a node dies with calls at its carrier, and two others find them at
// the same time. Each call goes to one of them, which sees it to its end.
func movesHosted(t *testing.T, url func(testing.TB) string) {
	const n = 6
	w := newWorld(t, url, n+1, nil)
	claimed := w.claim(n + 1)
	all := w.placesHosted(claimed[:n])
	own := w.begin(claimed[n])
	w.now = w.now.Add(21 * time.Second)
	others := []*store.Store{w.open(store.Options{Node: "b"}), w.open(store.Options{Node: "c"})}
	left := make([][]campaigns.Attempt, 2)
	for i, node := range []string{"b", "c"} {
		w.renew(others[i], node)
	}
	var wg sync.WaitGroup
	for i, node := range []string{"b", "c"} {
		wg.Go(func() {
			var err error
			if left[i], err = others[i].Recover(t.Context(), node, w.now); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var moved []campaigns.AttemptID
	for i, s := range others {
		var ids []string
		for _, a := range left[i] {
			if !a.Leg.Hosted() {
				continue
			}
			moved = append(moved, a.ID)
			if slices.Index(all, a.ID)%3 > 0 {
				ids = append(ids, string(a.ID))
			}
		}
		w.sees(s, ids...)
	}
	slices.Sort(moved)
	if diff := cmp.Diff(all, moved); diff != "" {
		t.Errorf("both moved (-want +got):\n%s", diff)
	}
	w.is(own.Contact, campaigns.Unknown)
	w.nothingOf(theNode)
	w.endsMoved(others, left, all)
}

// nothingOf checks that a node which is gone has nothing any more.
func (w *world) nothingOf(node string) {
	w.Helper()
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	var n int
	w.ok("count what it has", db.GetContext(w.Context(), &n, `
SELECT (SELECT COUNT(*) FROM contacts WHERE claimed_by LIKE $1) + (SELECT COUNT(*) FROM attempts WHERE ended_at = 0 AND owner LIKE $1)
	+ (SELECT COUNT(*) FROM calls WHERE ended_at = 0 AND owner LIKE $1) + (SELECT COUNT(*) FROM hosted_calls WHERE phase < 5 AND owner LIKE $1)`, node+"@%"))
	if n > 0 {
		w.Errorf("node %s, which is gone, has %d things; want none", node, n)
	}
}

// endsMoved: attempts that were moved can be ended by who has them, and all adds
// up.
func (w *world) endsMoved(others []*store.Store, left [][]campaigns.Attempt, all []campaigns.AttemptID) {
	w.Helper()
	for i, s := range others {
		if again, err := s.Recover(w.Context(), []string{"b", "c"}[i], w.now); err != nil || len(again) > 1 { // the lost SIP call may be found again
			w.Errorf("Recover again = %v, %v; want nothing at carriers", again, err)
		}
		for _, a := range left[i] {
			if !a.Leg.Hosted() {
				continue
			}
			i := slices.Index(all, a.ID) % 3
			disp, want := campaigns.NoAnswer, []campaigns.ContactState{campaigns.Partial, campaigns.Pending, campaigns.Completed}[i]
			if i != 1 {
				disp = campaigns.Answered
				r, err := s.LoadCall(w.Context(), string(a.ID))
				if err != nil || r.Ending != "" {
					w.Errorf("the call is %+v, %v; want it open", r, err)
				}
				w.ok("close", s.CloseCall(w.Context(), string(a.ID), call.ByFlow, w.now))
			}
			w.tell(s, string(a.ID), "CA"+string(a.ID), call.Over)
			w.is(a.Contact, campaigns.Dialing)
			w.ok("end", s.EndAttempt(w.Context(), campaigns.End{Attempt: a.ID, Disposition: disp, At: w.now}))
			w.ok("end again", w.s.EndAttempt(w.Context(), campaigns.End{Attempt: a.ID, Disposition: disp, At: w.now})) // by who was not dead
			w.is(a.Contact, want)
		}
		w.sees(s)
	}
	if f := w.adds(w.c.ID); f.ByDisposition[campaigns.Answered] != 2*len(all)/3 || f.ByDisposition[campaigns.NoAnswer] != len(all)/3 || f.Open != 0 {
		w.Errorf("funnel = %+v; want %d answered, %d not, none open", f, 2*len(all)/3, len(all)/3)
	}
}

func movesInbound(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	people := w.contacts()
	w.tell(w.s, "CAone", "CAone", call.Talking) // and nothing answers it
	r := w.opensInbound(people[0])
	w.now = w.now.Add(21 * time.Second)
	next := w.open(store.Options{Node: "b"})
	w.renew(next, "b")
	left, err := next.Recover(t.Context(), "b", w.now)
	if err != nil || len(left) != 0 {
		t.Errorf("Recover = %v, %v; want no attempts", left, err)
	}
	w.nothingOf(theNode)
	w.sees(next, "CAone", r.ID)
	w.is(people[0].ID, campaigns.Dialing)
	w.s = next
	s := step(r, 1, w.now, "satisfied", "1")
	s.Hosted = true
	w.commit(s)
	w.closed(r, call.ByCaller)
	w.is(people[0].ID, campaigns.Completed)
	w.sees(next, "CAone", r.ID) // until it is known to be over
	w.tell(next, r.ID, "", call.Over)
	w.tell(next, "CAone", "", call.Over)
	w.sees(next)
}

// opensInbound has a contact call in at a carrier.
func (w *world) opensInbound(c campaigns.Contact) call.Record {
	w.Helper()
	route := w.route(string(callerID), c.Number)
	r := call.Record{
		Info:      call.Info{ID: newID(), From: c.Number, To: string(callerID), Campaign: route.Campaign, Contact: route.Contact},
		Direction: call.Inbound, FlowHash: route.FlowHash, AnsweredAt: w.now,
	}
	w.tell(w.s, r.ID, r.ID, call.Talking)
	return w.opened(r)
}

// outlivesHearer: the node that heard that a call was answered dies; who placed
// the call lives.
func outlivesHearer(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	hearer := w.open(store.Options{Node: "b"})
	w.renew(hearer, "b")
	a, name := w.hosted(w.claim(1)[0])
	r := w.answeredAt(hearer, a, name)
	w.now = w.now.Add(21 * time.Second)
	w.renew(w.s, theNode)
	w.now = w.now.Add(21 * time.Second) // who lost its lease waits for as long
	w.renew(w.s, theNode)
	left, err := w.s.Recover(t.Context(), theNode, w.now)
	got, errLoad := w.s.LoadCall(t.Context(), r.ID)
	if err != nil || errLoad != nil || len(left) != 0 || got.Ending != "" {
		t.Errorf("Recover = %v, %v, the call ended as %q, %v; want it to go on", left, err, got.Ending, errLoad)
	}
	w.sees(w.s, r.ID)
}

// placesHosted begins attempts on calls at a carrier: of one the node knows only
// that it was answered, the next one rings, the third is talking, and so on.
func (w *world) placesHosted(claimed []campaigns.Contact) []campaigns.AttemptID {
	w.Helper()
	all := make([]campaigns.AttemptID, len(claimed))
	for i, c := range claimed {
		a, name := w.hosted(c)
		all[i] = a.ID
		switch i % 3 {
		case 0: // nothing is known of the call, but that it was answered
			r, err := w.s.CallOf(w.Context(), a.ID)
			w.ok("make the record of a call", err)
			w.ok("open it", w.s.OpenCall(w.Context(), r))
		case 1:
			w.tell(w.s, string(a.ID), name, call.Alerting)
		case 2:
			r := w.answeredAt(w.s, a, name)
			s := step(r, 1, w.now, "satisfied", "1")
			s.Hosted = true
			w.commit(s)
		}
	}
	return all
}

// callers has all contacts call in at a carrier.
func (w *world) callers() []string {
	w.Helper()
	people := w.contacts()
	ids := make([]string, len(people))
	for i, c := range people {
		ids[i] = w.opensInbound(c).ID
	}
	return ids
}

// talks saves one of each: a caller who waits for an agent, and one who talks.
func (w *world) talks(callers ...string) (talks []call.Talk) {
	w.Helper()
	for i, id := range callers {
		agent := "agent " + strconv.Itoa(i)
		talk := call.Talk{ID: newID(), CallID: id, Queue: "care", Agent: agent, WaitedFrom: w.now}
		if i > 0 {
			talk.JoinedAt = w.now
		}
		w.ok("save a talk", w.s.SaveTalk(w.Context(), talk))
		w.ok("save an agent", w.s.SaveAgent(w.Context(), agents.Record{Agent: agent, Wish: agents.Ready, Reserved: id, ReservedAt: w.now}))
		talks = append(talks, talk)
	}
	return talks
}

// talked checks that talks have ended at a time, and that no agent is reserved.
func (w *world) talked(talks []call.Talk, at time.Time) {
	w.Helper()
	for i := range talks {
		talks[i].Outcome, talks[i].EndedAt = []string{"failed", "connected"}[i], at
	}
	got, err := w.s.Talks(w.Context(), time.Time{})
	w.ok("list talks", err)
	if diff := cmp.Diff(talks, got); diff != "" {
		w.Errorf("Talks (-want +got):\n%s", diff)
	}
	records, err := w.s.AgentRecords(w.Context())
	w.ok("list agents", err)
	if i := slices.IndexFunc(records, func(r agents.Record) bool { return r.Reserved != "" }); i >= 0 {
		w.Errorf("agent %+v is reserved; want none to be", records[i])
	}
}

func talksHosted(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	callers := w.callers()
	talks := w.talks(callers...)
	w.now = w.now.Add(time.Second)
	w.s = w.again()
	_, err := w.s.Recover(t.Context(), theNode, w.now)
	w.ok("recover", err)
	w.sees(w.s, callers...)
	w.talked(talks, w.now)
}

// talksForgotten: the node with the queues dies, while another has the calls.
func talksForgotten(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	callers := w.callers()
	talks := w.talks(callers...)
	for _, id := range callers {
		w.ok("close", w.s.CloseCall(t.Context(), id, call.ByCaller, w.now))
	}
	for _, after := range []time.Duration{30 * time.Second, 31 * time.Second} {
		w.now = w.now.Add(after)
		w.renew(w.s, theNode)
		_, err := w.s.Recover(t.Context(), theNode, w.now)
		w.ok("recover", err)
		got, err := w.s.Talks(t.Context(), time.Time{})
		w.ok("list talks", err)
		if after == 30*time.Second && !got[0].EndedAt.IsZero() {
			t.Error("a talk was ended while who had it may save it yet")
		}
	}
	w.talked(talks, w.now)
}
