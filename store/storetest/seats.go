package storetest

import (
	"errors"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/store"
)

var seatTests = tests{
	"agents are at one node alone":      agentsElsewhere,
	"callers whom a run had are listed": leftInQueues,
}

func agentsElsewhere(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	first := w.open(store.Options{Agents: true})
	w.renew(first, "first")
	db, err := openRaw(w.url)
	w.ok("open the database", err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `UPDATE nodes SET host = 'elsewhere' WHERE name = 'first'`)
	w.ok("move the first node to another machine", err)
	second := w.open(store.Options{Agents: true})
	_, err = second.Renew(t.Context(), "second", w.now)
	var elsewhere *store.AgentsElsewhereError
	if !errors.As(err, &elsewhere) || elsewhere.Node != "first" {
		t.Errorf("Renew beside a node with agents = %v; want an AgentsElsewhereError that names it", err)
	}
	w.renew(w.open(store.Options{}), "third")
	w.renew(first, "first")
	w.ok("end the first node", first.Close())
	w.renew(second, "second")
}

func leftInQueues(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	talk := func(id string, change func(*call.Talk)) {
		w.Helper()
		v := call.Talk{ID: "talk-" + id, CallID: id, Queue: "care", WaitedFrom: w.now, JoinedAt: w.now}
		change(&v)
		w.ok("save a talk", w.s.SaveTalk(t.Context(), v))
	}
	fact := func(id string, p call.Phase) {
		w.Helper()
		_, err := w.s.SaveFact(t.Context(), call.Fact{ID: id, Trunk: "cloud", Name: "CA" + id, Phase: p})
		w.ok("save a fact", err)
	}
	for _, id := range []string{"waits", "talks", "bridged", "dials"} {
		fact(id, call.Talking)
	}
	fact("over", call.Over)
	talk("waits", func(v *call.Talk) { v.JoinedAt = time.Time{} })
	talk("talks", func(v *call.Talk) {
		v.Agent, v.Number, v.Trunk, v.Leg = "mina", "+442079460666", "cloud", campaigns.Leg{Carrier: "twilio", CallID: "CAleg"}
	})
	talk("bridged", func(v *call.Talk) {
		v.Agent, v.Number, v.Trunk, v.Leg = "mina", "+442079460666", "cloud", campaigns.Leg{Carrier: "twilio"}
	})
	talk("dials", func(v *call.Talk) { v.Queue = "" })
	talk("over", func(*call.Talk) {})
	talk("here", func(*call.Talk) {})
	left, err := w.s.LeftInQueues(t.Context(), w.now)
	w.ok("find who was left", err)
	got := map[string]bool{}
	for _, f := range left {
		got[f.Name] = true
	}
	if len(left) != 2 || !got["CAwaits"] || !got["CAtalks"] {
		t.Errorf("LeftInQueues = %+v; want who waits and who talks by this node", left)
	}
	talks, err := w.s.Talks(t.Context(), time.Time{})
	w.ok("list talks", err)
	for _, v := range talks {
		over := v.CallID == "waits" || v.CallID == "talks"
		if v.EndedAt.IsZero() == over {
			t.Errorf("the talk of %s ended at %v", v.CallID, v.EndedAt)
		}
	}
	if again, err := w.s.LeftInQueues(t.Context(), w.now); err != nil || len(again) != 0 {
		t.Errorf("LeftInQueues once more = %v, %v; want nobody", again, err)
	}
}
