package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"careline/store/storetest"
)

// TestBenchWebhooks measures a little, with both processes: that every call ends
// with its answers, not how fast it is.
func TestBenchWebhooks(t *testing.T) {
	t.Parallel()
	out, err := careline(t, "bench", "webhooks", "--quick", "--json", "--database", storetest.Postgres(t)).Output()
	var m webhooksBench
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		var e *exec.ExitError
		if errors.As(err, &e) {
			out = append(out, e.Stderr...)
		}
		t.Fatalf("bench webhooks: %v, %s", err, out)
	}
	if !m.ok() || m.Calls != 13 || m.Webhooks != 13*perCall || m.Given != 13*benchQuestions {
		t.Errorf("counted: %+v", m)
	}
	if m.ByProcess[0] == 0 || m.ByProcess[1] == 0 || m.Took.P50 <= 0 || m.Documents.P50 <= 0 || m.CPU <= 0 || m.Disk.Before.P50 <= 0 {
		t.Errorf("measured: %+v", m)
	}
	var table strings.Builder
	m.print(&table)
	for _, want := range []string{"answers: given, found in rows", "52, 52  met", "by each process", "webhooks/s"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, table.String())
		}
	}
}

func TestBenchWebhooksUsage(t *testing.T) {
	for _, flags := range [][]string{{"--seconds=0", "--database=postgres://x/y"}, {"--rate=0", "--database=postgres://x/y"}, {"--database=careline.db"}, nil} {
		var errs strings.Builder
		if code := run(t.Context(), append([]string{"bench", "webhooks"}, flags...), streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%v exits with %d, %s; want %d", flags, code, errs.String(), exitUsage)
		}
	}
}
