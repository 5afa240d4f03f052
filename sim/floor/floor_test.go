package floor_test

import (
	"math"
	"testing"

	"careline/sim/floor"
)

// dial runs a scenario by a method.
func dial(t *testing.T, m floor.Method, s floor.Scenario) floor.Counts {
	t.Helper()
	c, err := m.Dial(t.Context(), s, 1.75)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProgressiveByFormula holds the floor against U = S/(S + E[L]/p), where S is
// the mean time of a talk and its wrap-up, and L how long a line is held.
func TestProgressiveByFormula(t *testing.T) {
	for _, p := range []float64{0.1, 0.3, 0.5} {
		s := floor.Protocol(20, p)
		s.Seed = 1
		c := dial(t, floor.Progressive, s)
		const talk, delay, ring = 180, 3, 8
		line := p*(delay+ring) + 0.1*4 + (0.9-p)*25
		want := talk / (talk + line/p)
		if c.Abandoned != 0 || math.Abs(c.Utilisation()-want) > 0.015 {
			t.Errorf("p = %v: utilisation %.3f, %d abandoned; want %.3f, 0", p, c.Utilisation(), c.Abandoned, want)
		}
	}
}

// TestKnownFigures holds the ports of other policies against what they are known
// to reach at N = 5, p = 0.3, in percent.
func TestKnownFigures(t *testing.T) {
	for _, tt := range []struct {
		method          floor.Method
		used, abandoned float64
		within          float64 // points, of both
	}{
		{floor.Progressive, 74.5, 0, 1},
		{floor.BestRatio, 80.3, 1.6, 1}, // 1.75
		{floor.VICIdial, 74.4, 4.5, 2},
		{floor.VICIdialAO, 75.8, 3.1, 1},
		{floor.Reference, 82.3, 2.2, 1},
	} {
		s := floor.Protocol(5, 0.3)
		s.Days, s.Seed = 10, 1
		c := dial(t, tt.method, s)
		if used, lost := 100*c.Utilisation(), 100*c.Rate(); math.Abs(used-tt.used) > tt.within || math.Abs(lost-tt.abandoned) > tt.within {
			t.Errorf("%s: %.1f (%.1f); want %.1f (%.1f)", tt.method, used, lost, tt.used, tt.abandoned)
		}
	}
}

func TestCountsAddUp(t *testing.T) {
	s := floor.Protocol(10, 0.3)
	s.Days, s.Seed = 2, 7
	c := dial(t, floor.BestRatio, s)
	if open := c.Answered - c.Served - c.Abandoned; open < 0 || open > 2*s.Days {
		t.Errorf("%d answered, %d served, %d abandoned", c.Answered, c.Served, c.Abandoned)
	}
	if math.Abs(c.Staffed-float64(s.Agents*s.Days)*s.Day) > 1e-3 || c.Busy > c.Staffed {
		t.Errorf("staffed %v s, busy %v s; want %v s", c.Staffed, c.Busy, float64(s.Agents*s.Days)*s.Day)
	}
	if rate := float64(c.Answered) / float64(c.Placed); math.Abs(rate-0.3) > 0.02 {
		t.Errorf("%v of the calls were answered; want 0.3", rate)
	}
	if again := dial(t, floor.BestRatio, s); again != c {
		t.Errorf("the same campaign again: %+v; want %+v", again, c)
	}
	s.Seed = 8
	if other := dial(t, floor.BestRatio, s); other == c {
		t.Error("another seed gave the same campaign")
	}
}

// TestDrift holds the hourly profile of answers.
func TestDrift(t *testing.T) {
	s := floor.Protocol(20, 0.3)
	s.Drift, s.Days, s.Seed = true, 8, 3
	c := dial(t, floor.Progressive, s)
	if rate := float64(c.Answered) / float64(c.Placed); math.Abs(rate-0.3) > 0.03 { // the profile's mean is 1
		t.Errorf("%v of the calls were answered; want about 0.3", rate)
	}
	s.Drift, s.Halves = false, s.Day/2
	c = dial(t, floor.Progressive, s)
	if rate := float64(c.Answered) / float64(c.Placed); rate < 0.2 || rate > 0.25 {
		t.Errorf("%v of the calls were answered; want between 0.2 and 0.25: it halves at noon", rate)
	}
}

func TestSearchRatio(t *testing.T) {
	r, err := floor.SearchRatio(t.Context(), floor.Protocol(5, 0.3))
	if err != nil || r != 1.75 {
		t.Errorf("SearchRatio = %v, %v; want 1.75", r, err)
	}
}

func TestBound(t *testing.T) {
	s := floor.Protocol(20, 0.3)
	if b, ok := floor.Bound(s); !ok || b != 0.95 {
		t.Errorf("Bound = %v, %v; want 0.95", b, ok)
	}
	s.Drift = true
	if _, ok := floor.Bound(s); ok {
		t.Error("Bound of a drifting chance is known; want it unknown")
	}
}
