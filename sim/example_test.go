package sim_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"careline/sim"
)

var full = flag.Bool("full", false, "rehearse the example with all its customers and seeds")

// example reads examples/rehearsal.yaml, with so many of its customers.
func example(t testing.TB, customers int) sim.Script {
	t.Helper()
	text, err := os.ReadFile("../examples/rehearsal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sim.Parse("rehearsal.yaml", text, func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join("../examples", path))
	})
	if err != nil {
		t.Fatal(err)
	}
	list := &s.Setup.Lists[0]
	if len(list.Customers) != 22_171 {
		t.Fatalf("the example has %d customers; want 22171", len(list.Customers))
	}
	if customers > 0 {
		list.Customers = list.Customers[:customers]
		for i := range s.Setup.Trunks { // as busy as with all of them
			s.Setup.Trunks[i].MaxCalls = max(s.Setup.Trunks[i].MaxCalls*customers/22_171, 1)
			s.Setup.Trunks[i].PerSecond *= float64(customers) / 22_171
		}
	}
	return s
}

// TestExample rehearses what ships: its chances of each attempt have to lead to
// the funnel that an operator has published. The whole is for make sim.
func TestExample(t *testing.T) {
	customers, seeds, within := 1200, 2, []float64{4, 3.5, 4}
	if *full {
		customers, seeds, within = 0, 5, []float64{0.9, 0.8, 0.9}
	}
	s := example(t, customers)
	began := time.Now()
	var list []uint64
	for i := range seeds {
		list = append(list, uint64(i)+1)
	}
	runs, err := sim.Run(t.Context(), s.Setup, list, runtime.GOMAXPROCS(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	c := sim.Summarise(s.Name, s.Setup, runs).Campaigns[0]
	t.Logf("%.2f %% connected, %.2f %% completed, %.2f %% yes; %d seeds took %v", 100*c.Reach.Mean, 100*c.Completion.Mean, 100*c.Acceptance.Mean, seeds, took.Round(time.Millisecond))
	for i, f := range []struct {
		name      string
		got, want float64
	}{
		{"connected", 100 * c.Reach.Mean, 73.20},
		{"completed", 100 * c.Completion.Mean, 87.86},
		{"yes", 100 * c.Acceptance.Mean, 86.46},
	} {
		if math.Abs(f.got-f.want) > within[i] {
			t.Errorf("%s = %.2f %%; want %.2f %% within %.1f points", f.name, f.got, f.want, within[i])
		}
	}
	for _, r := range runs {
		c := r.Campaigns[0]
		if c.State != "finished" || c.Left != 0 || c.Attempts < c.Submitted {
			t.Errorf("seed %d: %s with %d left, %d attempts; want it through, with more attempts than contacts", r.Seed, c.State, c.Left, c.Attempts)
		}
	}
}

// TestSameSeedSameDays compares all that is told of two runs, byte by byte: of
// the example, and of days with agents and several places.
func TestSameSeedSameDays(t *testing.T) {
	rehearse := func(s sim.Setup, seed uint64) []byte {
		runs, err := sim.Run(t.Context(), s, []uint64{seed}, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(sim.Summarise("", s, runs))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, setup := range map[string]sim.Setup{"example": example(t, 100).Setup, "day": newDay(4).setup} {
		once, again, other := rehearse(setup, 7), rehearse(setup, 7), rehearse(setup, 9)
		if !bytes.Equal(once, again) {
			t.Errorf("%s: the same seed gave\n%s\nand\n%s", name, once, again)
		}
		if bytes.Equal(once, other) {
			t.Errorf("%s: other seeds gave the same", name)
		}
	}
}

// BenchmarkSeed is one run of the example, with as much garbage as the command
// lets there be.
func BenchmarkSeed(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	s := example(b, 0)
	for i := range b.N {
		if _, err := sim.Run(b.Context(), s.Setup, []uint64{uint64(i) + 1}, 1, nil); err != nil {
			b.Fatal(err)
		}
	}
}
