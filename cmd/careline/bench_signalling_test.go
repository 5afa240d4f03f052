package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// TestBenchSignalling measures a little, with the service in a process of its
// own: that every part of it works, not how fast it is.
func TestBenchSignalling(t *testing.T) {
	t.Parallel()
	out, err := careline(t, "bench", "signalling", "--quick", "--calls", "40", "--rate", "40", "--json").Output()
	var m signallingBench
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		t.Fatalf("bench signalling: %v, %s", err, out)
	}
	if m.Carried.Carried != 40 || m.Carried.CPU <= 0 || m.Carried.AnswerMS.P50 <= 0 || m.Carried.Failed > 0 {
		t.Errorf("calls: %+v", m.Carried)
	}
	if o := m.Overload; o.Carried == 0 || o.Carried+o.Refused+o.Failed != o.Offered {
		t.Errorf("twice as many: %+v", o)
	}
	if l := m.Leaks; !l.ok() {
		t.Errorf("left behind: %+v", l)
	}
	if f := m.Flood; f.Packets == 0 || f.With.Failed > 0 || f.With.Carried == 0 {
		t.Errorf("flood: %+v", f)
	}
	if r := m.Records; r.Open > 0 || r.Ended < r.Carried || r.Carried == 0 {
		t.Errorf("records: %+v", r)
	}
	var table strings.Builder
	m.print(&table)
	for _, want := range []string{"INVITE to 200", "CPU per call", "twice what it can carry", "goroutines before, after", "unknown sources", "open rows"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, table.String())
		}
	}
}

func TestBenchSignallingUsage(t *testing.T) {
	for _, flag := range []string{"--calls=0", "--rate=0", "--hold=-1s"} {
		var errs strings.Builder
		if code := run(t.Context(), []string{"bench", "signalling", flag}, streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%s exits with %d, %s; want %d", flag, code, errs.String(), exitUsage)
		}
	}
}
