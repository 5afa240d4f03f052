package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var refusalTests = tests{
	"do-not-call holds for every number of a customer": refusedByAny,
	"do-not-call holds for a customer's new number":    refusedByKey,
	"do-not-call entries keep their history":           refusalHistory,
	"do-not-call lists are imported as a whole":        importsRefusals,
	"do-not-call imports hold once they have returned": importsAtOnce,
	"do-not-call opt-outs of many do not deadlock":     optOutsAtOnce,
	"stopping all holds every node":                    stopsEverywhere,
}

// doNotCalls reads the do-not-call list.
func (w *world) doNotCalls(f store.RefusalFilter) []store.DoNotCall {
	w.Helper()
	var list []store.DoNotCall
	for e, err := range w.s.DoNotCalls(w.Context(), f) {
		w.ok("read the do-not-call list", err)
		list = append(list, e)
	}
	return list
}

func refusedByAny(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	w.withOthers(3)
	waits := w.contacts()[0]
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: other(0), Why: "by letter", By: "anna", At: w.now}))
	w.is(waits.ID, campaigns.Suppressed)
	// Those who come later are held as they are to be called.
	second := w.campaign("second", nil)
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: other(1), Campaign: w.c.ID, Why: "of the first", At: w.now}))
	w.c = second
	list := w.claim(9)
	check := w.heldBy(list[0], campaigns.RuleDoNotCall)
	if want := "on the do-not-call list since 2026-12-01: by letter (by anna)"; check.Detail != want {
		t.Errorf("it says %q; want %q", check.Detail, want)
	}
	w.is(list[0].ID, campaigns.Suppressed)
	w.asks(list[1]) // another campaign's entry
	w.asks(list[2])
	w.adds(second.ID)
}

func refusedByKey(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	key := customers(1)[0].Key
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{List: theList, Key: key, At: w.now}))
	moved := customers(1)
	moved[0].Number = "+8613900000000"
	_, err := w.s.ImportCustomers(t.Context(), theList, moved, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	w.c = w.campaign("second", nil)
	list := w.claim(9)
	w.heldBy(list[0], campaigns.RuleDoNotCall)
	w.asks(list[1])
}

func refusalHistory(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	e := store.DoNotCall{Number: number(0), Why: "by letter", By: "anna", At: w.now}
	w.ok("add", w.s.AddDoNotCall(t.Context(), e))
	lifted := w.now.Add(time.Hour)
	_, err := w.s.LiftDoNotCall(t.Context(), e, "bob", "by mistake", lifted)
	w.ok("lift", err)
	again := store.DoNotCall{Number: number(0), Why: "by phone", By: "anna", At: w.now.Add(2 * time.Hour)}
	w.ok("add", w.s.AddDoNotCall(t.Context(), again))
	w.ok("add what is there", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(0), Why: "later", At: w.now.Add(3 * time.Hour)}))
	if diff := cmp.Diff([]store.DoNotCall{again}, w.doNotCalls(store.RefusalFilter{})); diff != "" {
		t.Errorf("what holds (-want +got):\n%s", diff)
	}
	e.LiftedAt, e.LiftedBy, e.LiftedWhy = lifted, "bob", "by mistake"
	want := []store.DoNotCall{again, e}
	if diff := cmp.Diff(want, w.doNotCalls(store.RefusalFilter{History: true})); diff != "" {
		t.Errorf("all that ever was (-want +got):\n%s", diff)
	}
	got, err := w.s.RefusalsOf(t.Context(), number(0))
	w.ok("look it up", err)
	if diff := cmp.Diff([]store.DoNotCall{e, again}, got); diff != "" {
		t.Errorf("of the number, oldest first (-want +got):\n%s", diff)
	}
	if _, err := w.s.LiftDoNotCall(t.Context(), store.DoNotCall{Number: number(9)}, "bob", "x", lifted); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("LiftDoNotCall of none = %v; want ErrNotFound", err)
	}
}

// entries are the numbers of customers from one to below another.
func entries(from, below int) []store.DoNotCall {
	var list []store.DoNotCall
	for i := from; i < below; i++ {
		list = append(list, store.DoNotCall{Number: number(i), Why: "registered"})
	}
	return list
}

func importsRefusals(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 60, nil)
	day := w.now.Truncate(24 * time.Hour)
	o := store.RefusalImport{Source: "us-dnc", AsOf: day, By: "anna", Now: w.now, DryRun: true}
	runs := func(list []store.DoNotCall, want store.RefusalsImported) {
		t.Helper()
		told := 0
		o.Progress = func(n int) { told = n }
		got, err := w.s.ImportDoNotCall(t.Context(), list, o)
		if err != nil || got != want || told != len(list) {
			t.Errorf("ImportDoNotCall = %+v, %v, told of %d; want %+v of %d", got, err, told, want, len(list))
		}
	}
	runs(entries(0, 50), store.RefusalsImported{Added: 50})
	if list := w.doNotCalls(store.RefusalFilter{}); len(list) > 0 {
		t.Fatalf("a dry run left %d entries", len(list))
	}
	o.DryRun = false
	runs(entries(0, 50), store.RefusalsImported{Added: 50})
	if f := w.adds(w.c.ID); f.ByState[campaigns.Suppressed] != 50 || f.ByState[campaigns.Pending] != 10 {
		t.Errorf("by state: %v; want 50 suppressed", f.ByState)
	}
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(0), Why: "by letter", At: w.now}))
	o.AsOf, o.Replace = day.Add(7*24*time.Hour), true
	runs(entries(20, 55), store.RefusalsImported{Added: 5, Already: 30, Lifted: 20})
	if list := w.doNotCalls(store.RefusalFilter{Source: "us-dnc"}); len(list) != 35 || !list[0].AsOf.Equal(o.AsOf) {
		t.Errorf("%d entries of the registry hold, the first %+v; want 35 of the newer date", len(list), list[0])
	}
	if list := w.doNotCalls(store.RefusalFilter{}); len(list) != 36 {
		t.Errorf("%d entries hold; want those and the one who asked", len(list))
	}
	w.c = w.campaign("second", nil)
	for _, c := range w.claim(60) {
		switch c.Number {
		case number(0): // somebody asked
			w.heldBy(c, campaigns.RuleDoNotCall)
		case number(1): // no longer registered
			w.asks(c)
		case number(54):
			if got, want := w.heldBy(c, campaigns.RuleDoNotCall).Detail, "on us-dnc as of 2026-12-08 since 2026-12-01: registered (by anna)"; got != want {
				t.Errorf("it says %q; want %q", got, want)
			}
		}
	}
	o.Source = ""
	if _, err := w.s.ImportDoNotCall(t.Context(), nil, o); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("replacing what people asked for = %v; want ErrNotAllowed", err)
	}
}

