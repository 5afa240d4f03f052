package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store"
)

var previewTests = tests{
	"previews give each customer to one agent":  previewedOnce,
	"previews skip who may not be called now":   previewsAllowed,
	"previews are called by the node":           previewCalled,
	"previews come back when they are left":     previewsLapse,
	"previews of a call that was not placed":    previewReturned,
	"previews survive nodes that come and go":   previewsOutlive,
	"previews settle as the agent says":         previewConcluded,
	"modes are switched with a record":          modeSwitched,
	"attempts keep how the callee was received": received,
	"agents are asked by command":               wished,
}

func preview(d *campaigns.Definition) { d.Mode, d.Queue = campaigns.Preview, "care" }

// take gives an agent the next customer.
func (w *world) take(agent string) campaigns.Assignment {
	w.Helper()
	p, err := w.s.TakePreview(w.Context(), agent, []campaigns.ID{w.c.ID}, w.now)
	w.ok("take a customer", err)
	return p
}

func previewedOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 60, preview)
	stores := []*store.Store{w.s, w.open(store.Options{})}
	var mu sync.Mutex
	taken := map[campaigns.ContactID]string{}
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			agent := string(rune('a'+i%26)) + string(rune('a'+i/26))
			p, err := stores[i%2].TakePreview(t.Context(), agent, []campaigns.ID{w.c.ID}, w.now)
			mu.Lock()
			defer mu.Unlock()
			if other, twice := taken[p.Contact]; err != nil || twice {
				t.Errorf("agent %s got contact %s, which %q has: %v", agent, p.Contact, other, err)
			}
			taken[p.Contact] = agent
		})
	}
	wg.Wait()
	if _, err := w.s.TakePreview(t.Context(), "zz", []campaigns.ID{w.c.ID}, w.now); !errors.Is(err, store.ErrNothingLeft) {
		t.Errorf("of a list of which everybody is taken the error is %v", err)
	}
	again, err := w.s.TakePreview(t.Context(), "aa", []campaigns.ID{w.c.ID}, w.now)
	if w.ok("take again", err); taken[again.Contact] != "aa" {
		t.Errorf("agent aa asked again and got the customer of %s", taken[again.Contact])
	}
	claims, err := w.s.Claim(t.Context(), theNode, w.c.ID, 100, w.now)
	if w.ok("claim", err); len(claims.Contacts) != 0 {
		t.Errorf("a node claimed %d contacts that agents have", len(claims.Contacts))
	}
}

func previewsAllowed(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, preview)
	w.ok("enter", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(0), Why: "asked"}))
	p := w.take("anna")
	if c := w.contact(p.Contact); c.Number != number(1) {
		t.Errorf("the agent got %s; want the first who may be called", c.Number)
	}
}

func previewCalled(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, preview)
	p, other := w.take("anna"), w.take("wang")
	if _, err := w.s.AskPreview(t.Context(), p.ID, "", w.now); err != nil {
		t.Fatal(err)
	}
	asked, err := w.s.AskedPreviews(t.Context())
	if w.ok("list", err); len(asked) != 1 || asked[0].ID != p.ID {
		t.Errorf("asked for %+v; want anna's alone", asked)
	}
	c, err := w.s.AdoptPreview(t.Context(), p, theNode)
	w.ok("adopt", err)
	a := w.begin(c)
	p.State, p.Attempt, p.Told = campaigns.CustomerDialing, a.ID, "calling"
	w.ok("tell", w.s.TellPreview(t.Context(), p, w.now))
	if _, err = w.s.FinishPreview(t.Context(), p.ID, campaigns.Conclusion{}, w.now); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("a call in progress was concluded: %v", err)
	}
	if _, err = w.s.SkipPreview(t.Context(), p.ID, w.now); !errors.Is(err, store.ErrNotAllowed) {
		t.Errorf("a call in progress was skipped: %v", err)
	}
	_, err = w.s.SkipPreview(t.Context(), other.ID, w.now)
	w.ok("skip", err)
	w.is(other.Contact, campaigns.Pending)
	if got, err := w.s.TakePreview(t.Context(), "zhao", []campaigns.ID{w.c.ID}, w.now); !errors.Is(err, store.ErrNothingLeft) {
		t.Errorf("who was skipped a moment ago was given out again: %+v, %v", got, err)
	}
}

func previewsLapse(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, preview)
	p := w.take("anna")
	n, err := w.s.LapsePreviews(t.Context(), w.now.Add(-time.Minute), w.now)
	if w.ok("lapse", err); n != 0 {
		t.Errorf("%d lapsed that are new", n)
	}
	later := w.now.Add(20 * time.Minute)
	n, err = w.s.LapsePreviews(t.Context(), later.Add(-15*time.Minute), later)
	if w.ok("lapse", err); n != 1 {
		t.Errorf("%d lapsed; want the forgotten one", n)
	}
	if got, err := w.s.TakePreview(t.Context(), "wang", []campaigns.ID{w.c.ID}, later); err != nil || got.Contact != p.Contact {
		t.Errorf("a colleague got %+v, %v; want the customer who was forgotten", got, err)
	}
}

func previewReturned(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, preview)
	p := w.take("anna")
	_, err := w.s.AskPreview(t.Context(), p.ID, "", w.now)
	w.ok("ask", err)
	w.ok("return", w.s.ReturnPreview(t.Context(), p, theNode, "you are on break", w.now))
	_, err = w.s.AskPreview(t.Context(), p.ID, "", w.now)
	w.ok("ask again", err)
	_, err = w.s.AdoptPreview(t.Context(), p, theNode)
	w.ok("adopt", err)
	w.ok("return", w.s.ReturnPreview(t.Context(), p, theNode, "your phone did not answer", w.now))
	again := w.take("anna")
	if again.ID != p.ID || again.State != campaigns.CustomerTaken || again.Told != "your phone did not answer" {
		t.Errorf("the agent has %+v; want the same customer, to be called again", again)
	}
}

