package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

var policyTests = tests{
	"policy counts all numbers of a customer":   capsOverNumbers,
	"policy follows who has a new number":       capsOverChange,
	"policy rings one number of a customer":     oneOfCustomer,
	"policy rings one number, whoever has it":   oneOfMany,
	"policy lets contacts expire":               expires,
	"policy lets campaigns expire":              campaignExpires,
	"policy asks for consent":                   asksConsent,
	"policy takes a consent back":               takesBack,
	"policy rests after an abandoned call":      restsAfter,
	"policy lets agents dial who rests":         restsNotForAgents,
	"policy counts conversations":               countsTalks,
	"policy keeps sources and figures":          keepsFigures,
	"policy refuses short rings":                shortRings,
	"policy knows calendars by name":            unknownCalendar,
	"policy goes on to the next number":         nextNumbers,
	"policy never calls who is held out":        neverHeldOut,
	"policy finds numbers that are unknown yet": staleNumbers,
}

// other is a further number of the i-th customer.
func other(i int) phone.Number { return phone.Number(fmt.Sprintf("+86139%08d", i)) }

// withOthers gives each of n customers a second number.
func (w *world) withOthers(n int) {
	w.Helper()
	rows := customers(n)
	for i := range rows {
		rows[i].Others = []phone.Number{other(i)}
	}
	_, err := w.s.ImportCustomers(w.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
}

// ask is what the dialer hands in for a contact with all its numbers.
func ask(c campaigns.Contact) campaigns.Begin {
	return campaigns.Begin{Attempt: attempt(c), Numbers: c.Numbers(), Allowed: true}
}

// asks begins an attempt that must be allowed.
func (w *world) asks(c campaigns.Contact) campaigns.Attempt {
	w.Helper()
	a, v, err := w.s.BeginAttempt(w.Context(), ask(c), w.now)
	w.ok("begin", err)
	if !v.Allowed {
		w.Fatalf("BeginAttempt was refused by %s: %+v", failedRules(v), v)
	}
	return a
}

// heldBy begins an attempt that one rule must refuse.
func (w *world) heldBy(c campaigns.Contact, rule string) campaigns.Check {
	w.Helper()
	v := w.refused(ask(c))
	if failedRules(v) != rule {
		w.Fatalf("it failed %q; want %q: %+v", failedRules(v), rule, v)
	}
	check, _ := v.Failed(rule)
	return check
}

// later lets time pass.
func (w *world) later(d time.Duration) {
	w.Helper()
	w.now = w.now.Add(d)
	w.renew(w.s, theNode)
}

// one claims the only contact of a campaign that is due.
func (w *world) one(c campaigns.Campaign) campaigns.Contact {
	w.Helper()
	w.c = c
	list := w.claim(9)
	if len(list) != 1 {
		w.Fatalf("%d contacts can be claimed of %s; want 1", len(list), c.Name)
	}
	return list[0]
}

func capsOverNumbers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.withOthers(1)
	// Another list has the same person by the further number.
	_, err := w.s.ImportCustomers(t.Context(), "other", []campaigns.Customer{{Key: "x", Number: other(0)}}, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	first := w.c
	second := w.campaign("second", func(d *campaigns.Definition) { d.List, d.Per5Min, d.PerDay = "other", 1, 2 })
	w.end(w.asks(w.one(first)), campaigns.Busy)
	w.later(time.Minute)
	// The first number of the first list has been called, not this one.
	if c := w.one(second); c.Number != other(0) {
		t.Fatalf("the contact's number is %s", string(c.Number))
	} else {
		w.end(w.asks(c), campaigns.NoAnswer)
	}
	third := w.campaign("third", func(d *campaigns.Definition) { d.Per5Min, d.PerDay = 1, 2 })
	c := w.one(third)
	v := w.refused(ask(c))
	if failedRules(v) != "per_5min per_day" && failedRules(v) != "per_day per_5min" {
		t.Errorf("it failed %q; want both caps", failedRules(v))
	}
	if check, _ := v.Failed(campaigns.RulePerDay); check.Detail != "2 of 2 in 24 h" {
		t.Errorf("per_day says %q; want 2 of 2: both numbers count", check.Detail)
	}
	if got, want := w.contact(c.ID).Due, w.now.Add(24*time.Hour-time.Minute); !got.Equal(want) {
		t.Errorf("due at %v; want %v, as the first call leaves the window", got, want)
	}
}

// capsOverChange: a new number does not make a new customer.
func capsOverChange(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	first, second := w.c, w.campaign("second", func(d *campaigns.Definition) { d.PerWeek = 1 })
	w.end(w.asks(w.one(first)), campaigns.Busy)
	moved := customers(1)
	moved[0].Number = "+8613900000000"
	_, err := w.s.ImportCustomers(t.Context(), theList, moved, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	w.later(6 * 24 * time.Hour)
	w.heldBy(w.one(second), campaigns.RulePerWeek)
	w.later(24 * time.Hour)
	w.asks(w.one(second))
}

func oneOfCustomer(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	w.withOthers(1)
	first, second := w.c, w.campaign("second", nil)
	// Whoever has the further number is the same person, whatever the list.
	_, err := w.s.ImportCustomers(t.Context(), "other", []campaigns.Customer{{Key: "x", Number: other(0)}}, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	third := w.campaign("third", func(d *campaigns.Definition) { d.List = "other" })
	a := w.asks(w.one(first))
	w.heldBy(w.one(second), campaigns.RuleOpen)
	w.heldBy(w.one(third), campaigns.RuleOpen)
	w.end(a, campaigns.Answered)
	w.later(time.Minute)
	w.asks(w.one(third))
	w.heldBy(w.one(second), campaigns.RuleOpen)
}

// oneOfMany begins attempts on people who share numbers in a ring, from two
// processes and two campaigns at once: no two that share one ring at a time, and
// nobody waits for ever.
func oneOfMany(t *testing.T, url func(testing.TB) string) {
	const n = 8
	w := newWorld(t, url, n, nil)
	rows := customers(n)
	for i := range rows {
		rows[i].Others = []phone.Number{number((i + 1) % n)}
	}
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	second := w.campaign("second", nil)
	far := w.open(store.Options{})
	w.renew(far, "b")
	mine := w.claim(n)
	theirs, err := far.Claim(t.Context(), "b", second.ID, n, w.now)
	w.ok("claim", err)
	var mu sync.Mutex
	ringing := map[phone.Number]int{}
	var wg sync.WaitGroup
	try := func(s *store.Store, node string, c campaigns.Contact) {
		b := ask(c)
		b.Attempt.Node = node
		_, v, err := s.BeginAttempt(t.Context(), b, w.now)
		if err != nil {
			t.Errorf("BeginAttempt: %v", err)
		}
		if !v.Allowed {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, n := range c.Numbers() {
			ringing[n]++
		}
	}
	optOut := func(i int) {
		w.ok("opt out", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(i), At: w.now}))
	}
	for i := range n {
		wg.Go(func() { try(w.s, theNode, mine[i]) })
		wg.Go(func() { try(far, "b", theirs.Contacts[n-1-i]) })
	}
	wg.Go(func() { optOut(0) })
	wg.Wait()
	for n, calls := range ringing {
		if calls > 1 {
			t.Errorf("%d calls to who has number %s are in progress; want 1", calls, string(n))
		}
	}
	w.adds(w.c.ID)
	w.adds(second.ID)
}

func expires(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	rows := customers(1)
	rows[0].Expires = w.now.Add(time.Hour)
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	w.end(w.asks(w.one(w.c)), campaigns.NoAnswer)
	w.later(time.Hour)
	c := w.one(w.c) // that it is called again is due later, but then it is too late
	w.heldBy(c, campaigns.RuleExpiry)
	w.is(c.ID, campaigns.Expired)
	if f := w.adds(w.c.ID); f.ByState[campaigns.Expired] != 1 {
		t.Errorf("by state: %v; want 1 expired", f.ByState)
	}
	if done, err := w.s.Finish(t.Context(), w.c.ID, w.now); !done || err != nil {
		t.Errorf("Finish = %v, %v; want it through", done, err)
	}
}

func campaignExpires(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, func(d *campaigns.Definition) { d.Expires = time.Date(2026, 12, 1, 11, 0, 0, 0, time.UTC) })
	claimed := w.claim(1)[0]
	w.later(time.Hour)
	if more := w.claim(9); len(more) > 0 {
		t.Errorf("%d contacts were claimed of a campaign whose time is over", len(more))
	}
	w.heldBy(claimed, campaigns.RuleExpiry)
	if f := w.adds(w.c.ID); f.ByState[campaigns.Expired] != 3 {
		t.Errorf("by state: %v; want 3 expired", f.ByState)
	}
}

func asksConsent(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 4, nil)
	rows := customers(4)
	rows[1].Consent, rows[1].ConsentEvidence, rows[1].ConsentAt = "written", "form 7", w.now.Add(-24*time.Hour)
	rows[2].Consent = "perhaps"
	rows[3].Others = []phone.Number{other(3)}
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	added, err := w.s.AddConsents(t.Context(), []store.Consent{
		{Number: other(3), Level: campaigns.ExpressConsent, Evidence: "call 1", At: w.now},
	}, w.now)
	if err != nil || added != 1 {
		t.Fatalf("AddConsents = %d, %v; want 1", added, err)
	}
	w.c = w.campaign("asks", func(d *campaigns.Definition) { d.RequireConsent = true })
	list := w.claim(9)
	for i, want := range []string{"none is on record", "", "perhaps", "none is on record"} { // the last is of the other number
		if want == "" {
			w.asks(list[i])
			continue
		}
		if check := w.heldBy(list[i], campaigns.RuleConsent); !strings.Contains(check.Detail, want) {
			t.Errorf("customer %d: %q; want %q in it", i, check.Detail, want)
		}
		w.is(list[i].ID, campaigns.Unasked)
	}
	w.adds(w.c.ID)
	// A consent brings them back.
	added, err = w.s.AddConsents(t.Context(), []store.Consent{
		{Number: number(0), Level: campaigns.WrittenConsent, Evidence: "form 8", At: w.now},
		{List: theList, Key: rows[3].Key, Level: campaigns.ExpressConsent, Evidence: "call 2", At: w.now},
	}, w.now)
	if err != nil || added != 2 {
		t.Fatalf("AddConsents = %d, %v; want 2", added, err)
	}
	again := w.claim(9)
	if len(again) != 2 {
		t.Fatalf("%d contacts can be called again; want 2", len(again))
	}
	for _, c := range again {
		w.asks(c)
	}
}