// importsAtOnce: attempts are begun from two processes while a list is imported;
// once the import has returned none begins.
func importsAtOnce(t *testing.T, url func(testing.TB) string) {
	const n = 40
	w := newWorld(t, url, n, nil)
	w.withOthers(n)
	second := w.campaign("second", nil)
	far := w.open(store.Options{})
	w.renew(far, "b")
	mine := w.claim(n)
	theirs, err := far.Claim(t.Context(), "b", second.ID, n, w.now)
	w.ok("claim", err)
	var wg sync.WaitGroup
	returned := make(chan struct{})
	try := func(s *store.Store, node string, list []campaigns.Contact) {
		for _, c := range list {
			over := false
			select {
			case <-returned:
				over = true
			default:
			}
			b := ask(c)
			b.Attempt.Node = node
			_, v, err := s.BeginAttempt(t.Context(), b, w.now)
			if err != nil || v.Allowed && over {
				t.Errorf("BeginAttempt after the import: allowed %v, %v", v.Allowed, err)
			}
		}
	}
	wg.Go(func() { try(w.s, theNode, mine) })
	wg.Go(func() { try(far, "b", theirs.Contacts) })
	wg.Go(func() {
		defer close(returned)
		_, err := w.s.ImportDoNotCall(t.Context(), entries(0, n), store.RefusalImport{Now: w.now})
		if err != nil {
			t.Errorf("ImportDoNotCall: %v", err)
		}
	})
	wg.Wait()
	w.adds(w.c.ID)
	w.adds(second.ID)
}

// optOutsAtOnce: callers of two processes opt out by numbers that they share, in
// whatever order, while others begin.
func optOutsAtOnce(t *testing.T, url func(testing.TB) string) {
	const n = 10
	w := newWorld(t, url, n, nil)
	rows := customers(n)
	for i := range rows {
		rows[i].Others = []phone.Number{number(n - 1 - i)}
	}
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	far := w.open(store.Options{Node: "b"})
	w.renew(far, "b")
	list := w.claim(n)
	r := w.answered(w.asks(list[0]))
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, _, err := w.s.BeginAttempt(t.Context(), ask(list[i]), w.now); err != nil {
				t.Errorf("BeginAttempt: %v", err)
			}
		})
		for _, s := range []*store.Store{w.s, far} {
			wg.Go(func() {
				e := store.DoNotCall{Number: number(i), At: w.now}
				if err := s.AddDoNotCall(t.Context(), e); err != nil {
					t.Errorf("AddDoNotCall: %v", err)
				}
			})
		}
	}
	wg.Go(func() { w.commit(stepOut(r, list[0].Number, "", w.now)) })
	wg.Wait()
	for _, c := range w.claim(n) {
		t.Errorf("%s can still be claimed", c.ID)
	}
	w.adds(w.c.ID)
}

// stopsEverywhere: once StopAll has returned no attempt begins, on whatever node,
// also after a restart, until it is lifted. As an INVITE leaves within a second
// of its attempt or never, none leaves two seconds later.
func stopsEverywhere(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	far := w.open(store.Options{})
	w.renew(far, "b")
	mine := w.claim(1)[0]
	theirs, err := far.Claim(t.Context(), "b", w.c.ID, 1, w.now)
	w.ok("claim", err)
	before := w.claim(1)[0]
	w.asks(before)
	w.ok("stop all", far.StopAll(t.Context(), "complaints", w.now))
	w.heldBy(mine, campaigns.RuleCampaign)
	b := ask(theirs.Contacts[0])
	b.Attempt.Node = "b"
	if _, v, failed := far.BeginAttempt(t.Context(), b, w.now); failed != nil || v.Allowed || failedRules(v) != campaigns.RuleCampaign {
		t.Errorf("on the other node: %+v, %v; want it held", v, failed)
	}
	again := w.again()
	_, err = again.Recover(t.Context(), theNode, w.now)
	w.ok("recover", err)
	if running, err := again.Running(t.Context()); err != nil || len(running) > 0 {
		t.Errorf("after a restart %d campaigns are dialed, %v; want none", len(running), err)
	}
	w.s = again
	for _, c := range w.claim(9) { // as a node would that has not heard of it
		w.heldBy(c, campaigns.RuleCampaign)
	}
	w.ok("lift", far.LiftStop(t.Context()))
	w.asks(w.claim(1)[0])
	w.adds(w.c.ID)
}
