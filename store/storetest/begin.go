package storetest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var beginTests = tests{
	"begin commits the attempt with its reasons": beginCommits,
	"begin opens one attempt a number":           oneOpen,
	"begin asks at the last instant":             lastInstant,
	"begin goes on by another trunk":             anotherTrunk,
	"begin counts the day over all campaigns":    perDay,
	"begin counts calls by another trunk":        perDayTrunks,
	"begin heeds do-not-call without a reason":   noReason,
	"begin leaves alone who has been withdrawn":  withdrawnBetween,
	"begin follows a changed number":             changedNumber,
}

func beginCommits(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := w.claim(1)[0]
	want := attempt(c)
	got, v, err := w.s.BeginAttempt(t.Context(), campaigns.Begin{Attempt: want, Allowed: true}, w.now)
	w.ok("begin", err)
	want.Ordinal, want.BegunAt, want.Verdict = 1, w.now, v
	if diff := cmp.Diff(want, got); diff != "" || !v.Allowed {
		t.Errorf("BeginAttempt (-want +got):\n%s", diff)
	}
	stored, in, err := w.open(store.Options{}).Attempt(t.Context(), want.ID)
	w.ok("read it in another process", err)
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("stored attempt (-want +got):\n%s", diff)
	}
	if in.Number != c.Number || !in.Claimed || !in.Allowed || in.Campaign != campaigns.Running || in.Contact != campaigns.Pending {
		t.Errorf("stored inputs = %+v; want those of a pending contact, claimed and allowed", in)
	}
	w.is(c.ID, campaigns.Dialing)
	w.refused(campaigns.Begin{Attempt: attempt(c), Allowed: true})
	w.is(c.ID, campaigns.Dialing)
}

// oneOpen begins attempts on the same numbers from two campaigns, two
// processes and many goroutines at once.
func oneOpen(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 12, nil)
	second := w.campaign("second", nil)
	other := w.open(store.Options{})
	w.renew(other, "b")
	mine := w.claim(12)
	theirs, err := other.Claim(t.Context(), "b", second.ID, 12, w.now)
	w.ok("claim", err)
	var mu sync.Mutex
	begun := map[string]int{}
	var wg sync.WaitGroup
	begin := func(s *store.Store, node string, c campaigns.Contact) {
		a := attempt(c)
		a.Node = node
		got, v, err := s.BeginAttempt(t.Context(), campaigns.Begin{Attempt: a, Allowed: true}, w.now)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("BeginAttempt: %v", err)
		}
		if v.Allowed && got.ID == a.ID {
			begun[string(c.Number)]++
		}
	}
	for i := range mine {
		for range 2 {
			wg.Go(func() { begin(w.s, theNode, mine[i]) })
			wg.Go(func() { begin(other, "b", theirs.Contacts[i]) })
		}
	}
	wg.Wait()
	open := map[string]int{}
	for _, id := range []campaigns.ID{w.c.ID, second.ID} {
		for a, err := range w.s.Attempts(t.Context(), id) {
			w.ok("list attempts", err)
			open[string(a.Number)]++
		}
		w.adds(id)
	}
	for i := range 12 {
		n := string(number(i))
		if begun[n] != 1 || open[n] != 1 {
			t.Errorf("number %s: %d attempts were begun, %d rows are open; want 1 each", n, begun[n], open[n])
		}
	}
}

