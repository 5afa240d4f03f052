package floor_test

import (
	"fmt"
	"testing"
	"time"

	"careline/dialer/pacing"
	"careline/sim/floor"
)

// TestLearnerKeepsTheCap dials campaigns of many kinds, told no laws: in each of
// them at most 3 % of the live answers are abandoned at the end, and agents are
// busier than by progressive dialing.
func TestLearnerKeepsTheCap(t *testing.T) {
	for name, change := range map[string]func(*floor.Scenario){
		"protocol":            func(*floor.Scenario) {},
		"drift":               func(s *floor.Scenario) { s.Drift = true },
		"halves at noon":      func(s *floor.Scenario) { s.Halves = s.Day / 2 },
		"exponential":         func(s *floor.Scenario) { s.Talk = floor.Law{Mean: 180, Exponential: true}; s.Wrap = floor.Law{} },
		"short talks":         func(s *floor.Scenario) { s.Talk, s.Wrap = floor.Law{Mean: 30, CV: 1}, floor.Law{Mean: 8, CV: 0.5} },
		"long talks":          func(s *floor.Scenario) { s.Talk, s.Days = floor.Law{Mean: 900, CV: 1}, 4 },
		"people as machines":  func(s *floor.Scenario) { s.Machines = 0.05 },
		"detection takes 2 s": func(s *floor.Scenario) { s.Detection = 2 },
		"slow lines":          func(s *floor.Scenario) { s.Ring = floor.Ring{Delay: 6, Mean: 14, Longest: 40, GiveUp: 46, FailAt: 7} },
		"asked every 2 s":     func(s *floor.Scenario) { s.Tick = 2 },
		"asked every 5 s":     func(s *floor.Scenario) { s.Tick = 5 },
		"nobody waits":        func(s *floor.Scenario) { s.Patience = 0.001 },
		"shifts": func(s *floor.Scenario) {
			s.Shift = func(agent int) floor.Shift {
				late := float64(agent%4) * 3600
				return floor.Shift{From: late, To: s.Day - 2*3600 + late/2}
			}
		},
	} {
		for _, cell := range []struct {
			agents int
			p      float64
		}{{5, 0.3}, {20, 0.15}} {
			t.Run(fmt.Sprintf("%s, N=%d", name, cell.agents), func(t *testing.T) {
				t.Parallel()
				s := floor.Protocol(cell.agents, cell.p)
				s.Days, s.Seed = 2, 1
				change(&s)
				ours, progressive := dial(t, floor.Learner, s), dial(t, floor.Progressive, s)
				t.Logf("%.1f (%.2f, at worst %.2f), progressive %.1f", 100*ours.Utilisation(), 100*ours.Rate(), 100*ours.Worst, 100*progressive.Utilisation())
				if ours.Rate() > 0.03 {
					t.Errorf("abandoned %d of %d, %.2f %%; want at most 3 %%", ours.Abandoned, ours.Answered, 100*ours.Rate())
				}
				if ours.Utilisation() <= progressive.Utilisation() {
					t.Errorf("utilisation %.3f; progressive %.3f", ours.Utilisation(), progressive.Utilisation())
				}
			})
		}
	}
}

// TestLearnerKeepsTheCapInEverySeed dials short campaigns, which have the least
// answers to make up for bad luck with.
func TestLearnerKeepsTheCapInEverySeed(t *testing.T) {
	for seed := range uint64(12) {
		s := floor.Protocol(5, 0.5)
		s.Days, s.Seed, s.Drift = 1, 100+seed, seed%2 == 0
		if c := dial(t, floor.Learner, s); c.Rate() > 0.03 {
			t.Errorf("seed %d: abandoned %d of %d, %.2f %%; want at most 3 %%", s.Seed, c.Abandoned, c.Answered, 100*c.Rate())
		}
	}
}

// TestLearnerReachesTheReference is told no laws and does as well as who is told.
func TestLearnerReachesTheReference(t *testing.T) {
	s := floor.Protocol(5, 0.3)
	s.Days = 8
	s.Seed = 1
	ours, reference := dial(t, floor.Learner, s).Utilisation(), dial(t, floor.Reference, s).Utilisation()
	if ours < reference-0.003 {
		t.Errorf("utilisation %.3f; the reference %.3f", ours, reference)
	}
}

// TestLearnerKeepsTheCapOfEachDay counts over 24 h, as a regulator may: no day is
// over the cap, though over the campaign there would be room.
func TestLearnerKeepsTheCapOfEachDay(t *testing.T) {
	for _, rolling := range []bool{false, true} {
		s := floor.Protocol(20, 0.3)
		s.Seed, s.Days = 5, 5
		w := pacing.Window{Span: 24 * time.Hour, Rolling: rolling}
		c, err := floor.Run(t.Context(), s, floor.NewLearner(pacing.Options{Window: w}))
		if err != nil {
			t.Fatal(err)
		}
		if c.BadDays > 0 || c.Utilisation() < 0.88 {
			t.Errorf("rolling %v: %d days over the cap, utilisation %.3f; want none, at least 0.88", rolling, c.BadDays, c.Utilisation())
		}
	}
}
