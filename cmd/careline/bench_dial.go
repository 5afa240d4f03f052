package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"time"
)

// What is wanted of one core.
const (
	wantedCalls  = 100 // a second
	wantedPrompt = 60  // milliseconds from a key to the first packet of what follows, for 99 of 100
)

// benchDialCmd has the service, in another process and on a core of its own, call
// everybody on a list: claim, policy, ledger row, INVITE, answer, a prompt of
// 1.0 s, one key by RFC 4733, the answer's row, a prompt of 0.5 s, BYE. SIPp is
// everybody.
type benchDialCmd struct {
	Seconds int     `default:"60" help:"How long calls are begun."`
	Rate    float64 `default:"102" help:"Calls a second."`
	Quick   bool    `help:"Measure for 3 s at 20 calls/s: to see that it works."`
	JSON    bool    `name:"json" help:"Print one JSON object."`
	Dir     string  `type:"existingdir" help:"Where the SQLite file is made (default: the folder for temporary files, or /var/tmp where that is in memory)."`
	Profile string  `hidden:"" type:"path" placeholder:"FILE" help:"Write a CPU profile of the service."`
}

// dialBench is what was measured.
type dialBench struct {
	Machine  machine   `json:"machine"`
	Database string    `json:"database"`
	Disk     diskSpeed `json:"disk"`
	Seconds  float64   `json:"seconds"` // from the first attempt to the last
	Offered  float64   `json:"offered_per_second"`
	Begun    float64   `json:"begun_per_second"`
	CPU      float64   `json:"cpu_ms_per_call"` // of the service
	Core     float64   `json:"cpu_cores"`       // of the service, while calls were begun
	Counts   dialCount `json:"counts"`
	Stages   struct {
		Commit lateness `json:"attempt_committed_ms"` // from the decision to call
		Answer lateness `json:"invite_to_answer_ms"`  // from then to the 2xx
		Prompt lateness `json:"key_to_prompt_ms"`     // as seen on the wire
		Keys   int      `json:"keys"`                 // that were followed by a prompt
		Unseen int      `json:"keys_without_prompt"`
	} `json:"stages"`
	Commits commitCount `json:"commits"`
}

// dialCount compares what both sides have counted.
type dialCount struct {
	Contacts     int            `json:"contacts"`
	Attempts     int            `json:"attempts"`        // rows
	Answered     int            `json:"answered"`        // rows that say so
	Answers      int            `json:"answers"`         // rows
	Dispositions map[string]int `json:"dispositions"`    // rows
	Open         int            `json:"open"`            // rows without an end
	Invites      int            `json:"far_invites"`     // calls that SIPp counts
	FarAnswered  int            `json:"far_answered"`    // that it has answered
	FarDone      int            `json:"far_done"`        // that went as they should until BYE
	FarFailed    int            `json:"far_failed"`      // that did not
	Repeated     int            `json:"far_retransmits"` // messages that came or went twice
}

// commitCount says how writes shared transactions.
type commitCount struct {
	Transactions int64   `json:"transactions"`
	Writes       int64   `json:"writes"`
	Mean         float64 `json:"writes_per_transaction"`
}

// ok tells whether both sides have counted the same.
func (c dialCount) ok() bool {
	return c.Attempts == c.Contacts && c.Invites == c.Attempts && c.Answered == c.FarAnswered && c.Answers == c.Answered &&
		c.FarDone == c.Attempts && c.FarFailed == 0 && c.Open == 0
}

// contacts is how many are called.
func (c *benchDialCmd) contacts() int { return max(int(c.Rate*float64(c.Seconds)), 1) }

// Run measures.
func (c *benchDialCmd) Run(a *app) error {
	if c.Quick {
		c.Seconds, c.Rate = 3, 20
	}
	if c.Seconds < 1 || c.Rate <= 0 || c.Rate > 10_000 {
		return fmt.Errorf("%w: for at least 1 second, at a rate above 0 and up to 10000", errUsage)
	}
	if err := pinSelf(0, runtime.NumCPU() > 1); err != nil {
		fmt.Fprintln(a.err, "careline: the far end is not kept off the service's core:", err)
	}
	out := dialBench{Machine: thisMachine(), Offered: c.Rate}
	b, err := c.open(a)
	if err != nil {
		return fmt.Errorf("bench dial: %w", err)
	}
	err = b.measure(a.ctx, &out)
	if closing := b.close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("bench dial: %w", err)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

// patience is how long the list may take.
func (c *benchDialCmd) patience() time.Duration {
	return time.Duration(2*c.Seconds)*time.Second + time.Minute
}
