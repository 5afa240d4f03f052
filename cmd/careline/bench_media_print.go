package main

import (
	"fmt"
	"io"
	"time"
)

// print writes the table.
func (m mediaBench) print(w io.Writer) {
	fmt.Fprintf(w, "A prompt played to %d calls at once, for %.0f s each time; lateness and drift as the far end saw them.\n", m.Calls, m.Seconds)
	m.Machine.print(w)
	for _, r := range m.Runs {
		r.print(w, m.Calls)
	}
}

func (r mediaRun) print(w io.Writer, calls int) {
	f := r.FarEnd
	fmt.Fprintf(w, "\n%s\n", r.Name)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-34s", name)
		fmt.Fprintf(w, format+"\n", args...)
	}
	cpu := "" // of few calls the clock's own wake-ups are the greater part
	if calls >= targetCalls {
		cpu = metOrMissed(r.PerCall <= r.Most)
	}
	row("CPU per call", "%.3f %% of a core  (target for %d calls: at most %.2f %%)  %s", r.PerCall, targetCalls, r.Most, cpu)
	row("CPU in all", "%.1f %% of a core  (%.1f %% in the program, %.1f %% in the system)", r.User+r.System, r.User, r.System)
	row("drift at the end", "%.2f ms  (target: under %v)  %s", f.DriftMS, mostDrift, metOrMissed(f.DriftMS < float64(mostDrift)/float64(time.Millisecond)))
	row("lateness, half the packets", "%.2f ms at most", f.LateMS.P50)
	row("lateness, 99 % and 99.9 %", "%.2f ms and %.2f ms at most", f.LateMS.P99, f.LateMS.P999)
	row("lateness, all", "%.2f ms at most", f.LateMS.Max)
	row("packets sent, arrived", "%d, %d  (each side counts by its own clock)", r.Sent, f.Packets)
	row("packets received", "%d, %d lost", r.Received, r.Lost)
	row("sent over 30 ms late, skipped", "%d, %d", r.LateOver30, r.Skipped)
}

func metOrMissed(ok bool) string {
	if ok {
		return "met"
	}
	return "MISSED"
}