// takesBack: whoever asks not to be called has consented to nothing any more, also
// once that is lifted.
func takesBack(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	given := store.Consent{List: theList, Key: customers(1)[0].Key, Level: campaigns.WrittenConsent, Evidence: "form 7", At: w.now}
	_, err := w.s.AddConsents(t.Context(), []store.Consent{given}, w.now)
	w.ok("add", err)
	asks := func(name string) campaigns.Contact {
		return w.one(w.campaign(name, func(d *campaigns.Definition) { d.RequireConsent = true }))
	}
	w.end(w.asks(asks("before")), campaigns.Answered)
	w.later(time.Hour)
	out := store.DoNotCall{Number: number(0), List: theList, Key: given.Key, Why: "by letter", By: "anna", At: w.now}
	w.ok("opt out", w.s.AddDoNotCall(t.Context(), out))
	v := w.refused(ask(asks("during")))
	if failedRules(v) != "do_not_call consent" {
		t.Errorf("it failed %q; want do_not_call and consent", failedRules(v))
	}
	_, err = w.s.LiftDoNotCall(t.Context(), out, "bob", "by mistake", w.now)
	w.ok("lift", err)
	if check := w.heldBy(asks("after"), campaigns.RuleConsent); !strings.Contains(check.Detail, "ended the consent given before") {
		t.Errorf("after it was lifted consent says %q", check.Detail)
	}
	var ended []store.Consent
	for c, err := range w.s.Consents(t.Context(), "", theList, given.Key) {
		w.ok("list", err)
		ended = append(ended, c)
	}
	if len(ended) != 1 || !ended[0].RevokedAt.Equal(w.now) || ended[0].RevokedBy != "anna" {
		t.Errorf("consents on record: %+v; want the one, ended by anna", ended)
	}
	w.later(time.Hour)
	given.At, given.Evidence = w.now, "form 8"
	_, err = w.s.AddConsents(t.Context(), []store.Consent{given}, w.now)
	w.ok("add", err)
	w.end(w.asks(asks("anew")), campaigns.Answered)
	_, err = w.s.RevokeConsent(t.Context(), given, "anna", "by phone", w.now)
	w.ok("revoke", err)
	w.heldBy(asks("revoked"), campaigns.RuleConsent)
}

