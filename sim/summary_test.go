package sim_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sim"
)

func TestIntervalOverSeeds(t *testing.T) {
	setup := sim.Setup{Start: begins, Campaigns: make([]sim.Campaign, 1)}
	run := func(seed uint64, connected int) sim.Result {
		return sim.Result{Seed: seed, Campaigns: []sim.CampaignResult{{Name: "c", Submitted: 100, Connected: connected}}}
	}
	f := sim.Summarise("", setup, []sim.Result{run(3, 12), run(1, 10), run(2, 14)}).Campaigns[0].Connected
	// The mean of 10, 12 and 14 is 12, its deviation 2; Student's 95 % with two
	// degrees of freedom is 4.303.
	if half := 4.303 * 2 / math.Sqrt(3); math.Abs(f.Mean-12) > 1e-9 || math.Abs(f.High-12-half) > 1e-3 || math.Abs(12-half-f.Low) > 1e-3 {
		t.Errorf("connected = %+v; want 12 within %.3f", f, half)
	}
}

// No interval holds what cannot be: less than nobody, more than everybody.
func TestIntervalOfWhatCanBe(t *testing.T) {
	setup := sim.Setup{Start: begins, Campaigns: make([]sim.Campaign, 1)}
	run := func(seed uint64, connected int) sim.Result {
		return sim.Result{Seed: seed, Campaigns: []sim.CampaignResult{{Name: "c", Submitted: 10, Connected: connected}}}
	}
	c := sim.Summarise("", setup, []sim.Result{run(1, 2), run(2, 9)}).Campaigns[0]
	if c.Connected.Low != 0 || c.Connected.Mean != 5.5 || c.Reach.Low != 0 || c.Reach.High != 1 {
		t.Errorf("connected %+v, share %+v; want from 0, and up to 1", c.Connected, c.Reach)
	}
}

// rehearse runs a small setup once.
func rehearse(t *testing.T, change func(*sim.Setup)) (sim.Result, sim.Summary) {
	t.Helper()
	s := example(t, 200).Setup
	s.Trunks[0].MaxCalls, s.Trunks[0].PerSecond = 20, 2
	s.Trunks[1].MaxCalls, s.Trunks[1].PerSecond = 20, 2
	change(&s)
	runs, err := sim.Run(t.Context(), s, []uint64{1}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return runs[0], sim.Summarise("", s, runs)
}

func warned(s sim.Summary, of string) bool {
	return strings.Contains(strings.Join(s.Warnings, "\n"), of)
}

func TestCarrierThatIsDown(t *testing.T) {
	r, s := rehearse(t, func(s *sim.Setup) {
		s.Trunks[0].Carrier.Down = []sim.Outage{{From: 0, For: 100 * 24 * time.Hour}}
	})
	c := r.Campaigns[0]
	if c.Connected < 100 || c.Dispositions[campaigns.Congestion] == 0 {
		t.Errorf("%d connected, %d congestion; want the spare trunk to carry what the first does not", c.Connected, c.Dispositions[campaigns.Congestion])
	}
	if !warned(s, "trunk carrier: the carrier does not take") {
		t.Errorf("warnings %q; want one of the carrier", s.Warnings)
	}
}

func TestNotThroughInTime(t *testing.T) {
	r, s := rehearse(t, func(s *sim.Setup) {
		s.Until = s.Start.Add(2 * time.Minute)
	})
	if c := r.Campaigns[0]; c.Left == 0 || c.State != campaigns.Running {
		t.Errorf("%d left, %s; want some left", c.Left, c.State)
	}
	if !warned(s, "is not through by Mon 2 Mar 09:02 in 1 of 1 runs") {
		t.Errorf("warnings %q; want one of the time", s.Warnings)
	}
}

func TestHoldOutsAndHoursBite(t *testing.T) {
	r, s := rehearse(t, func(s *sim.Setup) {
		s.Campaigns[0].HoldOut = 0.2
		s.Start = s.Start.Add(10*time.Hour + 50*time.Minute) // 19:50
	})
	if held := r.Campaigns[0].Contacts[campaigns.HeldOut]; held < 20 || held > 60 {
		t.Errorf("%d of 200 held out; want some 40", held)
	}
	if r.Held[campaigns.RuleHours] == 0 || !warned(s, "held out for comparison") {
		t.Errorf("held %v, warnings %q; want hours and hold-outs", r.Held, s.Warnings)
	}
}

// TestFewLinesAreEnough: a trunk is used as far as it may be and no further.
func TestTrunkUse(t *testing.T) {
	r, _ := rehearse(t, func(s *sim.Setup) {
		s.Campaigns[0].Trunks = []string{"carrier"}
		s.Trunks[0].MaxCalls = 5
	})
	if u := r.Trunks[0]; u.MostAtOnce != 5 || u.Fastest > 3 || u.Calls != r.Campaigns[0].Attempts {
		t.Errorf("trunk %+v; want 5 calls at once, at most 2 a second, %d calls", u, r.Campaigns[0].Attempts)
	}
}
