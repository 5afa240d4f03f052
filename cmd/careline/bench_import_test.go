package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"careline/store/storetest"
)

// TestBenchImport measures a little: that every part of it works, and that it
// leaves nothing behind, not how fast it is.
func TestBenchImport(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) []string{
		"sqlite": func(testing.TB) []string { return nil },
		"postgres": func(tb testing.TB) []string {
			tb.Helper()
			return []string{"--database", storetest.Postgres(tb)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out, err := careline(t, append([]string{"bench", "import", "--quick", "--json", "--dir", dir}, database(t)...)...).Output()
			var m importBench
			if err == nil {
				err = json.Unmarshal(out, &m)
			}
			if err != nil {
				t.Fatalf("bench import: %v, %s", err, out)
			}
			if len(m.Imports) != 4 || m.Rows != 3000 || m.Alone.Begun == 0 || m.Beside.Begun == 0 || m.Alone.Failed+m.Beside.Failed > 0 {
				t.Errorf("measured: %+v", m)
			}
			for _, one := range m.Imports {
				if one.Rate <= 0 || one.CPU <= 0 || one.Memory <= 0 {
					t.Errorf("import: %+v", one)
				}
			}
			var table strings.Builder
			m.print(&table)
			for _, want := range []string{"into a new list and a running campaign", "longest pause", "wanted: at least"} {
				if !strings.Contains(table.String(), want) {
					t.Errorf("the table does not say %q:\n%s", want, table.String())
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("%v, %v is left behind", left, err)
			}
		})
	}
}

func TestBenchImportUsage(t *testing.T) {
	var errs strings.Builder
	if code := run(t.Context(), []string{"bench", "import", "--rows=5"}, streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
		t.Errorf("--rows=5 exits with %d, %s; want %d", code, errs.String(), exitUsage)
	}
}