func lastInstant(t *testing.T, url func(testing.TB) string) {
	for _, tt := range []struct {
		name  string
		when  func(w *world, c campaigns.Contact)
		b     func(*campaigns.Begin)
		rule  string
		state campaigns.ContactState
		later bool // due after now
	}{
		{name: "paused", rule: "campaign", state: campaigns.Pending, when: func(w *world, _ campaigns.Contact) {
			_, err := w.s.Pause(t.Context(), w.c.ID, w.now)
			w.ok("pause", err)
		}},
		{name: "all stopped", rule: "campaign", state: campaigns.Pending, when: func(w *world, _ campaigns.Contact) {
			w.ok("stop all", w.s.StopAll(t.Context(), "complaints", w.now))
		}},
		{name: "do not call", rule: "contact", state: campaigns.Suppressed, when: func(w *world, c campaigns.Contact) {
			w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: c.Number, Why: "by letter", At: w.now}))
		}},
		{name: "withdrawn", rule: "contact", state: campaigns.Withdrawn, when: func(w *world, c campaigns.Contact) {
			_, err := w.s.WithdrawFromCampaign(t.Context(), w.c.ID, []phone.Number{c.Number})
			w.ok("withdraw", err)
		}},
		{name: "no longer ours", rule: "claim", state: campaigns.Pending, when: func(w *world, c campaigns.Contact) {
			w.ok("release", w.s.Release(t.Context(), theNode, []campaigns.ContactID{c.ID}, w.now))
		}},
		{name: "lease over", rule: "claim", state: campaigns.Pending, when: func(w *world, _ campaigns.Contact) {
			w.now = w.now.Add(21 * time.Second)
		}},
		{name: "not allowed", rule: "destination", state: campaigns.Pending, later: true, b: func(b *campaigns.Begin) {
			b.Allowed = false
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, url, 1, nil)
			c := w.claim(1)[0]
			if tt.when != nil {
				tt.when(w, c)
			}
			b := campaigns.Begin{Attempt: attempt(c), Allowed: true}
			if tt.b != nil {
				tt.b(&b)
			}
			v := w.refused(b)
			if failed := failedRules(v); !strings.Contains(failed, tt.rule) {
				t.Errorf("it failed %q; want %q among them", failed, tt.rule)
			}
			got := w.contact(c.ID)
			if got.State != tt.state {
				t.Errorf("the contact is %s; want %s", got.State, tt.state)
			}
			if got.Due.After(w.now) != tt.later {
				t.Errorf("the contact is due at %v; want later than now: %v", got.Due, tt.later)
			}
			if f := w.adds(w.c.ID); f.Attempts != 0 {
				t.Errorf("%d rows were made; want none", f.Attempts)
			}
		})
	}
}

func failedRules(v campaigns.Verdict) string {
	var failed []string
	for _, c := range v.Checks {
		if !c.Passed {
			failed = append(failed, c.Rule)
		}
	}
	return strings.Join(failed, " ")
}

func anotherTrunk(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	for i, c := range w.claim(2) {
		first := w.begin(c)
		w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
			Attempt: first.ID, Disposition: campaigns.Congestion, At: w.now, Failover: true,
		}))
		w.is(c.ID, campaigns.Dialing)
		next := attempt(c)
		next.Try, next.Trunk = 2, "other"
		if i == 1 {
			v := w.refused(campaigns.Begin{Attempt: next, Allowed: false})
			w.is(c.ID, campaigns.Pending)
			if got := w.contact(c.ID); got.Faults != 1 || got.Last != campaigns.Congestion || !got.Due.After(w.now) {
				t.Errorf("after a second trunk was refused (%v): %+v; want one fault, due later", v, got)
			}
			continue
		}
		second, v, err := w.s.BeginAttempt(t.Context(), campaigns.Begin{Attempt: next, Allowed: true}, w.now)
		w.ok("begin by another trunk", err)
		if !v.Allowed || second.Ordinal != 1 || second.Try != 2 {
			t.Fatalf("the second try = %+v, %+v; want ordinal 1, try 2", second, v)
		}
		w.end(second, campaigns.Busy)
		w.is(c.ID, campaigns.Pending)
	}
	if f := w.adds(w.c.ID); f.Attempts != 3 || f.ByDisposition[campaigns.Congestion] != 2 {
		t.Errorf("funnel = %+v; want 3 rows, 2 of them congestion", f)
	}
}

