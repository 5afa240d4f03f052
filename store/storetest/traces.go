package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

var traceTests = tests{
	"traces are kept as they are":       tracesKept,
	"traces are found by many features": tracesFound,
	"calls at carriers are listed too":  tracesHosted,
	"traces are pruned by age":          tracesPrunedByAge,
	"traces are pruned by number":       tracesPrunedByNumber,
}

// trace is the i-th of a day.
func trace(w *world, i int) call.Trace {
	begun := w.now.Add(time.Duration(i) * time.Second)
	return call.Trace{
		ID: fmt.Sprintf("0190-%04d-tail%04d", i, i), SIPCallID: fmt.Sprintf("sip-%d", i), Direction: call.Outbound,
		From: string(callerID), To: string(number(i)), Trunk: "carrier", Disposition: campaigns.Busy,
		BegunAt: begun, EndedAt: begun.Add(time.Second), Messages: []byte{0, 1, 2, 255, byte(i)},
	}
}

func (w *world) keep(list ...call.Trace) {
	w.Helper()
	w.ok("keep traces", w.s.KeepTraces(w.Context(), list))
}

func tracesKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	full := trace(w, 1)
	full.Campaign, full.Contact, full.Phone = w.c.ID, "contact", "lina"
	full.RingingAt, full.AnsweredAt = full.BegunAt.Add(100*time.Millisecond), full.BegunAt.Add(200*time.Millisecond)
	full.Disposition = campaigns.Answered
	full.Detail = call.TraceDetail{
		Evidence: campaigns.Evidence{Status: 200, Cause: 16, Text: "OK"}, Ending: call.ByFlow, Why: "we hung up",
		Reason: "Q.850;cause=16", Timers: call.Timers{Trying: 3, Ringing: 100, Final: 200, Ack: 201, Bye: 900, Over: 905},
		Sound: &call.Sound{Sent: 10, Received: 9, Lost: 1, JitterMS: 0.25, Secure: true, Told: 3, PeerLost: 2, PeerJitterMS: 1.5, RTTMS: 40},
	}
	leg := trace(w, 2)
	leg.Serves = full.ID
	w.keep(full, leg, trace(w, 3))
	w.keep(full)
	got, err := w.s.TraceLegs(t.Context(), full.ID)
	w.ok("read it", err)
	if diff := cmp.Diff([]call.Trace{full, leg}, got); diff != "" {
		t.Errorf("TraceLegs (-want +got):\n%s", diff)
	}
	bad := trace(w, 4)
	bad.From, bad.SIPCallID, bad.Detail.Reason = "a\x00b\xff", "c\x00", "\x00"
	w.keep(bad)
	many := make([]call.Trace, 1200)
	for i := range many {
		many[i] = trace(w, 10+i)
	}
	w.keep(many...)
	all, err := w.s.Traces(t.Context(), store.TraceFilter{Limit: 5000})
	w.ok("list", err)
	if len(all) != 1203 {
		t.Errorf("%d traces are kept; want 1203 beside the leg", len(all))
	}
}

