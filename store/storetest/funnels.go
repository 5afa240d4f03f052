package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
)

var funnelTests = tests{
	"funnels agree with the raw records":   funnelAgrees,
	"histories agree with the raw records": historiesAgree,
}

// funnelAgrees plays a random day of a campaign and counts it twice: by Funnel,
// and from the contacts, the ledger, the calls and the answers.
func funnelAgrees(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 60, func(d *campaigns.Definition) { d.HoldOut = 0.1 })
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 0))
	for range 12 {
		w.renew(w.s, theNode)
		for _, c := range w.claim(25) {
			w.play(c, chance)
		}
		w.now = w.now.Add(20 * time.Minute)
	}
	got := w.adds(w.c.ID)
	if diff := cmp.Diff(w.recount(), got); diff != "" {
		t.Errorf("seed %d: Funnel (-counted from the records +got):\n%s", seed, diff)
	}
	if got.Connected == 0 || got.Completed == 0 || got.Accepted == 0 || got.Attempts < 25 {
		t.Errorf("seed %d: funnel = %+v; want a day on which things happen", seed, got)
	}
}

// historiesAgree goes through more contacts than fit a page.
func historiesAgree(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1100, nil)
	chance := rand.New(rand.NewPCG(7, 0))
	for range 2 {
		w.renew(w.s, theNode)
		for _, c := range w.claim(25) {
			w.play(c, chance)
		}
		w.now = w.now.Add(time.Hour)
	}
	want := map[campaigns.ContactID]campaigns.History{}
	for _, c := range w.contacts() {
		want[c.ID] = campaigns.History{Contact: c}
	}
	for a, err := range w.s.Attempts(t.Context(), w.c.ID) {
		w.ok("list attempts", err)
		h := want[a.Contact]
		if h.First.IsZero() {
			h.First = a.BegunAt
		}
		h.Last, h.Ended = a.BegunAt, a.EndedAt
		if !a.AnsweredAt.IsZero() {
			h.Answered = a.AnsweredAt
		}
		want[a.Contact] = h
	}
	for a, err := range w.s.Answers(t.Context(), w.c.ID) {
		w.ok("list answers", err)
		h := want[a.Contact]
		if h.Results == nil {
			h.Results = map[string]string{}
		}
		h.Results[a.Result] = a.Value
		want[a.Contact] = h
	}
	got, last := map[campaigns.ContactID]campaigns.History{}, ""
	for h, err := range w.s.Histories(t.Context(), w.c.ID) {
		w.ok("go through the histories", err)
		if h.Key <= last {
			t.Fatalf("%s comes after %s", h.Key, last)
		}
		got[h.ID], last = h, h.Key
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("histories (-of the records +got):\n%s", diff)
	}
}

// play does one thing or another with a contact.
func (w *world) play(c campaigns.Contact, chance *rand.Rand) {
	w.Helper()
	switch chance.IntN(8) {
	case 0, 1:
		r := w.comesIn(c)
		w.maybeAnswer(r, chance)
		w.closed(r, call.ByCaller)
	case 2, 3, 4:
		a := w.begin(c)
		r := w.answered(a)
		w.maybeAnswer(r, chance)
		end := campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: w.now}
		if chance.IntN(3) == 0 {
			end.Reception.Party = campaigns.MachineParty
		}
		w.ok("end an attempt", w.s.EndAttempt(w.Context(), end))
		w.closed(r, call.ByFlow)
	default:
		all := campaigns.Dispositions()
		w.end(w.begin(c), all[1+chance.IntN(len(all)-1)])
	}
}

func (w *world) maybeAnswer(r call.Record, chance *rand.Rand) {
	w.Helper()
	for seq := 1; seq <= chance.IntN(3); seq++ {
		w.commit(step(r, seq, w.now, "satisfied", fmt.Sprint(1+chance.IntN(2))))
	}
}

// recount counts the campaign from its raw records.
func (w *world) recount() campaigns.Funnel {
	w.Helper()
	f := campaigns.NewFunnel()
	reached := map[campaigns.ContactID]bool{}
	for a, err := range w.s.Attempts(w.Context(), w.c.ID) {
		w.ok("list attempts", err)
		f.AddAttempts(a.Disposition, 1)
		reached[a.Contact] = reached[a.Contact] || !a.AnsweredAt.IsZero() && a.Reception.Party != campaigns.MachineParty
	}
	for r, err := range w.s.Calls(w.Context()) {
		w.ok("list calls", err)
		reached[r.Contact] = reached[r.Contact] || !r.AnsweredAt.IsZero() && r.Direction == call.Inbound
	}
	results := map[campaigns.ContactID]map[string]string{}
	for a, err := range w.s.Answers(w.Context(), w.c.ID) {
		w.ok("list answers", err)
		if results[a.Contact] == nil {
			results[a.Contact] = map[string]string{}
		}
		results[a.Contact][a.Result] = a.Value // the calls' ids are in the order of time
	}
	for _, c := range w.contacts() {
		f.AddContact(w.c.Definition, c.State, reached[c.ID], results[c.ID])
	}
	return *f
}