func restsAfter(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) {
		d.Complete = []string{"never"}
		d.Rules = []string{"uk"}
	})
	a := w.asks(w.one(w.c))
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
		Attempt: a.ID, Disposition: campaigns.Answered, At: w.now,
		Reception: campaigns.Reception{Party: campaigns.HumanParty, AbandonedAt: w.now},
	}))
	w.later(71 * time.Hour)
	c := w.one(w.campaign("second", func(d *campaigns.Definition) { d.Rules = []string{"uk"} }))
	b := ask(c)
	b.Reserved = true
	in, v, err := w.s.Why(t.Context(), c.ID, w.now)
	w.ok("why", err)
	if check, held := v.Failed(campaigns.RuleRecall); !held || !check.Next.Equal(w.now.Add(time.Hour)) || in.Abandoned.IsZero() {
		t.Fatalf("recall: %+v, held %v; want it to rest one hour more", check, held)
	}
	if _, v, err := w.s.BeginAttempt(t.Context(), b, w.now); err != nil || !v.Allowed {
		t.Errorf("with an agent reserved: %+v, %v; want it allowed", v, err)
	}
}

// An agent who dials is reserved for the call, and so is given who rests from
// other calls.
func restsNotForAgents(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.Complete = []string{"never"} })
	a := w.asks(w.one(w.c))
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
		Attempt: a.ID, Disposition: campaigns.Answered, At: w.now, Reception: campaigns.Reception{AbandonedAt: w.now},
	}))
	w.later(71 * time.Hour)
	w.c = w.campaign("second", func(d *campaigns.Definition) {
		preview(d)
		d.Rules = []string{"uk"}
	})
	if p := w.take("anna"); p.Contact == "" {
		t.Error("the agent was given nobody")
	}
}

