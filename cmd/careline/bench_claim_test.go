package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"careline/store/storetest"
)

// TestBenchClaim measures a little: that every part of it works, and that it
// leaves nothing behind, not how fast it is.
func TestBenchClaim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, flags := range map[string]func(testing.TB) []string{
		"sqlite": func(testing.TB) []string { return []string{"--dir", dir} },
		"postgres": func(tb testing.TB) []string {
			tb.Helper()
			return []string{"--database", storetest.Postgres(tb)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := careline(t, append([]string{"bench", "claim", "--quick", "--json"}, flags(t)...)...).Output()
			var m claimBench
			if err == nil {
				err = json.Unmarshal(out, &m)
			}
			if err != nil {
				t.Fatalf("bench claim: %v, %s", err, out)
			}
			for _, l := range m.Lists {
				if l.Contacts == 0 || l.Fresh.P50 <= 0 || l.Churned.P50 <= 0 || l.Fresh.P99 < l.Fresh.P50 {
					t.Errorf("list: %+v", l)
				}
			}
			var table strings.Builder
			m.print(&table)
			for _, want := range []string{"5000", "nothing was vacuumed", "longest by shortest"} {
				if len(m.Lists) != 3 || !strings.Contains(table.String(), want) {
					t.Errorf("the table does not say %q:\n%s", want, table.String())
				}
			}
		})
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v, %v is left behind", left, err)
		}
	})
}

func TestBenchClaimUsage(t *testing.T) {
	for _, flag := range []string{"--contacts=100", "--rounds=0"} {
		var errs strings.Builder
		if code := run(t.Context(), []string{"bench", "claim", flag}, streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%s exits with %d, %s; want %d", flag, code, errs.String(), exitUsage)
		}
	}
}
