package storetest

import (
	"errors"
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

var hostedTests = tests{
	"facts are put together":                              factsTogether,
	"facts of two nodes at once are all kept":             factsAtOnce,
	"facts belong to who has the attempt":                 factsOwned,
	"placed calls are known to whoever hears of them":     placedCalls,
	"calls at carriers are moved, once":                   movesHosted,
	"calls at carriers that came in are moved":            movesInbound,
	"calls at carriers outlive who heard of them":         outlivesHearer,
	"calls at carriers that nobody knows are not lost":    unknownHosted,
	"answers that the end overtakes count":                overtakenAnswers,
	"answers that come with the end count":                answersWithEnd,
	"opt-outs at carriers are noted with the attempt":     optOutHosted,
	"talks with callers at carriers end with who died":    talksHosted,
	"talks are not forgotten when the caller's call goes": talksForgotten,
}

func factsTogether(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	id := newID()
	told := []call.Fact{
		{ID: id, Trunk: "cloud", Name: "CA1", Phase: call.Accepted},
		{ID: id, Phase: call.Alerting},
		{ID: id, Name: "CA1", Phase: call.Talking, AnsweredAt: w.now, AnsweredBy: "human"},
		{ID: id, Phase: call.Over, EndedAt: w.now.Add(time.Minute), Status: "completed", Code: 200, Trouble: 7, Text: "all's well", Lasted: 59 * time.Second},
	}
	var want call.Fact
	for _, f := range told {
		want = want.With(f)
	}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0, 3}, {2, 2, 3, 0, 1}} {
		id = newID()
		want.ID = id
		var got call.Fact
		for _, i := range order {
			f := told[i]
			f.ID = id
			var err error
			got, err = w.s.SaveFact(t.Context(), f)
			w.ok("save a fact", err)
		}
		kept, err := w.open(store.Options{}).Facts(t.Context(), []string{"nobody's", id})
		w.ok("read facts", err)
		if diff := cmp.Diff([]call.Fact{want, want}, append(kept, got)); diff != "" {
			t.Errorf("in the order %v (-want +got):\n%s", order, diff)
		}
	}
	other, err := w.s.SaveFact(t.Context(), call.Fact{ID: id, Name: "CA2", Phase: call.Talking, Status: "wrong"})
	w.ok("save a fact of another call", err)
	named, errNamed := w.s.HostedCall(t.Context(), "CA1")
	w.ok("find a call by its name", errNamed)
	if other != want || named.Name != "CA1" {
		t.Errorf("with what was told of another call SaveFact = %+v, HostedCall = %+v; want it left out", other, named)
	}
	for _, name := range []string{"CA2", ""} {
		if _, err := w.s.HostedCall(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("HostedCall(%q) = %v; want ErrNotFound", name, err)
		}
	}
}

func factsAtOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	stores := []*store.Store{w.s, w.open(store.Options{Node: "b"})}
	ids := make([]string, 20)
	var wg sync.WaitGroup
	for i := range ids {
		ids[i] = newID()
		for j, f := range []call.Fact{
			{Name: "CA", Phase: call.Accepted}, {Phase: call.Alerting}, {Phase: call.Talking, AnsweredBy: "human"}, {Phase: call.Over, Status: "completed"},
		} {
			f.ID = ids[i]
			wg.Go(func() {
				if _, err := stores[j%2].SaveFact(t.Context(), f); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	facts, err := w.s.Facts(t.Context(), ids)
	w.ok("read facts", err)
	want := call.Fact{Name: "CA", Phase: call.Over, Rang: true, AnsweredBy: "human", Status: "completed"}
	for _, got := range facts {
		if want.ID = got.ID; got != want {
			t.Errorf("%+v; want %+v", got, want)
		}
	}
	if len(facts) != len(ids) {
		t.Errorf("%d calls are known; want %d", len(facts), len(ids))
	}
}

// hosted opens an attempt on a call that a carrier hosts, and returns it with
// its name there.
func (w *world) hosted(c campaigns.Contact) (a campaigns.Attempt, name string) {
	w.Helper()
	draft := attempt(c)
	draft.Leg, draft.FlowHash = campaigns.Leg{Carrier: "cloud", Target: string(c.Number)}, w.c.FlowHash
	a, v, err := w.s.BeginAttempt(w.Context(), campaigns.Begin{Attempt: draft, Allowed: true}, w.now)
	if err != nil || !v.Allowed {
		w.Fatalf("BeginAttempt = %+v, %v; want it allowed", v, err)
	}
	return a, "CA" + string(a.ID)
}

// tell has a node hear how far a call has come.
func (w *world) tell(s *store.Store, id, name string, phase call.Phase) {
	w.Helper()
	f := call.Fact{ID: id, Name: name, Phase: phase}
	if phase >= call.Talking {
		f.AnsweredAt = w.now
	}
	if phase == call.Over {
		f.EndedAt, f.Status = w.now, "completed"
	}
	_, err := s.SaveFact(w.Context(), f)
	w.ok("save a fact", err)
}

// answeredAt has a node hear that a call at a carrier is answered, and open it.
func (w *world) answeredAt(s *store.Store, a campaigns.Attempt, name string) call.Record {
	w.Helper()
	w.tell(s, string(a.ID), name, call.Talking)
	r, err := s.CallOf(w.Context(), a.ID)
	w.ok("make the record of a call", err)
	w.ok("open it", s.OpenCall(w.Context(), r))
	return r
}

// heard lists the ids of the calls at carriers that a node has to see to.
func (w *world) heard(s *store.Store) []string {
	w.Helper()
	facts, err := s.OpenHosted(w.Context())
	w.ok("list calls at carriers", err)
	ids := make([]string, len(facts))
	for i, f := range facts {
		ids[i] = f.ID
	}
	slices.Sort(ids)
	return ids
}

// sees checks which calls a node has to see to.
func (w *world) sees(s *store.Store, want ...string) {
	w.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(want, w.heard(s), cmp.Transformer("", func(l []string) []string { return append([]string{}, l...) })); diff != "" {
		w.Errorf("OpenHosted (-want +got):\n%s", diff)
	}
}

func factsOwned(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	other := w.open(store.Options{Node: "b"})
	w.renew(other, "b")
	a, name := w.hosted(w.claim(1)[0])
	w.tell(other, string(a.ID), name, call.Alerting)
	w.tell(other, "CAinbound", "CAinbound", call.Talking)
	w.sees(w.s, string(a.ID))
	w.sees(other, "CAinbound")
	r := w.answeredAt(other, a, name)
	w.tell(other, string(a.ID), name, call.Over)
	w.sees(w.s, string(a.ID)) // until it is closed
	w.ok("close", other.CloseCall(t.Context(), r.ID, call.ByFlow, w.now))
	w.tell(w.s, "CAinbound", "", call.Over)
	w.sees(w.s)
	w.sees(other)
}

func placedCalls(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := w.claim(1)[0]
	a, name := w.hosted(c)
	other := w.open(store.Options{Node: "b"})
	want := call.Record{
		Info: call.Info{
			ID: string(a.ID), To: string(c.Number), Trunk: "carrier", Campaign: w.c.ID, Contact: c.ID, Customer: customers(1)[0],
		},
		Direction: call.Outbound, FlowHash: w.c.FlowHash,
	}
	got, err := other.CallOf(t.Context(), a.ID)
	w.ok("make the record", err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CallOf (-want +got):\n%s", diff)
	}
	w.ok("mark", w.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{CallID: name}, w.now))
	w.end(a, campaigns.Answered)
	got, err = other.CallOf(t.Context(), a.ID)
	w.ok("make the record", err)
	if !got.EndedAt.Equal(w.now) || !got.AnsweredAt.Equal(w.now) {
		t.Errorf("CallOf of an attempt that has ended = %+v; want it to say so", got)
	}
	row, _, err := w.s.Attempt(t.Context(), a.ID)
	w.ok("read the attempt", err)
	if want := (campaigns.Leg{Carrier: "cloud", CallID: name, Target: string(c.Number)}); !cmp.Equal(row.Leg, want) {
		t.Errorf("its leg is %+v; want %+v", row.Leg, want)
	}
	if _, err := other.CallOf(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("CallOf of none = %v; want ErrNotFound", err)
	}
}

// movesHosted: a node dies with calls at its carrier, and two others find them at
// the same time. Each call goes to one of them, which sees it to its end.
func movesHosted(t *testing.T, url func(testing.TB) string) {
	const n = 6
	w := newWorld(t, url, n+1, nil)
	claimed := w.claim(n + 1)
	var all []campaigns.AttemptID
	for i, c := range claimed[:n] {
		a, name := w.hosted(c)
		all = append(all, a.ID)
		switch i % 3 {
		case 0: // nothing is known of the call, but that it was answered
			r, err := w.s.CallOf(t.Context(), a.ID)
			w.ok("make the record of a call", err)
			w.ok("open it", w.s.OpenCall(t.Context(), r))
		case 1:
			w.tell(w.s, string(a.ID), name, call.Alerting)
		case 2:
			r := w.answeredAt(w.s, a, name)
			s := step(r, 1, w.now, "satisfied", "1")
			s.Hosted = true
			w.commit(s)
		}
	}
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

func unknownHosted(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a, name := w.hosted(w.claim(1)[0])
	w.end(a, campaigns.NotKnown)
	w.is(a.Contact, campaigns.Unknown)
	w.now = w.now.Add(time.Second)
	w.s = w.again()
	if left, err := w.s.Recover(t.Context(), theNode, w.now); err != nil || len(left) != 0 {
		t.Errorf("Recover = %v, %v; want nothing: nobody ends such a call", left, err)
	}
	if list, err := w.s.Unknowns(t.Context(), w.c.ID); err != nil || len(list) != 1 || list[0].ID != a.ID {
		t.Errorf("Unknowns = %v, %v; want the attempt", list, err)
	}
	w.tell(w.s, string(a.ID), name, call.Over) // after all
	w.end(a, campaigns.Busy)
	w.is(a.Contact, campaigns.Pending)
	w.adds(w.c.ID)
}

// overtakenAnswers: the report of keys comes after that of the end.
func overtakenAnswers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	claimed := w.claim(2)
	for i, c := range claimed {
		a, name := w.hosted(c)
		r := w.answeredAt(w.s, a, name)
		if i == 0 {
			w.end(a, campaigns.Answered)
			w.is(c.ID, campaigns.Partial)
		} else { // its node took it for lost
			w.end(a, campaigns.NotKnown)
			w.is(c.ID, campaigns.Unknown)
		}
		if i == 0 {
			w.closed(r, call.ByCaller)
		}
		s := step(r, 1, w.now, "satisfied", "1")
		s.Hosted = true
		w.commit(s)
		w.is(c.ID, campaigns.Completed)
	}
	c := w.contacts()[2]
	r := w.opensInbound(c)
	w.closed(r, call.ByCaller)
	w.is(c.ID, campaigns.Partial)
	s := step(r, 1, w.now, "satisfied", "1")
	s.Hosted = true
	w.commit(s)
	w.is(c.ID, campaigns.Completed)
	if f := w.adds(w.c.ID); f.Answers["satisfied"]["1"] != 3 {
		t.Errorf("answers = %v; want 3", f.Answers)
	}
}

// answersWithEnd: one node hears of keys while another hears of the end.
func answersWithEnd(t *testing.T, url func(testing.TB) string) {
	const n = 24
	w := newWorld(t, url, n, nil)
	other := w.open(store.Options{Node: "b"})
	var wg sync.WaitGroup
	for _, c := range w.claim(n) {
		a, name := w.hosted(c)
		r := w.answeredAt(other, a, name)
		s := step(r, 1, w.now, "satisfied", "1")
		s.Hosted = true
		for _, do := range []func() error{
			func() error { return other.CommitStep(t.Context(), s) },
			func() error { return other.CloseCall(t.Context(), r.ID, call.ByCaller, w.now) },
			func() error {
				return w.s.EndAttempt(t.Context(), campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: w.now})
			},
		} {
			wg.Go(func() {
				if err := do(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if f := w.adds(w.c.ID); f.ByState[campaigns.Completed] != n {
		t.Errorf("funnel = %+v; want %d completed", f, n)
	}
}

func optOutHosted(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a, name := w.hosted(w.claim(1)[0])
	s := stepOut(w.answeredAt(w.s, a, name), a.Number, "", w.now)
	s.Hosted = true
	w.commit(s)
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
		Attempt: a.ID, Disposition: campaigns.Answered, At: w.now, Reception: campaigns.Reception{Party: campaigns.HumanParty},
	}))
	row, _, err := w.s.Attempt(t.Context(), a.ID)
	if err != nil || !row.Reception.OptedOut || row.Reception.Party != campaigns.HumanParty {
		t.Errorf("the callee was received as %+v, %v; want it noted that they asked for no more calls", row.Reception, err)
	}
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
	var callers []string
	for _, c := range w.contacts() {
		callers = append(callers, w.opensInbound(c).ID)
	}
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
	var callers []string
	for _, c := range w.contacts() {
		callers = append(callers, w.opensInbound(c).ID)
	}
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
