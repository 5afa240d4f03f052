package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"careline/store/storetest"
)

// TestBenchDial measures a little, with the service in a process of its own: that
// both sides count the same, not how fast it is.
func TestBenchDial(t *testing.T) {
	t.Parallel()
	for name, flag := range map[string]func(testing.TB) string{
		"--dir":      testing.TB.TempDir,
		"--database": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := careline(t, "bench", "dial", "--quick", "--json", name, flag(t)).Output()
			var m dialBench
			if err == nil {
				err = json.Unmarshal(out, &m)
			}
			if err != nil {
				t.Fatalf("bench dial: %v, %s", err, out)
			}
			if c := m.Counts; c.Contacts != 60 || !c.ok() {
				t.Errorf("both sides count %+v", c)
			}
			if s := m.Stages; s.Keys != 60 || s.Unseen != 0 || s.Prompt.P50 <= 0 || s.Commit.P50 <= 0 || s.Answer.P50 <= 0 {
				t.Errorf("stages: %+v", s)
			}
			if m.Disk.Before.P50 <= 0 || m.Disk.During.P50 <= 0 || m.CPU <= 0 || m.Begun <= 0 || m.Commits.Transactions == 0 {
				t.Errorf("measured: %+v", m)
			}
			var table strings.Builder
			m.print(&table)
			for _, want := range []string{"4 kB added and synced", "attempts: rows, INVITEs at SIPp", "key to the next prompt", "writes in one transaction", "map[answered:60]"} {
				if !strings.Contains(table.String(), want) {
					t.Errorf("the table does not say %q:\n%s", want, table.String())
				}
			}
		})
	}
}

func TestBenchDialUsage(t *testing.T) {
	for _, flags := range [][]string{{"--seconds=0"}, {"--rate=0"}, {"--database=careline.db"}} {
		var errs strings.Builder
		if code := run(t.Context(), append([]string{"bench", "dial"}, flags...), streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%v exits with %d, %s; want %d", flags, code, errs.String(), exitUsage)
		}
	}
}