func perDay(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	second := w.campaign("second", func(d *campaigns.Definition) { d.PerDay = 1 })
	first := w.claim(1)[0]
	w.end(w.begin(first), campaigns.Busy)
	w.now = w.now.Add(time.Hour)
	w.renew(w.s, theNode)
	w.c = second
	c := w.claim(1)[0]
	if v := w.refused(campaigns.Begin{Attempt: attempt(c), Allowed: true}); failedRules(v) != campaigns.RulePerDay {
		t.Errorf("it failed %q; want %s", failedRules(v), campaigns.RulePerDay)
	}
	if got, want := w.contact(c.ID).Due, w.now.Add(23*time.Hour); !got.Equal(want) {
		t.Errorf("due at %v; want %v", got, want)
	}
}

// perDayTrunks: a call that another trunk took after the first had refused it
// is one of the day.
func perDayTrunks(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.PerDay = 1 })
	c := w.claim(1)[0]
	w.end(w.second(c), campaigns.Busy)
	w.now = w.now.Add(time.Hour)
	w.renew(w.s, theNode)
	c = w.claim(1)[0]
	if v := w.refused(campaigns.Begin{Attempt: attempt(c), Allowed: true}); failedRules(v) != campaigns.RulePerDay {
		t.Errorf("it failed %q; want %s", failedRules(v), campaigns.RulePerDay)
	}
}

// refusedBy begins an attempt that its trunk refuses, and returns the next try.
func (w *world) refusedBy(c campaigns.Contact) campaigns.Begin {
	w.Helper()
	w.ok("end", w.s.EndAttempt(w.Context(), campaigns.End{
		Attempt: w.begin(c).ID, Disposition: campaigns.Congestion, At: w.now, Failover: true,
	}))
	next := attempt(c)
	next.Try, next.Trunk = 2, "other"
	return campaigns.Begin{Attempt: next, Allowed: true}
}

// second begins an attempt that goes on by another trunk.
func (w *world) second(c campaigns.Contact) campaigns.Attempt {
	w.Helper()
	a, v, err := w.s.BeginAttempt(w.Context(), w.refusedBy(c), w.now)
	w.ok("begin by another trunk", err)
	if !v.Allowed {
		w.Fatalf("BeginAttempt was refused: %+v", v)
	}
	return a
}

// noReason: a number that is on the list is not called, whatever is noted
// beside it.
func noReason(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(0), At: w.now}))
	w.c = w.campaign("second", nil)
	c := w.claim(1)[0]
	if v := w.refused(campaigns.Begin{Attempt: attempt(c), Allowed: true}); failedRules(v) != campaigns.RuleDoNotCall {
		t.Errorf("it failed %q; want %s", failedRules(v), campaigns.RuleDoNotCall)
	}
	w.is(c.ID, campaigns.Suppressed)
}

// withdrawnBetween: who was withdrawn while a trunk refused the call is not
// called by another.
func withdrawnBetween(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := w.claim(1)[0]
	next := w.refusedBy(c)
	_, err := w.s.WithdrawFromCampaign(t.Context(), w.c.ID, []phone.Number{c.Number})
	w.ok("withdraw", err)
	w.refused(next)
	w.is(c.ID, campaigns.Withdrawn)
}

func changedNumber(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	old := w.claim(1)[0]
	moved := customers(1)
	moved[0].Number = "+8613900000000"
	_, err := w.s.ImportCustomers(t.Context(), theList, moved, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	if v := w.refused(campaigns.Begin{Attempt: attempt(old), Allowed: true}); failedRules(v) != store.RuleNumber {
		t.Errorf("it failed %q; want %s", failedRules(v), store.RuleNumber)
	}
	c := w.claim(1)[0]
	if c.Number != moved[0].Number {
		t.Fatalf("the contact's number is %s; want the new one", c.Number)
	}
	a := w.begin(c)
	moved[0].Number = "+8613900000001"
	_, err = w.s.ImportCustomers(t.Context(), theList, moved, store.ImportOptions{Now: w.now})
	w.ok("import during a call", err)
	w.end(a, campaigns.Busy)
	if got := w.contact(c.ID).Number; got != moved[0].Number {
		t.Errorf("after the call the contact's number is %s; want the newest", got)
	}
}
