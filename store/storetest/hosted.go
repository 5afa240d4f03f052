package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
