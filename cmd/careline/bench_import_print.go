package main

import (
	"fmt"
	"io"
)

// print writes the table.
func (m importBench) print(w io.Writer) {
	fmt.Fprintf(w, "Imports of %d rows (CSV, distinct national numbers) by careline contacts import into %s.\n", m.Rows, m.Database)
	m.Machine.print(w)
	fmt.Fprintln(w)
	wanted := wantedImportSQLite
	if m.Postgres {
		wanted = wantedImportPostgres
	}
	for i, one := range m.Imports {
		goal := ""
		if i == 0 {
			goal = fmt.Sprintf("  (wanted: at least %d)  %s", wanted, metOrMissed(one.Rate >= float64(wanted)))
		}
		row(w, one.What, " %6.0f rows/s in %.1f s, CPU %.1f s, %.0f MB%s", one.Rate, one.Seconds, one.CPU, one.Memory, goal)
	}
	fmt.Fprintln(w)
	for _, t := range []struct {
		what string
		beginTimes
	}{{"attempts begun, nothing else going on", m.Alone}, {"attempts begun during the last import", m.Beside}} {
		row(w, t.what, " %d, %d failed; half in %.1f ms, 99 %% in %.1f ms, the longest pause %.0f ms",
			t.Begun, t.Failed, t.TookMS.P50, t.TookMS.P99, t.TookMS.Max)
	}
}
