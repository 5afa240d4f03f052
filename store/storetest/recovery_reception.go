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

// movesReception: so it is of calls at a carrier, which go on: who waited for an
// agent has been abandoned, whatever becomes of them at the node that has them now.
func movesReception(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 2, func(d *campaigns.Definition) { d.Mode, d.Queue = campaigns.Predictive, "care" })
	began := w.now
	ids := make([]campaigns.AttemptID, 2)
	for i, c := range w.claim(2) {
		a, name := w.hosted(c)
		ids[i] = a.ID
		w.ok("mark", w.s.MarkAttempt(t.Context(), a.ID, true, campaigns.Leg{CallID: name}, w.now))
		w.answeredAt(w.s, a, name)
	}
	w.now = w.now.Add(time.Second)
	w.ok("save a talk", w.s.SaveTalk(t.Context(), call.Talk{ID: newID(), CallID: string(ids[1]), Queue: "care", WaitedFrom: began, JoinedAt: w.now}))
	for range 2 { // two crashes
		w.now = w.now.Add(time.Second)
		w.s = w.again()
		_, err := w.s.Recover(t.Context(), theNode, w.now)
		w.ok("recover", err)
	}
	for _, id := range ids {
		w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
			Attempt: id, Disposition: campaigns.Answered, Reception: campaigns.Reception{Party: campaigns.HumanParty}, At: w.now.Add(time.Second),
		}))
	}
	if got, want := w.tally(began), (campaigns.Tally{Answered: 2, Abandoned: 1, Met: 1}); got != want {
		t.Errorf("counted %+v; want %+v", got, want)
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
