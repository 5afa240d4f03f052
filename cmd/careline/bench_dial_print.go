package main

import (
	"fmt"
	"io"
)

// print writes the table.
func (m dialBench) print(w io.Writer) {
	fmt.Fprintf(w, "Calls placed through the whole stack (claim, policy, row, INVITE, 1.0 s of prompt, a key, its row, 0.5 s of prompt, BYE);\n"+
		"the service has one core, SIPp is the far end, the database is %s.\n", m.Database)
	m.Machine.print(w)
	m.Disk.print(w)
	c, s := m.Counts, m.Stages
	fmt.Fprintf(w, "\n%d contacts\n", c.Contacts)
	row(w, "offered", "%.0f calls/s", m.Offered)
	row(w, "begun", "%.1f calls/s for %.1f s  (wanted: at least %d)  %s", m.Begun, m.Seconds, wantedCalls, metOrMissed(m.Begun >= wantedCalls))
	row(w, "CPU of the service", "%.2f ms per call, %.2f of a core", m.CPU, m.Core)
	row(w, "rows by disposition", "%s", whyFailed(c.Dispositions))
	row(w, "attempts: rows, INVITEs at SIPp", "%d, %d  %s", c.Attempts, c.Invites, metOrMissed(c.Attempts == c.Invites && c.Attempts == c.Contacts))
	row(w, "answered: rows, SIPp", "%d, %d  %s", c.Answered, c.FarAnswered, metOrMissed(c.Answered == c.FarAnswered))
	row(w, "answers: rows, keys of SIPp", "%d, %d  %s", c.Answers, c.FarDone, metOrMissed(c.Answers == c.FarDone))
	row(w, "failed at SIPp, rows left open", "%d, %d  %s", c.FarFailed, c.Open, metOrMissed(c.FarFailed+c.Open == 0))
	row(w, "retransmissions at SIPp", "%d", c.Repeated)
	fmt.Fprintf(w, "\nstages: half, 99 %%, 99.9 %%, all\n")
	s.Commit.print(w, "attempt decided and committed", "")
	s.Answer.print(w, "INVITE to 2xx", "")
	s.Prompt.print(w, "key to the next prompt, on the wire", fmt.Sprintf("  (wanted: 99 %% within %d ms)  %s", wantedPrompt, metOrMissed(s.Prompt.P99 <= wantedPrompt)))
	row(w, "keys followed by a prompt, and not", "%d, %d  %s", s.Keys, s.Unseen, metOrMissed(s.Unseen == 0))
	row(w, "writes in one transaction", "%.1f: %d in %d", m.Commits.Mean, m.Commits.Writes, m.Commits.Transactions)
}

func (l lateness) print(w io.Writer, name, wanted string) {
	row(w, name, "%.1f, %.1f, %.1f, %.1f ms%s", l.P50, l.P99, l.P999, l.Max, wanted)
}

func (d diskSpeed) print(w io.Writer) {
	if d.Folder == "" {
		fmt.Fprintln(w, "Disk: not measured, as the server's folder is not on this machine.")
		return
	}
	fmt.Fprintf(w, "Disk (%s): 4 kB added and synced in %.2f ms, 99 of 100 in %.2f ms; during the calls %.2f, %.2f, at most %.2f ms.\n",
		d.Kind, d.Before.P50, d.Before.P99, d.During.P50, d.During.P99, d.During.Max)
}
