package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestBenchMedia measures a few calls, with the far end in this process.
func TestBenchMedia(t *testing.T) {
	toFar, fromNear := io.Pipe()
	toNear, fromFar := io.Pipe()
	done := make(chan error, 1)
	go func() {
		cmd := benchFarEndCmd{Calls: 3, Talk: true}
		done <- cmd.Run(&app{ctx: t.Context(), streams: streams{in: toFar, out: fromFar, err: io.Discard}})
	}()
	far := &farProcess{in: fromNear, lines: bufio.NewReader(toNear), kill: func() {}}
	if err := far.meet(3); err != nil {
		t.Fatal(err)
	}
	cmd := benchMediaCmd{Calls: 3, For: time.Second}
	var r mediaRun
	if err := cmd.measure(t.Context(), &r, far); err != nil {
		t.Fatal(err)
	}
	far.stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if r.Sent < 100 || r.Received < 100 || r.FarEnd.Packets < 100 || r.PerCall <= 0 || r.FarEnd.LateMS.Max < r.FarEnd.LateMS.P50 {
		t.Errorf("measured %+v", r)
	}
	var table bytes.Buffer
	mediaBench{Machine: thisMachine(), Calls: 3, Seconds: 1, Runs: []mediaRun{r}}.print(&table)
	for _, want := range []string{"Machine ", "load before and after", "CPU per call", "99.9 %", "drift at the end"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, table.String())
		}
	}
}

func TestBenchMediaFigures(t *testing.T) {
	steady, slow := make([]int32, 1500), make([]int32, 1500)
	for i := range steady {
		steady[i] = int32(i%7) * 1000 // jitter alone
		slow[i] = int32(i) * 10       // 10 us later with each packet
	}
	if got := drift(steady); got != 0 {
		t.Errorf("drift of a steady stream = %v ms; want 0", got)
	}
	if got := drift(slow); got != 14.5 {
		t.Errorf("drift = %v ms; want 14.5 over 1450 packets of 10 us", got)
	}
	if got := drift(slow[:99]); got != 0 {
		t.Errorf("drift of less than two seconds = %v; want 0", got)
	}
	sorted := make([]int32, 1000)
	for i := range sorted {
		sorted[i] = int32(i+1) * 1000
	}
	for p, want := range map[float64]float64{0: 1, 0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := percentile(sorted, p); got != want {
			t.Errorf("percentile(%v) = %v; want %v", p, got, want)
		}
	}
	if got := percentile(nil, 0.5); got != 0 {
		t.Errorf("percentile of nothing = %v", got)
	}
}

func TestBenchMediaUsage(t *testing.T) {
	for _, args := range [][]string{{"bench", "media", "--calls", "0"}, {"bench", "media", "--for", "1ms"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, streams{in: strings.NewReader(""), out: io.Discard, err: &errs}); code != exitUsage {
			t.Errorf("%v exits with %d, %s; want %d", args, code, errs.String(), exitUsage)
		}
	}
}
