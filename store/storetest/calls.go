package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
	"careline/store"
)

var callTests = tests{
	"calls are kept as they are":               callsKept,
	"steps commit once":                        stepsOnce,
	"steps keep the latest answer":             latestAnswer,
	"steps that opt out suppress contacts":     optOuts,
	"steps that opt out of one campaign":       optOutOfOne,
	"steps of many calls at once are all kept": manySteps,
}

func callsKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	want := call.Record{
		Info: call.Info{
			ID: newID(), From: number(0), To: "10086", Trunk: "carrier", Customer: customers(1)[0],
		},
		Direction: call.Inbound, FlowHash: w.c.FlowHash, AnsweredAt: w.now,
		State: ivr.State{Flow: w.c.FlowHash, Lang: "en", Seed: 1<<63 + 5, Visits: map[string]int{"satisfied": 1}},
	}
	w.ok("open", w.s.OpenCall(t.Context(), want))
	w.ok("open again", w.s.OpenCall(t.Context(), want))
	s := step(want, 1, w.now)
	s.Actions = []ivr.Action{{Kind: ivr.Hangup, Node: "bye"}}
	w.commit(s)
	w.closed(want, call.ByFlow)
	w.closed(want, call.Broken)
	want.Seq, want.State, want.Actions = 1, s.State, s.Actions
	want.EndedAt, want.Ending = w.now, call.ByFlow
	got, err := w.open(store.Options{}).LoadCall(t.Context(), want.ID)
	w.ok("load it in another process", err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("LoadCall (-want +got):\n%s", diff)
	}
	if _, err := w.s.LoadCall(t.Context(), "nobody's"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("LoadCall of none = %v; want ErrNotFound", err)
	}
}

func stepsOnce(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.answered(w.begin(w.claim(1)[0]))
	other := w.open(store.Options{})
	var mu sync.Mutex
	var won []string
	var wg sync.WaitGroup
	for i, s := range []*store.Store{w.s, other, w.s, other, w.s, other, w.s, other} {
		value := string(rune('1' + i))
		wg.Go(func() {
			err := s.CommitStep(t.Context(), step(r, 1, w.now, "satisfied", value))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, value)
			case !errors.Is(err, call.ErrStale):
				t.Errorf("CommitStep = %v; want nil or ErrStale", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d of 8 equal steps were committed; want 1", len(won))
	}
	for a, err := range w.s.Answers(t.Context(), w.c.ID) {
		w.ok("list answers", err)
		if a.Value != won[0] {
			t.Errorf("the answer is %s; want %s, whose step was committed", a.Value, won[0])
		}
	}
	if err := w.s.CommitStep(t.Context(), step(r, 3, w.now)); !errors.Is(err, call.ErrStale) {
		t.Errorf("CommitStep from the future = %v; want ErrStale", err)
	}
	if err := w.s.CommitStep(t.Context(), call.Step{CallID: "nobody's", Seq: 1}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("CommitStep of no call = %v; want ErrNotFound", err)
	}
}

func latestAnswer(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.answered(w.begin(w.claim(1)[0]))
	w.commit(step(r, 1, w.now, "satisfied", "2", "other", "5"))
	w.commit(step(r, 2, w.now.Add(time.Second), "satisfied", "1"))
	got := map[string]string{}
	for a, err := range w.s.Answers(t.Context(), w.c.ID) {
		w.ok("list answers", err)
		if a.CallID != r.ID || a.Contact != r.Contact || a.Node != "satisfied" || a.FlowHash != w.c.FlowHash {
			t.Errorf("answer = %+v; want that of call %s", a, r.ID)
		}
		got[a.Result] = a.Value
	}
	if diff := cmp.Diff(map[string]string{"satisfied": "1", "other": "5"}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// stepOut is a step of a caller who wants no more calls.
func stepOut(r call.Record, n phone.Number, id campaigns.ID, at time.Time) call.Step {
	s := step(r, 1, at)
	s.OptOuts = []call.OptOut{{Number: n, Campaign: id, CallID: r.ID, At: at}}
	return s
}

func optOuts(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, nil)
	second := w.campaign("second", nil)
	first := w.claim(1)[0]
	elsewhere, err := w.s.ContactsByNumber(t.Context(), second.ID, first.Number)
	w.ok("find the other contact", err)
	a := w.begin(first)
	r := w.answered(a)
	w.commit(stepOut(r, first.Number, "", w.now))
	w.is(elsewhere[0].ID, campaigns.Suppressed)
	w.is(first.ID, campaigns.Dialing)
	w.end(a, campaigns.Answered)
	w.is(first.ID, campaigns.Suppressed)
	list := w.doNotCalls(store.RefusalFilter{})
	want := []store.DoNotCall{{Number: first.Number, List: theList, Key: first.Key, Why: "asked for in a call", CallID: r.ID, At: w.now}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("DoNotCalls (-want +got):\n%s", diff)
	}
	entry := store.DoNotCall{Number: first.Number}
	_, err = w.s.LiftDoNotCall(t.Context(), entry, "anna", "by letter", w.now)
	w.ok("lift", err)
	if _, err := w.s.LiftDoNotCall(t.Context(), entry, "anna", "by letter", w.now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("LiftDoNotCall of none = %v; want ErrNotFound", err)
	}
	w.adds(w.c.ID)
	w.adds(second.ID)
}

func optOutOfOne(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	second := w.campaign("second", nil)
	a := w.begin(w.claim(1)[0])
	w.commit(stepOut(w.answered(a), a.Number, w.c.ID, w.now))
	w.end(a, campaigns.Answered)
	elsewhere, err := w.s.ContactsByNumber(t.Context(), second.ID, a.Number)
	w.ok("find the other contact", err)
	w.is(elsewhere[0].ID, campaigns.Pending)
	w.is(a.Contact, campaigns.Suppressed)
	w.c = second
	w.begin(w.claim(1)[0])
}

func manySteps(t *testing.T, url func(testing.TB) string) {
	const calls, steps = 40, 5
	w := newWorld(t, url, calls, nil)
	var wg sync.WaitGroup
	for _, c := range w.claim(calls) {
		wg.Go(func() {
			a := w.begin(c)
			r := w.answered(a)
			for seq := 1; seq <= steps; seq++ {
				err := w.s.CommitStep(t.Context(), step(r, seq, w.now, "satisfied", string(rune('0'+seq))))
				if err != nil {
					t.Errorf("CommitStep: %v", err)
				}
			}
			w.end(a, campaigns.Answered)
			w.closed(r, call.ByCaller)
		})
	}
	wg.Wait()
	f := w.adds(w.c.ID)
	if f.Completed != calls || f.Answers["satisfied"]["5"] != calls {
		t.Errorf("funnel = %+v; want %d complete, all with the last answer", f, calls)
	}
}
