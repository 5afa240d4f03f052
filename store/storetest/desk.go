package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/store"
)

var deskTests = tests{
	"agents are kept":        agentsKept,
	"talks are kept":         talksKept,
	"bindings are kept":      bindingsKept,
	"callbacks are kept":     callbacksKept,
	"odd texts are survived": oddTexts,
}

func agentsKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	want := agents.Record{Agent: "anna", Wish: agents.Ready, Reserved: "call", ReservedAt: w.now, IdleSince: w.now.Add(-time.Hour)}
	w.ok("save", w.s.SaveAgent(t.Context(), want))
	want.Wish, want.Reserved, want.ReservedAt, want.WrapUpUntil = agents.Break, "", time.Time{}, w.now.Add(10*time.Second)
	w.ok("save", w.s.SaveAgent(t.Context(), want))
	got, err := w.s.AgentRecords(t.Context())
	w.ok("list", err)
	if diff := cmp.Diff([]agents.Record{want}, got); diff != "" {
		t.Errorf("AgentRecords (-want +got):\n%s", diff)
	}
}

func talksKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	want := call.Talk{CallID: "call", Queue: "care", Campaign: w.c.ID, Contact: "contact", WaitedFrom: w.now}
	want.From, want.Number, want.Trunk = "earlier", "+442079460000", "carrier"
	want.Leg = campaigns.Leg{CallID: "c", FromTag: "f", Branch: "b", Target: "sip:x@y"}
	want.ID = newID()
	w.ok("save", w.s.SaveTalk(t.Context(), want))
	want.AgentCall, want.Agent, want.KnownAgent = "agent's call", "anna", true
	want.Outcome, want.JoinedAt, want.EndedAt = "connected", w.now.Add(time.Second), w.now.Add(time.Minute)
	want.Leg.ToTag = "t"
	w.ok("save", w.s.SaveTalk(t.Context(), want))
	got, err := w.s.Talks(t.Context(), w.now)
	w.ok("list", err)
	if diff := cmp.Diff([]call.Talk{want}, got); diff != "" {
		t.Errorf("Talks (-want +got):\n%s", diff)
	}
	if got, err = w.s.Talks(t.Context(), w.now.Add(time.Second)); err != nil || len(got) != 0 {
		t.Errorf("Talks of later = %v, %v; want none", got, err)
	}
}

func bindingsKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	want := agents.Binding{
		Agent: "anna", Contact: "sip:anna@10.0.0.1", Source: "10.0.0.1:5060", CallID: "x", CSeq: 1<<31 - 1,
		UserAgent: "phone", Expires: w.now.Add(time.Minute), Instance: "<urn:uuid:1>;1",
	}
	w.ok("save", w.s.SaveBinding(t.Context(), want))
	want.Expires, want.Path = w.now.Add(time.Hour), "<sip:10.0.0.9;lr>"
	w.ok("save", w.s.SaveBinding(t.Context(), want))
	over := agents.Binding{Agent: "ben", Contact: "sip:ben@10.0.0.2", Expires: w.now}
	w.ok("save", w.s.SaveBinding(t.Context(), over))
	got, err := w.s.LoadBindings(t.Context(), w.now)
	w.ok("load", err)
	if diff := cmp.Diff([]agents.Binding{want}, got); diff != "" {
		t.Errorf("LoadBindings (-want +got):\n%s", diff)
	}
	w.ok("remove", w.s.RemoveBinding(t.Context(), want.Agent, want.Contact))
	if got, err = w.s.LoadBindings(t.Context(), w.now); err != nil || len(got) != 0 {
		t.Errorf("LoadBindings = %v, %v; want none", got, err)
	}
}

func callbacksKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	want := call.CallbackNote{
		CallID: "call", Number: number(0), Campaign: w.c.ID, Contact: "contact", Queue: "care", Agent: "anna", Reason: "nobody was free", At: w.now,
	}
	w.ok("note", w.s.NoteCallback(t.Context(), want))
	w.ok("note again", w.s.NoteCallback(t.Context(), want))
	got, err := w.s.Callbacks(t.Context(), w.now)
	w.ok("list", err)
	if diff := cmp.Diff([]call.CallbackNote{want}, got); diff != "" {
		t.Errorf("Callbacks (-want +got):\n%s", diff)
	}
}

// oddTexts come from phones and carriers; neither database may refuse them.
func oddTexts(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	odd := "a\x00b\xffc'\"; DROP TABLE calls; --你好"
	r := w.opened(call.Record{Info: call.Info{ID: newID(), From: "+1\x00\xff", To: odd}, Direction: call.Inbound, FlowHash: w.c.FlowHash})
	s := step(r, 1, w.now, "satisfied", odd)
	s.Callbacks = []call.CallbackNote{{CallID: r.ID, Number: "\xff", Reason: odd, At: w.now}}
	s.OptOuts = []call.OptOut{{Number: "+1\x00", At: w.now}, {At: w.now}}
	w.commit(s)
	w.closed(r, call.ByCaller)
	w.ok("save a binding", w.s.SaveBinding(t.Context(), agents.Binding{Agent: odd, Contact: odd, UserAgent: odd, Expires: w.now.Add(1e9)}))
	_, err := w.s.Route(t.Context(), odd, "+1\x00\xff")
	if err == nil {
		t.Error("Route to an odd number found something")
	}
	if list := w.doNotCalls(store.RefusalFilter{}); len(list) != 1 || list[0].Number != "+1" {
		t.Errorf("DoNotCalls = %+v; want the one number", list)
	}
}