func previewsOutlive(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, preview)
	p := w.take("anna")
	s := w.again()
	w.renew(s, theNode)
	if _, err := s.Recover(t.Context(), theNode, w.now); err != nil {
		t.Fatal(err)
	}
	_, err := s.AskPreview(t.Context(), p.ID, "", w.now)
	w.ok("ask", err)
	w.ok("mend", s.MendPreviews(t.Context(), w.now))
	open, err := s.OpenPreview(t.Context(), "anna")
	if w.ok("look", err); open.State != campaigns.CustomerTaken {
		t.Errorf("after a restart the agent's customer is %s; want taken", open.State)
	}
	if other, err := s.TakePreview(t.Context(), "wang", []campaigns.ID{w.c.ID}, w.now); err != nil || other.Contact == p.Contact {
		t.Errorf("a colleague got %+v, %v after a restart; want the other customer", other, err)
	}
}

func previewConcluded(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 5, preview)
	call := func(d campaigns.Disposition) campaigns.Assignment {
		p := w.take("anna")
		c, err := w.s.AdoptPreview(t.Context(), p, theNode)
		w.ok("adopt", err)
		a := w.begin(c)
		w.end(a, d)
		p.State, p.Attempt, p.Told = campaigns.CustomerEnded, a.ID, "over"
		w.ok("tell", w.s.TellPreview(t.Context(), p, w.now))
		return p
	}
	conclude := func(p campaigns.Assignment, o campaigns.Conclusion, want campaigns.ContactState) campaigns.Contact {
		c, err := w.s.FinishPreview(t.Context(), p.ID, o, w.now)
		if w.ok("conclude", err); c.State != want {
			t.Errorf("after %+v the contact is %s; want %s", o, c.State, want)
		}
		return c
	}
	p := call(campaigns.Answered)
	conclude(p, campaigns.Conclusion{Results: map[string]string{"satisfied": "1"}, Note: "kind"}, campaigns.Completed)
	past, err := w.s.PreviewsOn(t.Context(), p.Contact)
	if w.ok("history", err); len(past) != 1 || past[0].Note != "kind" || past[0].State != campaigns.CustomerDone {
		t.Errorf("the history is %+v; want the note", past)
	}
	tomorrow := w.now.Add(24 * time.Hour)
	if c := conclude(call(campaigns.Answered), campaigns.Conclusion{Again: tomorrow}, campaigns.Pending); !c.Due.Equal(tomorrow) {
		t.Errorf("the contact is due at %v; want %v", c.Due, tomorrow)
	}
	conclude(call(campaigns.NoAnswer), campaigns.Conclusion{}, campaigns.Pending)
	conclude(call(campaigns.NoAnswer), campaigns.Conclusion{Done: true}, campaigns.Exhausted)
	conclude(call(campaigns.Answered), campaigns.Conclusion{Disposition: campaigns.InvalidNumber}, campaigns.Invalid)
	w.adds(w.c.ID)
}

func modeSwitched(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, preview)
	to := campaigns.Switch{Mode: campaigns.Power, Queue: "vip", Ratio: 2.5, Who: "lina"}
	c, err := w.s.SwitchMode(t.Context(), w.c.ID, to, w.now)
	if w.ok("switch", err); c.Mode != campaigns.Power || c.Queue != "vip" || c.Ratio != 2.5 {
		t.Errorf("the campaign is %s, %s, %v", c.Mode, c.Queue, c.Ratio)
	}
	running, err := w.s.Running(t.Context())
	if w.ok("list", err); len(running) != 1 || running[0].Mode != campaigns.Power {
		t.Errorf("running are %+v", running)
	}
	past, err := w.s.Switches(t.Context(), w.c.ID)
	if w.ok("record", err); len(past) != 1 || past[0].Was != campaigns.Preview || past[0].Who != "lina" || !past[0].At.Equal(w.now) {
		t.Errorf("the record is %+v", past)
	}
}

func received(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	want := campaigns.Reception{
		Party: campaigns.HumanParty, GreetingEndAt: w.now.Add(time.Second), AbandonedAt: w.now.Add(3 * time.Second),
		MessageAt: w.now.Add(3100 * time.Millisecond), OptedOut: true,
	}
	end := campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: w.now.Add(9 * time.Second), Reception: want}
	w.ok("end", w.s.EndAttempt(t.Context(), end))
	got, _, err := w.s.Attempt(t.Context(), a.ID)
	if w.ok("read", err); got.Reception != want {
		t.Errorf("the callee was received %+v; want %+v", got.Reception, want)
	}
}

func wished(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 0, nil)
	w.ok("ask", w.s.AskWish(t.Context(), "lina", "break", w.now))
	first, err := w.s.Wishes(t.Context())
	if w.ok("list", err); len(first) != 1 || first[0].Agent != "lina" || first[0].Wish != "break" {
		t.Fatalf("asked for %+v", first)
	}
	w.ok("ask", w.s.AskWish(t.Context(), "lina", "ready", w.now.Add(time.Second)))
	w.ok("grant", w.s.GrantWish(t.Context(), first[0]))
	rest, err := w.s.Wishes(t.Context())
	if w.ok("list", err); len(rest) != 1 || rest[0].Wish != "ready" {
		t.Errorf("left is %+v; want the later one", rest)
	}
}
