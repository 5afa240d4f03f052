package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"careline/sim/floor"
)

// TestBenchPacing compares the policies in one small cell: that each of them
// dials and that the figures are in their places, not how good they are.
func TestBenchPacing(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	args := []string{"bench", "pacing", "--agents", "5", "--p", "0.3", "--law", "static", "--days", "1", "--seeds", "2", "--json"}
	if code := run(t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &errs}); code != exitDone {
		t.Fatalf("bench pacing exits with %d, %s", code, errs.String())
	}
	var m pacingBench
	if err := json.Unmarshal([]byte(out.String()), &m); err != nil {
		t.Fatalf("bench pacing: %v, %s", err, out.String())
	}
	if len(m.Cells) != 1 || len(m.Cells[0].Rows) != len(floor.Methods) || m.Cells[0].Bound != 92 || m.Cells[0].Ratio <= 1 {
		t.Fatalf("cells: %+v", m.Cells)
	}
	for _, r := range m.Cells[0].Rows {
		if r.Utilisation < 60 || r.Utilisation > 92 || r.PerHour < 12 || r.PerConnect < 1/0.5 {
			t.Errorf("%s: %+v", r.Method, r)
		}
	}
	if ours := m.Cells[0].row(floor.Learner); !ours.Qualifies {
		t.Errorf("abandoned: %+v", ours)
	}
	if progressive := m.Cells[0].row(floor.Progressive); progressive.Abandoned != 0 || progressive.PerConnect < 3 {
		t.Errorf("progressive: %+v", progressive)
	}
	var table strings.Builder
	m.print(&table)
	for _, want := range []string{"p = 0.3, static", "N = 5", "careline", "best idle ratio", "upper bound", "92.0", "less the reference", "most abandoned"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, table.String())
		}
	}
}

func TestBenchPacingUsage(t *testing.T) {
	for _, flag := range []string{"--agents=0", "--p=0", "--p=1.5", "--days=-1", "--seeds=-1", "--law=none"} {
		var errs strings.Builder
		if code := run(t.Context(), []string{"bench", "pacing", flag}, streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%s exits with %d, %s; want %d", flag, code, errs.String(), exitUsage)
		}
	}
}

func TestMeanAndItsInterval(t *testing.T) {
	mean, half := meanOf([]float64{1, 2, 3})
	if mean != 2 || half < 2.48 || half > 2.49 { // 4.303 * 1 / sqrt 3
		t.Errorf("mean of 1, 2, 3 = %v ± %v; want 2 ± 2.48", mean, half)
	}
}
