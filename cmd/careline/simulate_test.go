package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"careline/sim"
)

// rehearsed is a small rehearsal beside the office's configuration.
const rehearsed = `
rehearsal: small
start: 2026-03-02 09:00
zone: Europe/London
seeds: 2
flows: [flows/care-call.yaml, flows/contract-expiry.yaml]
campaigns:
  - {name: c, flow: contract-expiry, list: l, trunks: [t], caller_id: "+442079460901", complete: [renew], success: {renew: ["1"]}, rules: none}
  - {name: agents, flow: care-call, list: l, mode: progressive, queue: care, trunks: [t], caller_id: "+442079460902", rules: none}
customers: [{list: l, count: 60, first: "+447400100000"}]
trunks: [{name: t, max_calls: 20, calls_per_second: 2}]
agents: [{queue: care, count: 3}]
`

// list has ten rows of numbers.
func tenRows() string {
	var b strings.Builder
	b.WriteString("number,contract_end\n")
	for i := range 10 {
		fmt.Fprintf(&b, "+4420794601%02d,2026-12-31\n", i)
	}
	return b.String()
}

func TestSimulateFile(t *testing.T) {
	o := newOffice(t)
	file := o.write(t, "r.yaml", rehearsed)
	out := o.does(t, "simulate", file, "--until", "2d")
	for _, want := range []string{"Rehearsal of small", "2 runs, seeds 1 to 2", "connected", "how attempts ended", "Calls by the hour", "busy   lost", "Trunks", "abandoned"} {
		if !strings.Contains(out, want) {
			t.Errorf("simulate says nothing of %q:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	once, again := o.does(t, "simulate", file, "--json", "--seeds", "1"), o.does(t, "simulate", file, "--json", "--seeds", "1")
	if once != again {
		t.Errorf("the same seed gave\n%s\nand\n%s", once, again)
	}
	var sum sim.Summary
	if err := json.Unmarshal([]byte(once), &sum); err != nil || len(sum.Runs) != 1 || sum.Campaigns[0].Submitted != 60 {
		t.Errorf("JSON of %d runs, %v", len(sum.Runs), err)
	}
}

func TestSimulateTriesAnotherMode(t *testing.T) {
	o := newOffice(t)
	file := o.write(t, "r.yaml", rehearsed)
	var sum sim.Summary
	out := o.does(t, "simulate", file, "--json", "--seeds", "1", "--mode", "agentless", "--from", "2026-03-03 10:00", "--seed", "5")
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatal(err)
	}
	if sum.Campaigns[1].Live.Mean != 0 || sum.Seeds[0] != 5 || sum.Start.Hour() != 10 {
		t.Errorf("live %v, seeds %v, start %v; want no agents' calls, seed 5 at 10", sum.Campaigns[1].Live, sum.Seeds, sum.Start)
	}
}

func TestSimulateCampaign(t *testing.T) {
	o := newOffice(t)
	o.does(t, "contacts", "import", o.write(t, "l.csv", tenRows()), "--list", "contract-expiry")
	o.does(t, "campaign", "create", "../../examples/campaigns/contract-expiry.yaml")
	before := o.does(t, "campaign", "report", "contract-expiry", "--json")
	people := o.write(t, "p.yaml", "people: [{answers: 0.9, busy: 0, off: 0, refuses: 0, invalid: 0, absent: 0}]\n")
	var sum sim.Summary
	out := o.does(t, "simulate", "contract-expiry", "--json", "--seeds", "2", "--from", "2026-03-02 09:00", "--people", people)
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatal(err)
	}
	if c := sum.Campaigns[0]; c.Submitted != 10 || c.Connected.Mean < 8 {
		t.Errorf("%d submitted, %v connected; want nearly all of 10", c.Submitted, c.Connected.Mean)
	}
	if after := o.does(t, "campaign", "report", "contract-expiry", "--json"); after != before {
		t.Errorf("the rehearsal has changed the campaign from\n%s to\n%s", before, after)
	}
}

func TestSimulateRefuses(t *testing.T) {
	o := newOffice(t)
	file := o.write(t, "r.yaml", rehearsed)
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{exitFailed, `there is no campaign "nobody"`, []string{"nobody"}},
		{exitFailed, "no such file", []string{"nothing.yaml"}},
		{exitFailed, "r2.yaml:1: rehearse: no such key", []string{o.write(t, "r2.yaml", "rehearse: x\n")}},
		{exitUsage, "--seeds 0 is not from 1 to 1000", []string{file, "--seeds", "0"}},
		{exitUsage, "--until: \"soon\" is neither a time", []string{file, "--until", "soon"}},
		{exitUsage, "is not after the start", []string{file, "--until", "2026-03-01"}},
		{exitUsage, "--from: \"noon\" is not a time", []string{file, "--from", "noon"}},
		{exitUsage, "--mode fast is none of", []string{file, "--mode", "fast"}},
		{exitUsage, "--mode: mode preview cannot be rehearsed", []string{file, "--mode", "preview"}},
		{exitFailed, "campaign agents: in mode preview agents choose when to dial, which cannot be rehearsed", []string{o.write(t, "r3.yaml", strings.Replace(rehearsed, "progressive", "preview", 1))}},
		{exitUsage, "--people is for a campaign", []string{file, "--people", file}},
		{exitFailed, "is a campaign file; make a draft of it by careline campaign create", []string{"../../examples/campaigns/contract-expiry.yaml"}},
		{exitFailed, "campaign c: mode power needs a queue", []string{file, "--mode", "power"}},
	} {
		code, _, errs := o.types(t, "", append([]string{"simulate"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("simulate %v = %d, %q; want %d, %q", tt.args, code, errs, tt.code, tt.want)
		}
	}
}

// TestSimulateSeeds: what is typed counts more than what the file says, also where
// it is the usual number.
func TestSimulateSeeds(t *testing.T) {
	o := newOffice(t)
	file := o.write(t, "r.yaml", rehearsed)
	for _, tt := range []struct {
		want int
		args []string
	}{{2, nil}, {5, []string{"--seeds", "5"}}, {1, []string{"--seeds", "1"}}} {
		var sum sim.Summary
		out := o.does(t, append([]string{"simulate", file, "--json", "--mode", "agentless"}, tt.args...)...)
		if err := json.Unmarshal([]byte(out), &sum); err != nil {
			t.Fatal(err)
		}
		if len(sum.Seeds) != tt.want {
			t.Errorf("%v: %d runs; want %d", tt.args, len(sum.Seeds), tt.want)
		}
	}
}

// TestSimulateCampaignOfAgents has the configured ones at work.
func TestSimulateCampaignOfAgents(t *testing.T) {
	o := staffed(t, "mode: progressive\nrules: none\n")
	code, out, errs := o.types(t, "", "simulate", "care", "--seeds", "1", "--from", "2026-03-02 09:00", "--json")
	if code != exitDone || !strings.Contains(errs, "1 agent of the configuration at work in queue care") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	var sum sim.Summary
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatal(err)
	}
	if c := sum.Campaigns[0]; c.Submitted != 3 || c.Attempts.Mean < 3 {
		t.Errorf("%d submitted, %v attempts; want calls to all 3", c.Submitted, c.Attempts.Mean)
	}
}
