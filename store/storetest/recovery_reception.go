package storetest

import (
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
)

// recoversReception: who had answered and waited for an agent when the node died
// was abandoned, and counts; who talked with one was not. Of a campaign without
// agents neither does.
func recoversReception(t *testing.T, url func(testing.TB) string) {
	for _, mode := range []campaigns.Mode{campaigns.Predictive, campaigns.Agentless} {
		w := newWorld(t, url, 4, func(d *campaigns.Definition) { d.Mode, d.Queue = mode, "care" })
		claimed := w.claim(4)
		ringing, waiting, talking, over := w.begin(claimed[0]), w.begin(claimed[1]), w.begin(claimed[2]), w.begin(claimed[3])
		began := w.now
		w.ok("mark", w.s.MarkAttempt(t.Context(), ringing.ID, false, campaigns.Leg{}, w.now))
		w.answered(waiting)
		w.answered(talking)
		w.closed(w.answered(over), call.ByCaller)
		w.now = w.now.Add(time.Second)
		joined := w.now
		for _, talk := range []call.Talk{
			{ID: newID(), CallID: string(waiting.ID), Queue: "care", WaitedFrom: began},
			{ID: newID(), CallID: string(talking.ID), Queue: "care", WaitedFrom: began, JoinedAt: joined},
		} {
			w.ok("save a talk", w.s.SaveTalk(t.Context(), talk))
		}
		w.now = w.now.Add(time.Second)
		w.s = w.again()
		_, err := w.s.Recover(t.Context(), theNode, w.now)
		w.ok("recover", err)

		got := w.tally(began)
		want := campaigns.Tally{Answered: 3, Abandoned: 2, Met: 1}
		if mode == campaigns.Agentless {
			want = campaigns.Tally{}
		}
		if got != want {
			t.Errorf("%s: counted %+v; want %+v", mode, got, want)
		}
	}
}

// tally is what was counted of the campaign's calls since a time.
func (w *world) tally(since time.Time) (sum campaigns.Tally) {
	w.Helper()
	slots, err := w.s.AnsweredSince(w.Context(), w.c.ID, since)
	w.ok("tally", err)
	for _, s := range slots {
		sum = sum.Plus(s.Tally)
	}
	return sum
}
