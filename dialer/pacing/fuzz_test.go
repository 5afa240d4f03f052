package pacing_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"careline/dialer/pacing"
)

// fuzzed reads events from bytes: what, of whom, and how much later.
func fuzzed(b []byte, do func(what byte, id string, now time.Time)) {
	now := morning
	for ; len(b) >= 3; b = b[3:] {
		now = now.Add(time.Duration(int8(b[2])) * 200 * time.Millisecond) // also back
		if b[2] == 127 {
			now = now.Add(20 * time.Hour)
		}
		do(b[0], fmt.Sprint(b[1]%32), now)
	}
}

// FuzzEvents tells a policy whatever may come in whatever order. It must keep to
// its lines and its agents and not fall over.
func FuzzEvents(f *testing.F) {
	f.Add([]byte{5, 1, 1, 9, 0, 1, 0, 1, 1, 2, 1, 9, 6, 1, 1, 9, 0, 1, 7, 1, 100})
	f.Add([]byte{5, 1, 1, 5, 2, 1, 0, 1, 1, 0, 2, 9, 4, 1, 1, 9, 0, 127, 3, 1, 100, 9, 9, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := pacing.New(pacing.Options{MaxLines: 3})
		staffed := map[string]bool{}
		fuzzed(b, func(what byte, id string, now time.Time) {
			switch what % 12 {
			case 0:
				p.Placed(id, now)
			case 1:
				p.Ringing(id, now)
			case 2:
				p.Answered(id, true, now)
			case 3:
				p.Answered(id, false, now)
			case 4:
				p.Abandoned(id, now)
			case 5, 6, 7, 8:
				state := []pacing.AgentState{pacing.Idle, pacing.Talking, pacing.WrapUp, "lunch"}[what%12-5]
				p.Agent(id, state, now)
				staffed[id] = state != "lunch"
			case 9:
				p.Ended(id, now)
			default:
				n := p.Calls(now)
				check(t, p.Decision(), n, staffed)
			}
		})
	})
}

// check holds a decision against what the policy was told.
func check(t *testing.T, d pacing.Decision, n int, staffed map[string]bool) {
	t.Helper()
	there := 0
	for _, here := range staffed {
		if here {
			there++
		}
	}
	switch {
	case d.Idle+d.Busy != there:
		t.Errorf("%d idle, %d busy; want %d in all", d.Idle, d.Busy, there)
	case n < 0 || n > 0 && d.Lines+n > 3*there:
		t.Errorf("Calls = %d beside %d lines; want at most 3 for each of %d agents", n, d.Lines, there)
	case d.Waiting < 0 || d.Lines < 0 || d.Tally.Abandoned > d.Tally.Live:
		t.Errorf("decision %+v", d)
	}
	for name, x := range map[string]float64{"chance": d.Chance, "risk": d.Risk, "permitted": d.Permitted} {
		if math.IsNaN(x) || x < 0 || x > 1 {
			t.Errorf("%s = %v; want 0..1", name, x)
		}
	}
	if math.IsNaN(d.Answers) || math.IsNaN(d.Releases) || d.Answers > float64(d.Lines)+1e-6 || d.Releases > float64(d.Busy)+1e-6 {
		t.Errorf("%v answers of %d lines, %v releases of %d agents", d.Answers, d.Lines, d.Releases, d.Busy)
	}
}