func countsTalks(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.PerDay = 9 })
	a := w.asks(w.one(w.c))
	w.ok("mark", w.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{}, w.now.Add(time.Second)))
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: w.now.Add(time.Minute)}))
	w.later(time.Hour)
	c := w.one(w.campaign("second", func(d *campaigns.Definition) { d.PerDay = 9 }))
	in, _, err := w.s.Why(t.Context(), c.ID, w.now)
	w.ok("why", err)
	if len(in.Recent) != 1 || !in.Recent[0].Number || in.Recent[0].Own || !in.Recent[0].Talked.Equal(a.BegunAt.Add(time.Second)) || !in.Recent[0].At.Equal(a.BegunAt) {
		t.Errorf("Recent = %+v; want one call by this number for another contact, answered after a second", in.Recent)
	}
}

func keepsFigures(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.PerDay = 2 })
	w.end(w.asks(w.one(w.c)), campaigns.Busy)
	w.later(time.Hour)
	a := w.asks(w.one(w.c))
	stored, in, err := w.s.Attempt(t.Context(), a.ID)
	w.ok("read the attempt", err)
	for _, c := range stored.Verdict.Checks {
		if c.Rule == campaigns.RulePerDay && c.Detail != "1 of 2 in 24 h" {
			t.Errorf("per_day says %q; want 1 of 2", c.Detail)
		}
	}
	if len(in.Recent) != 1 || !in.Recent[0].Own {
		t.Errorf("kept inputs: %+v; want the one call before", in.Recent)
	}
}

func shortRings(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) {
		d.RingTimeout, d.Rules = 10*time.Second, []string{"uk"}
	})
	c := w.one(w.c)
	b := ask(c)
	b.Local = true
	w.heldBy(c, campaigns.RuleMinRing)
	w.later(24 * time.Hour)
	b.Attempt = attempt(w.one(w.c))
	if _, v, err := w.s.BeginAttempt(t.Context(), b, w.now); err != nil || !v.Allowed {
		t.Errorf("on a trunk that reaches nobody: %+v, %v; want it allowed", v, err)
	}
}

