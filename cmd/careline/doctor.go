package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"careline/sip"
)

// doctorCmd looks a service over. It changes nothing and may run beside serve.
type doctorCmd struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// doctor collects what is found.
type doctor struct {
	cfg      config
	file     string // the configuration; empty: there is none
	runs     bool   // the service of this node runs, as the database has it
	findings []sip.Finding
}

// diagnosis is what is printed as JSON.
type diagnosis struct {
	Good     bool          `json:"good"`
	Findings []sip.Finding `json:"findings"`
	Open     []opening     `json:"open"` // who may do what
}

// errFaults is why doctor fails.
var errFaults = errors.New("something is wrong: see what is marked ✗")

// Run looks at everything, and fails when anything is wrong.
func (c *doctorCmd) Run(a *app) error {
	d := &doctor{file: cmp.Or(a.config, defaultConfig)}
	if _, err := os.Stat(d.file); err != nil {
		d.file = ""
	}
	open := d.examine(a)
	r := diagnosis{Good: true, Findings: d.findings, Open: open}
	for _, f := range d.findings {
		r.Good = r.Good && f.Mark != sip.Bad
	}
	if c.JSON {
		if err := json.NewEncoder(a.out).Encode(r); err != nil {
			return fmt.Errorf("print what was found: %w", err)
		}
	} else {
		for _, f := range r.Findings {
			printFinding(a.out, f)
		}
		printOpenings(a.out, r.Open)
	}
	if !r.Good {
		return errFaults
	}
	return nil
}

// examine looks at all parts, and returns what is open to whom. Without a
// configuration that can be read nothing else can be said.
func (d *doctor) examine(a *app) []opening {
	cfg, err := a.loadConfig()
	if err != nil {
		d.bad("configuration", err.Error(), "correct the file; its keys are explained in the README")
		return nil
	}
	d.cfg = cfg
	if d.file == "" {
		d.note("configuration", "there is no "+defaultConfig+" here; the defaults hold", "name another file with --config FILE")
	} else {
		d.good("configuration", abs(d.file)+" can be read")
	}
	d.secrets()
	d.limits()
	d.database(a.ctx)
	d.sockets()
	d.webhooks()
	d.files()
	d.security()
	return d.openings()
}

func (d *doctor) add(step string, mark sip.Mark, text, advice string) {
	d.findings = append(d.findings, sip.Finding{Step: step, Mark: mark, Text: text, Advice: advice})
}

func (d *doctor) good(step, text string)         { d.add(step, sip.Good, text, "") }
func (d *doctor) note(step, text, advice string) { d.add(step, sip.Note, text, advice) }
func (d *doctor) bad(step, text, advice string)  { d.add(step, sip.Bad, text, advice) }

func abs(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// bounded is a context for one look at the database.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, lookTime)
}
