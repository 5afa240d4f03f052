package main

import (
	"fmt"
	"io"
)

// print writes the table.
func (m signallingBench) print(w io.Writer) {
	fmt.Fprintf(w, "Inbound calls (INVITE, 200, ACK, BYE) with their records in %s; the service has one core.\n", m.Database)
	m.Machine.print(w)
	c, o := m.Carried, m.Overload
	fmt.Fprintf(w, "\n%d calls\n", c.Offered)
	c.print(w)
	row(w, "failed", "%d %s  (wanted: none at %d calls/s)  %s", c.Failed, whyFailed(c.Why), wantedRate, metOrMissed(c.Failed+c.Refused == 0))
	row(w, "CPU per call", "%.2f ms, %.2f of a core  (wanted: at most %.1f ms)  %s", c.CPU, c.Core, wantedCPU, metOrMissed(c.CPU <= wantedCPU))
	fmt.Fprintf(w, "\ntwice what it can carry\n")
	o.print(w)
	row(w, "failed of those accepted", "%d %s  %s", o.Failed, whyFailed(o.Why), metOrMissed(o.Failed == 0))
	still := float64(o.Carried) / max(float64(o.Offered)/2, 1)
	row(w, "carried of what it can", "%.0f %%  (wanted: at least %.0f %%)  %s", 100*still, 100*leastAfter, metOrMissed(still >= leastAfter))
	row(w, "99 % of those accepted answered in", "%.1f ms  (wanted: at most %d ms)  %s", o.AnswerMS.P99, wantedP99, metOrMissed(o.AnswerMS.P99 <= wantedP99))
	row(w, "CPU", "%.2f of a core", o.Core)
	m.Leaks.print(w)
	m.Flood.print(w)
	fmt.Fprintf(w, "\nrecords\n")
	r := m.Records
	row(w, "calls carried, ended rows, open rows", "%d, %d, %d  %s", r.Carried, r.Ended, r.Open, metOrMissed(r.Open == 0 && r.Ended >= r.Carried))
}

func row(w io.Writer, name, format string, args ...any) {
	fmt.Fprintf(w, "  %-38s", name)
	fmt.Fprintf(w, format+"\n", args...)
}

func (c calling) print(w io.Writer) {
	row(w, "offered", "%d, %.0f a second", c.Offered, c.Rate)
	row(w, "carried", "%d, %.0f a second", c.Carried, float64(c.Carried)/c.Seconds)
	if c.Refused > 0 {
		row(w, "refused with 503", "%d, %.0f %%", c.Refused, 100*float64(c.Refused)/float64(c.Offered))
	}
	row(w, "INVITE to 200: half, 99 %, all", "%.1f, %.1f, %.1f ms", c.AnswerMS.P50, c.AnswerMS.P99, c.AnswerMS.Max)
}

func (l leakCheck) print(w io.Writer) {
	fmt.Fprintf(w, "\n%.0f s after the last of these calls, and of as many again\n", l.Wait)
	b, f, s := l.Before, l.After, l.Again
	row(w, "goroutines before, after, after both", "%d, %d, %d  %s", b.Goroutines, f.Goroutines, s.Goroutines,
		metOrMissed(max(f.Goroutines, s.Goroutines) <= b.Goroutines))
	row(w, "sockets before, after, after both", "%d, %d, %d  %s", b.Sockets, f.Sockets, s.Sockets,
		metOrMissed(max(f.Sockets, s.Sockets) <= b.Sockets))
	row(w, "heap after two collections", "%.2f, %.2f, %.2f MB  (wanted: within 2 MB)  %s", megabytes(b.HeapBytes),
		megabytes(f.HeapBytes), megabytes(s.HeapBytes), metOrMissed(max(f.HeapBytes, s.HeapBytes) <= b.HeapBytes+wantedHeap))
}

func megabytes(n uint64) float64 { return float64(n) / (1 << 20) }

func (f flooding) print(w io.Writer) {
	fmt.Fprintf(w, "\n%.0f packets/s from %d unknown sources, during calls\n", float64(f.Packets)/f.Seconds, floodSources)
	f.With.print(w)
	row(w, "failed", "%d %s  %s", f.With.Failed, whyFailed(f.With.Why), metOrMissed(f.With.Failed+f.With.Refused == 0))
	row(w, "CPU without and with it", "%.2f, %.2f of a core", f.Without.Core, f.With.Core)
	row(w, "CPU of the flood", "%.2f of a core  (wanted: at most %.1f)  %s", f.Core, wantedFlood, metOrMissed(f.Core <= wantedFlood))
}

// whyFailed lists why calls failed.
func whyFailed(why map[string]int) string {
	if len(why) == 0 {
		return ""
	}
	return fmt.Sprint(why)
}
