package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
)

var standingTests = tests{
	"what nodes do for campaigns is shown":        standingsShown,
	"what was abandoned is tallied for a restart": answersTallied,
}

func standingsShown(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	standing := campaigns.Standing{
		Campaign: w.c.ID, Node: theNode, At: w.now, Mode: campaigns.Power, Reasons: []campaigns.Reason{campaigns.AgentsServed},
		Agents:  &campaigns.Staffing{Queue: "care", Staffed: 3, Idle: 1, Ringing: 2},
		Abandon: []campaigns.Bound{{Rule: "US-1", Rate: 0.021, Cap: 0.03}},
		Trunks:  []campaigns.Carrier{{Name: "east", Up: true, Calls: 2, MaxCalls: 10, Rate: 5, Of: 5}},
	}
	shown := func(want ...campaigns.Standing) {
		t.Helper()
		got, err := w.s.Standings(t.Context(), w.c.ID, w.now)
		w.ok("read standings", err)
		if diff := cmp.Diff(append([]campaigns.Standing{}, want...), got); diff != "" {
			t.Errorf("standings (-want +got):\n%s", diff)
		}
	}
	save := func(node string, changed []campaigns.Standing, gone ...campaigns.ID) {
		t.Helper()
		w.ok("save standings", w.s.SaveStandings(t.Context(), node, changed, gone))
	}
	shown()
	save(theNode, []campaigns.Standing{standing})
	shown(standing)
	standing.Calls, standing.At = 5, w.now.Add(time.Second)
	save(theNode, []campaigns.Standing{standing})
	save("never ran", []campaigns.Standing{standing})
	shown(standing)
	save(theNode, nil, "another", w.c.ID)
	shown()

	// A run that was killed has forgotten nothing; the next one of the node does.
	save(theNode, []campaigns.Standing{standing})
	w.s = w.again()
	shown()
	save(theNode, []campaigns.Standing{standing})
	w.renew(w.s, theNode)
	shown(standing)
}

func answersTallied(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 7, nil)
	answered := make([]time.Time, 0, 7)
	for i, contact := range w.claim(7) {
		a := w.begin(contact)
		up := w.now.Add(time.Duration(i) * 5 * time.Minute)
		w.ok("answered", w.s.MarkAttempt(t.Context(), a.ID, true, a.Leg, up))
		answered = append(answered, up)
		w.ok("end", w.s.EndAttempt(t.Context(), campaigns.End{
			Attempt: a.ID, Disposition: campaigns.Answered, At: up.Add(time.Minute), Reception: reception(i, up),
		}))
	}
	since := func(at time.Time) (sum campaigns.Tally) {
		t.Helper()
		slots, err := w.s.AnsweredSince(t.Context(), w.c.ID, at)
		w.ok("tally", err)
		for i, slot := range slots {
			sum = sum.Plus(slot.Tally)
			if slot.At.Before(at) || i > 0 && slot.At.Before(slots[i-1].At) {
				t.Errorf("slot %d of %v begins at %v; want them in order, since %v", i, slots, slot.At, at)
			}
		}
		return sum
	}
	if got, want := since(w.now), (campaigns.Tally{Answered: 4, Abandoned: 2, Met: 2, Machines: 1}); got != want {
		t.Errorf("tally = %+v; want %+v", got, want)
	}
	if got, want := since(answered[4]), (campaigns.Tally{Answered: 1, Abandoned: 1}); got != want {
		t.Errorf("tally since the fifth = %+v; want %+v", got, want)
	}
}

// reception is how the i-th of seven who answered is received.
func reception(i int, up time.Time) campaigns.Reception {
	soon := up.Add(time.Second)
	return []campaigns.Reception{
		{Party: campaigns.HumanParty, ConnectedAt: soon},
		{ConnectedAt: soon}, // nobody asked who it was
		{Party: campaigns.HumanParty, AbandonedAt: soon},
		{Party: campaigns.MachineParty, ConnectedAt: soon},
		{Party: campaigns.MachineParty},
		{Party: campaigns.HumanParty, AbandonedAt: soon},
		{Party: campaigns.HumanParty}, // hung up, or was called without agents
	}[i]
}
