package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// What is wanted of one core.
const (
	wantedWebhooks = 500 // a second, by two processes together
	wantedDocument = 50  // milliseconds until a webhook is answered, for 99 of 100
)

// benchWebhooksCmd has two processes of the service, on one core together, answer
// the webhooks of calls that Twilio has placed for a campaign: who answers, a flow
// of four questions, its end, and the status callbacks. Requests go to the two by
// turns, and each step is stored before it is answered.
type benchWebhooksCmd struct {
	Seconds int     `default:"60" help:"How long calls are begun."`
	Rate    float64 `default:"510" help:"Webhooks a second, in all."`
	Quick   bool    `help:"Measure for 3 s at 40 webhooks/s: to see that it works."`
	JSON    bool    `name:"json" help:"Print one JSON object."`
	Profile string  `hidden:"" type:"path" placeholder:"FILE" help:"Write a CPU profile of the first process."`
}

// webhooksBench is what was measured.
type webhooksBench struct {
	Machine  machine   `json:"machine"`
	Database string    `json:"database"`
	Disk     diskSpeed `json:"disk"`
	Offered  float64   `json:"offered_per_second"`
	Seconds  float64   `json:"seconds"` // while as many calls ended as began
	Made     float64   `json:"webhooks_per_second"`
	CPU      float64   `json:"cpu_ms_per_webhook"` // of both processes
	Core     float64   `json:"cpu_cores"`          // of both, while webhooks came

	Webhooks  int            `json:"webhooks"`
	ByProcess []int          `json:"webhooks_by_process"`
	Failed    map[string]int `json:"failed,omitempty"` // by what they were answered
	Took      lateness       `json:"answered_ms"`      // all webhooks
	Documents lateness       `json:"documents_ms"`     // those that ask what comes next

	Calls    int `json:"calls"`
	Finished int `json:"calls_finished"` // as rows say
	Given    int `json:"answers_given"`
	Kept     int `json:"answers_kept"` // rows that say what was pressed
	Missing  int `json:"answers_missing"`
	Other    int `json:"answers_other"` // rows that nobody has given
}

// ok tells whether every call has ended with all its answers.
func (m webhooksBench) ok() bool {
	return len(m.Failed) == 0 && m.Finished == m.Calls && m.Kept == m.Given && m.Missing+m.Other == 0
}

// The webhooks of a call: four callbacks, the answer, and one for each question.
const (
	benchQuestions = 4
	perCall        = 4 + 1 + benchQuestions
)

// calls is how many are made.
func (c *benchWebhooksCmd) calls() int {
	return max(int(c.Rate*float64(c.Seconds)/perCall), 1)
}

// Run measures.
func (c *benchWebhooksCmd) Run(a *app) error {
	if c.Quick {
		c.Seconds, c.Rate = 3, 40
	}
	switch {
	case c.Seconds < 1 || c.Rate <= 0 || c.Rate > 100_000:
		return fmt.Errorf("%w: for at least 1 second, at a rate above 0 and up to 100000", errUsage)
	case !strings.Contains(a.database, "://"):
		return fmt.Errorf("%w: two processes share a PostgreSQL server: name one by --database", errUsage)
	}
	if err := pinSelf(0, runtime.NumCPU() > 1); err != nil {
		fmt.Fprintln(a.err, "careline: Twilio's side is not kept off the service's core:", err)
	}
	out := webhooksBench{Machine: thisMachine(), Offered: c.Rate}
	b, err := c.open(a)
	if err == nil {
		err = b.measure(a.ctx, &out)
	}
	if closing := b.close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("bench webhooks: %w", err)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

// print writes the table.
func (m webhooksBench) print(w io.Writer) {
	fmt.Fprintf(w, "Webhooks of placed calls (who answers, %d questions, status callbacks), to two processes by turns, each step stored before it is answered;\n"+
		"the two have one core together, the database is %s.\n", benchQuestions, m.Database)
	m.Machine.print(w)
	m.Disk.print(w)
	fmt.Fprintf(w, "\n%d calls, %d webhooks\n", m.Calls, m.Webhooks)
	row(w, "offered", "%.0f webhooks/s", m.Offered)
	row(w, "made", "%.1f webhooks/s for %.1f s  (wanted: at least %d)  %s", m.Made, m.Seconds, wantedWebhooks, metOrMissed(m.Made >= wantedWebhooks))
	row(w, "by each process", "%v", m.ByProcess)
	row(w, "CPU of both processes", "%.2f ms per webhook, %.2f of a core", m.CPU, m.Core)
	row(w, "not answered well", "%s  %s", whyFailed(m.Failed), metOrMissed(len(m.Failed) == 0))
	row(w, "calls: made, ended in rows", "%d, %d  %s", m.Calls, m.Finished, metOrMissed(m.Calls == m.Finished))
	row(w, "answers: given, found in rows", "%d, %d  %s", m.Given, m.Kept, metOrMissed(m.Given == m.Kept))
	row(w, "answers: missing, of nobody", "%d, %d  %s", m.Missing, m.Other, metOrMissed(m.Missing+m.Other == 0))
	fmt.Fprintf(w, "\nuntil answered: half, 99 %%, 99.9 %%, all\n")
	m.Took.print(w, "webhooks", fmt.Sprintf("  (wanted: 99 %% within %d ms)  %s", wantedDocument, metOrMissed(m.Took.P99 <= wantedDocument)))
	m.Documents.print(w, "of these, that ask for a document", "")
}