func unknownCalendar(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) { d.Holidays = []string{"atlantis"} })
	if check := w.heldBy(w.one(w.c), campaigns.RuleHours); !strings.Contains(check.Detail, "atlantis") {
		t.Errorf("hours say %q; want the calendar's name", check.Detail)
	}
}

func nextNumbers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, func(d *campaigns.Definition) {
		d.NextNumber, d.MaxAttempts = []campaigns.Disposition{campaigns.NoAnswer}, 9
	})
	w.withOthers(1)
	turn := func(d campaigns.Disposition, want phone.Number, state campaigns.ContactState) {
		t.Helper()
		c := w.one(w.c)
		a := w.asks(c)
		if a.Number != c.Number {
			t.Errorf("the attempt is on %s; want %s", string(a.Number), string(c.Number))
		}
		w.end(a, d)
		if got := w.contact(c.ID); got.Number != want || got.State != state {
			t.Errorf("after %s: %s, next %s; want %s, %s", d, got.State, string(got.Number), state, string(want))
		}
	}
	turn(campaigns.NoAnswer, other(0), campaigns.Pending)
	turn(campaigns.NoAnswer, number(0), campaigns.Pending) // at once, then the delay
	w.later(time.Hour)
	turn(campaigns.InvalidNumber, other(0), campaigns.Pending)
	// A new number takes the place of the bad one and is the first.
	rows := customers(1)
	rows[0].Number, rows[0].Others = "+8613700000000", []phone.Number{other(0)}
	_, err := w.s.ImportCustomers(t.Context(), theList, rows, store.ImportOptions{Now: w.now})
	w.ok("import", err)
	turn(campaigns.InvalidNumber, "+8613700000000", campaigns.Pending)
	turn(campaigns.InvalidNumber, "+8613700000000", campaigns.Invalid)
	w.adds(w.c.ID)
}

// neverHeldOut: who is held out stays so when the list is imported again, when
// they call us, and whoever asks.
func neverHeldOut(t *testing.T, url func(testing.TB) string) {
	const n = 40
	w := newWorld(t, url, n, func(d *campaigns.Definition) { d.HoldOut = 0.5 })
	out := map[campaigns.ContactID]phone.Number{}
	for _, c := range w.contacts() {
		if c.State == campaigns.HeldOut {
			out[c.ID] = c.Number
		}
	}
	if len(out) == 0 || len(out) == n {
		t.Fatalf("%d of %d are held out", len(out), n)
	}
	w.withOthers(n)
	_, err := w.s.ImportCustomers(t.Context(), theList, customers(n), store.ImportOptions{Now: w.now, Enrol: []campaigns.ID{w.c.ID}})
	w.ok("import again", err)
	for id, number := range out {
		route, err := w.s.Route(t.Context(), string(callerID), number)
		if err == nil && route.Campaign != "" {
			t.Errorf("a held out customer who calls reaches the campaign's flow")
		}
		w.is(id, campaigns.HeldOut)
	}
	for _, c := range w.claim(n) {
		if out[c.ID] != "" {
			t.Errorf("a held out contact was claimed")
		}
		w.asks(c)
	}
	for id := range out {
		c := w.contact(id)
		a, v, err := w.s.BeginAttempt(t.Context(), ask(c), w.now)
		if err != nil || v.Allowed || a.ID != "" {
			t.Errorf("a held out contact is called: %+v, %v", v, err)
		}
		if _, held := v.Failed(campaigns.RuleHoldOut); !held {
			t.Errorf("rules that hold it: %s; want hold_out among them", failedRules(v))
		}
	}
	w.adds(w.c.ID)
}

// staleNumbers: where the node does not know all numbers of the customer, as they
// have been changed, nothing is called before it does.
func staleNumbers(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	c := w.one(w.c)
	w.withOthers(1)
	w.ok("opt out", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: "+8613700000000", At: w.now}))
	w.heldBy(c, store.RuleNumber)
	w.asks(w.one(w.c))
	if err := w.s.AddDoNotCall(t.Context(), store.DoNotCall{}); err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an entry about nobody: %v", err)
	}
}