func tracesFound(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	list := make([]call.Trace, 6)
	for i := range list {
		list[i] = trace(w, i)
	}
	list[1].Campaign = w.c.ID
	list[2].Disposition, list[2].AnsweredAt = campaigns.Answered, list[2].BegunAt
	list[3].Direction, list[3].From, list[3].To = call.Inbound, "+86_100%", "10086"
	list[5].Serves = list[2].ID
	w.keep(list...)
	for _, tt := range []struct {
		name   string
		filter store.TraceFilter
		want   []int
	}{
		{"all", store.TraceFilter{}, []int{4, 3, 2, 1, 0}},
		{"the latest two", store.TraceFilter{Limit: 2}, []int{4, 3}},
		{"since", store.TraceFilter{Since: list[3].BegunAt}, []int{4, 3}},
		{"of a campaign", store.TraceFilter{Campaign: w.c.ID}, []int{1}},
		{"answered", store.TraceFilter{Disposition: campaigns.Answered}, []int{2}},
		{"failed", store.TraceFilter{Failed: true}, []int{4, 3, 1, 0}},
		{"a number called", store.TraceFilter{Number: list[4].To}, []int{4}},
		{"its last digits", store.TraceFilter{Number: list[4].To[6:]}, []int{4}},
		{"a number that calls, to the letter", store.TraceFilter{Number: "_100%"}, []int{3}},
		{"a percent sign, to the letter", store.TraceFilter{Number: "%"}, []int{3}},
	} {
		got, err := w.s.Traces(t.Context(), tt.filter)
		w.ok(tt.name, err)
		var want, are []string
		for _, i := range tt.want {
			want = append(want, list[i].ID)
		}
		for _, g := range got {
			are = append(are, g.ID)
		}
		if diff := cmp.Diff(want, are); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for name, want := range map[string]int{list[0].ID: 1, "sip-4": 1, "tail0003": 1, "TAIL0003": 1, "0190": 6, "%": 0} {
		got, err := w.s.FindTraces(t.Context(), name)
		w.ok("find "+name, err)
		if len(got) != want {
			t.Errorf("%d traces are called %s; want %d", len(got), name, want)
		}
	}
}

// tracesHosted: calls that went by no message of ours, among those that did.
func tracesHosted(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 3, nil)
	wire := trace(w, -60)
	w.keep(wire)
	claimed := w.claim(3)
	answered, name := w.hosted(claimed[0])
	r := w.answeredAt(w.s, answered, name)
	s := stepOut(r, answered.Number, "", w.now)
	s.Answers = step(r, 1, w.now, "satisfied", "1").Answers
	w.commit(s)
	w.closed(r, call.ByCaller)
	w.ok("mark", w.s.MarkAttempt(t.Context(), answered.ID, true, campaigns.Leg{CallID: name}, w.now))
	w.tell(w.s, string(answered.ID), name, call.Over)
	w.end(answered, campaigns.Answered)
	refused, _ := w.hosted(claimed[1]) // it never came about
	w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
		Attempt: refused.ID, Disposition: campaigns.Congestion, Evidence: campaigns.Evidence{Status: 429}, At: w.now,
	}))
	open, openName := w.hosted(claimed[2])
	w.tell(w.s, string(open.ID), openName, call.Talking)
	w.opened(call.Record{Info: call.Info{ID: "CAin", From: number(77), To: "1888", Trunk: "cloud"}, Direction: call.Inbound, FlowHash: w.c.FlowHash})
	w.tell(w.s, "CAin", "CAin", call.Over)
	sound := trace(w, 1)
	sound.ID, sound.SIPCallID = "CAin", "the caller's sound"
	w.keep(sound)

	for _, tt := range []struct {
		filter store.TraceFilter
		want   map[string]campaigns.Disposition
	}{
		{store.TraceFilter{}, map[string]campaigns.Disposition{
			wire.ID: campaigns.Busy, string(answered.ID): campaigns.Answered, string(refused.ID): campaigns.Congestion, "CAin": campaigns.Answered,
		}},
		{store.TraceFilter{Campaign: w.c.ID, Failed: true}, map[string]campaigns.Disposition{string(refused.ID): campaigns.Congestion}},
		{store.TraceFilter{Number: string(number(77))}, map[string]campaigns.Disposition{"CAin": campaigns.Answered}},
		{store.TraceFilter{Since: w.now, Disposition: campaigns.Busy}, map[string]campaigns.Disposition{}},
	} {
		list, err := w.s.Traces(t.Context(), tt.filter)
		w.ok("list", err)
		got := make(map[string]campaigns.Disposition)
		for _, one := range list {
			got[one.ID] = one.Disposition
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.filter, diff)
		}
	}
	hostedFound(w, answered, name, sound)
}

// hostedFound looks at calls one by one.
func hostedFound(w *world, answered campaigns.Attempt, name string, sound call.Trace) {
	w.Helper()
	for _, find := range []string{name, string(answered.ID), name[len(name)-12:]} {
		got, err := w.s.FindTraces(w.Context(), find)
		w.ok("find "+find, err)
		if len(got) != 1 || got[0].ID != string(answered.ID) || got[0].Told.Name != name || !got[0].Hosted() || got[0].Detail.Ending != call.ByCaller {
			w.Errorf("%s is %+v; want the call that was answered", find, got)
		}
	}
	w.tell(w.s, "for an agent", "CAagent", call.Over) // neither attempt nor conversation
	if got, err := w.s.FindTraces(w.Context(), "CAagent"); err != nil || len(got) != 1 || got[0].ID != "for an agent" || got[0].Disposition != campaigns.Answered {
		w.Errorf("the call that serves another is %+v, %v", got, err)
	}
	legs, err := w.s.TraceLegs(w.Context(), "CAin")
	w.ok("read legs", err)
	if len(legs) != 2 || !legs[0].Hosted() || legs[1].SIPCallID != sound.SIPCallID {
		w.Errorf("TraceLegs = %+v; want the call and its sound", legs)
	}
	answers, err := w.s.AnswersIn(w.Context(), string(answered.ID))
	w.ok("read answers", err)
	outs, err := w.s.OptOutsIn(w.Context(), string(answered.ID), answered.Number)
	w.ok("read opt-outs", err)
	if len(answers) != 1 || answers[0].Value != "1" || len(outs) != 1 {
		w.Errorf("in it was said %+v, and asked for %+v; want one of each", answers, outs)
	}
}

func tracesPrunedByAge(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	list := make([]call.Trace, 1300)
	for i := range list {
		list[i] = trace(w, i)
	}
	w.keep(list...)
	n, err := w.s.PruneTraces(t.Context(), list[1250].BegunAt, 5000)
	w.ok("prune", err)
	left, err := w.s.Traces(t.Context(), store.TraceFilter{Limit: 5000})
	w.ok("list", err)
	if n != 1250 || len(left) != 50 {
		t.Errorf("%d traces were deleted, %d are left; want 1250, 50", n, len(left))
	}
}

func tracesPrunedByNumber(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	list := make([]call.Trace, 30)
	for i := range list {
		list[i] = trace(w, i)
	}
	w.keep(list...)
	n, err := w.s.PruneTraces(t.Context(), time.Time{}, 10)
	w.ok("prune", err)
	left, err := w.s.Traces(t.Context(), store.TraceFilter{})
	w.ok("list", err)
	if n != 20 || len(left) != 10 || left[9].ID != list[20].ID {
		t.Errorf("%d traces were deleted, %d are left; want 20, and the latest 10", n, len(left))
	}
}
