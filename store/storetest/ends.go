package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

var endTests = tests{
	"ends settle the contact":              endsSettle,
	"ends tell machines from people":       endsOfMachines,
	"ends are noted once":                  endsOnce,
	"ends replace what was unknown":        endsUnknown,
	"marks keep what is known of the leg":  marks,
	"do-not-call entries hold new contact": doNotCallFirst,
}

func endsSettle(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 6, nil)
	claimed := w.claim(6)
	for i, tt := range []struct {
		disp    campaigns.Disposition
		answers []string
		want    campaigns.ContactState
		due     time.Duration
	}{
		{disp: campaigns.Answered, answers: []string{"satisfied", "1"}, want: campaigns.Completed},
		{disp: campaigns.Answered, want: campaigns.Partial},
		{disp: campaigns.Busy, want: campaigns.Pending, due: 10 * time.Minute},
		{disp: campaigns.NoAnswer, want: campaigns.Pending, due: time.Hour},
		{disp: campaigns.InvalidNumber, want: campaigns.Invalid},
		{disp: campaigns.NotKnown, want: campaigns.Unknown},
	} {
		a := w.begin(claimed[i])
		if tt.disp == campaigns.Answered {
			r := w.answered(a)
			w.commit(step(r, 1, w.now, tt.answers...))
		}
		w.end(a, tt.disp)
		got := w.contact(claimed[i].ID)
		if got.State != tt.want || got.Last != tt.disp || got.Attempts != 1 {
			t.Errorf("after %s the contact is %s, last %s, %d attempts; want %s, 1", tt.disp, got.State, got.Last, got.Attempts, tt.want)
		}
		if tt.due != 0 && !got.Due.Equal(w.now.Add(tt.due)) {
			t.Errorf("after %s the contact is due at %v; want in %v", tt.disp, got.Due, tt.due)
		}
	}
	f := w.adds(w.c.ID)
	if f.Submitted != 6 || f.Connected != 2 || f.Completed != 1 || f.Accepted != 1 || f.Attempts != 6 {
		t.Errorf("funnel = %+v; want 6 submitted, 2 connected, 1 completed, 1 accepted, 6 attempts", f)
	}
}

// endsOfMachines has machines answer: they are called again while attempts are
// left, and nobody counts as reached.
func endsOfMachines(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, func(d *campaigns.Definition) {
		d.MaxAttempts, d.Machine = 2, campaigns.MachineFlow
		d.Retry = map[campaigns.Disposition][]time.Duration{campaigns.MetMachine: {2 * time.Hour}}
	})
	meets := func(c campaigns.Contact, answers ...string) {
		t.Helper()
		a := w.begin(c)
		r := w.answered(a)
		if len(answers) > 0 {
			w.commit(step(r, 1, w.now, answers...))
		}
		w.ok("end an attempt", w.s.EndAttempt(t.Context(), campaigns.End{
			Attempt: a.ID, Disposition: campaigns.Answered, At: w.now, Reception: campaigns.Reception{Party: campaigns.MachineParty},
		}))
		w.closed(r, call.ByFlow)
	}
	claimed := w.claim(3)
	meets(claimed[0])
	meets(claimed[1], "satisfied", "1")
	meets(claimed[2], "heard", "1")
	for i, want := range []campaigns.ContactState{campaigns.Pending, campaigns.Completed, campaigns.Pending} {
		got := w.contact(claimed[i].ID)
		if got.State != want || got.Attempts != 1 || got.Last != campaigns.Answered || want == campaigns.Pending && !got.Due.Equal(w.now.Add(2*time.Hour)) {
			t.Errorf("contact %d is %s, due %v, %d attempts, last %s; want %s, in 2 h, 1, answered", i, got.State, got.Due, got.Attempts, got.Last, want)
		}
	}
	if f := w.adds(w.c.ID); f.Connected != 1 || f.Completed != 1 || f.Answers["heard"] != nil {
		t.Errorf("funnel = %+v; want the one connected and complete that was left what the campaign asks for", f)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.renew(w.s, theNode)
	again := w.claim(3)
	meets(again[0])
	a := w.begin(again[1]) // a person, this time
	w.closed(w.answered(a), call.ByCaller)
	w.end(a, campaigns.Answered)
	w.is(again[0].ID, campaigns.Exhausted)
	w.is(again[1].ID, campaigns.Partial)
	if f := w.adds(w.c.ID); f.Connected != 2 || f.ByDisposition[campaigns.Answered] != 5 {
		t.Errorf("funnel = %+v; want 2 connected by 5 answered attempts", f)
	}
}

func endsOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	w.end(a, campaigns.Busy)
	w.end(a, campaigns.Busy)
	err := w.s.EndAttempt(t.Context(), campaigns.End{Attempt: a.ID, Disposition: campaigns.Answered, At: w.now})
	if !errors.Is(err, store.ErrEnded) {
		t.Errorf("EndAttempt in another way = %v; want ErrEnded", err)
	}
	if err = w.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{}, w.now); !errors.Is(err, store.ErrEnded) {
		t.Errorf("MarkAttempt after the end = %v; want ErrEnded", err)
	}
	err = w.s.EndAttempt(t.Context(), campaigns.End{Attempt: "nobody's", Disposition: campaigns.Busy, At: w.now})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("EndAttempt of none = %v; want ErrNotFound", err)
	}
	if got := w.contact(a.Contact); got.Attempts != 1 || got.State != campaigns.Pending {
		t.Errorf("the contact is %s after %d attempts; want pending after 1", got.State, got.Attempts)
	}
}

func endsUnknown(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	w.end(a, campaigns.NotKnown)
	w.is(a.Contact, campaigns.Unknown)
	w.end(a, campaigns.Busy)
	if got := w.contact(a.Contact); got.Attempts != 1 || got.State != campaigns.Pending || got.Last != campaigns.Busy {
		t.Errorf("the contact is %s, last %s, after %d attempts; want pending, busy, 1", got.State, got.Last, got.Attempts)
	}
	w.adds(w.c.ID)
}

func marks(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	a := w.begin(w.claim(1)[0])
	rang, up := w.now.Add(time.Second), w.now.Add(9*time.Second)
	mark := func(answered bool, leg campaigns.Leg, at time.Time) {
		t.Helper()
		w.ok("mark", w.s.MarkAttempt(t.Context(), a.ID, answered, leg, at))
	}
	moved := campaigns.Leg{Moved: "sip:elsewhere", Branch: "z9hG4bK2", CSeq: 3}
	mark(false, moved, time.Time{})
	mark(false, campaigns.Leg{ToTag: "early"}, rang)
	mark(true, campaigns.Leg{ToTag: "late", Remote: "sip:them", Routes: []string{"sip:proxy;lr"}}, up)
	mark(true, campaigns.Leg{}, up.Add(time.Minute))
	got, _, err := w.s.Attempt(t.Context(), a.ID)
	w.ok("read it", err)
	want := a.Leg
	want.ToTag, want.Remote, want.Routes = "late", "sip:them", []string{"sip:proxy;lr"}
	want.Moved, want.Branch, want.CSeq = moved.Moved, moved.Branch, moved.CSeq
	if !reflect.DeepEqual(got.Leg, want) || !got.RingingAt.Equal(rang) || !got.AnsweredAt.Equal(up) {
		t.Errorf("attempt = %+v; want leg %+v, ringing %v, answered %v", got, want, rang, up)
	}
}

func doNotCallFirst(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	w.ok("add", w.s.AddDoNotCall(t.Context(), store.DoNotCall{Number: number(0), Why: "by letter", At: w.now}))
	w.c = w.campaign("second", nil)
	claimed := w.claim(2)
	if v := w.refused(campaigns.Begin{Attempt: attempt(claimed[0]), Allowed: true}); failedRules(v) != campaigns.RuleDoNotCall {
		t.Errorf("it failed %q; want %s", failedRules(v), campaigns.RuleDoNotCall)
	}
	w.is(claimed[0].ID, campaigns.Suppressed)
	w.begin(claimed[1])
}
