package main

import (
	"fmt"
	"io"
)

// print writes the table.
func (m claimBench) print(w io.Writer) {
	fmt.Fprintf(w, "Claims of %d contacts in %s, each list in a database of its own, by turns.\n", m.Limit, m.Database)
	m.Machine.print(w)
	fmt.Fprintf(w, "\n%12s %10s | %10s %10s | %10s %10s\n", "contacts", "made in", "claim p50", "p99", "after* p50", "p99")
	for _, l := range m.Lists {
		fmt.Fprintf(w, "%12d %8.1f s | %7.2f ms %7.2f ms | %7.2f ms %7.2f ms\n",
			l.Contacts, l.Made, l.Fresh.P50, l.Fresh.P99, l.Churned.P50, l.Churned.P99)
	}
	fmt.Fprintf(w, "* after %d more were claimed and done with, and nothing was vacuumed\n\n", m.Churn)
	first, last := m.Lists[0], m.Lists[len(m.Lists)-1]
	for _, r := range []struct {
		name    string
		is, was float64
	}{{"longest by shortest, as loaded", last.Fresh.P50, first.Fresh.P50}, {"longest by shortest, after*", last.Churned.P50, first.Churned.P50}} {
		row(w, r.name, "%.2f times  (wanted: less than %d)  %s", r.is/r.was, wantedGrowth, metOrMissed(r.is < wantedGrowth*r.was))
	}
}
