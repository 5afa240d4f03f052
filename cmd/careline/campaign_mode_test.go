package main

import (
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/store"
)

// staffedConfig is officeConfig with a queue that an agent serves.
const staffedConfig = officeConfig + `
agents: [{name: lina, extension: "201", display: Li Na, team: care, password: a-long-password-1}]
queues: [{name: care, extension: "301", team: care}]
`

// staffed is an office with agents and a draft of an agents' campaign, care; more
// goes into its file.
func staffed(t *testing.T, more string) *office {
	t.Helper()
	o := newOffice(t)
	o.write(t, "careline.yaml", staffedConfig)
	o.does(t, "contacts", "import", o.write(t, "customers.csv", list))
	o.does(t, "campaign", "create", o.write(t, "care.yaml", careDraft+more))
	return o
}

// careDraft is the file of an agents' campaign, without its mode.
const careDraft = `
name: care
flow: care-call
list: customers
queue: care
trunks: [carrier]
caller_id: "+442079460901"
`

// TestModeAsksWhatCreateAsks: another mode may be under other rules.
func TestModeAsksWhatCreateAsks(t *testing.T) {
	o := staffed(t, "mode: progressive\nrules: us\n")
	for _, tt := range []struct{ want, args string }{
		{"--ratio: it is for mode power, and says nothing in mode predictive", "predictive --ratio 2"},
		{"--ratio: it is for mode power, and says nothing in mode progressive", "--ratio 2"},
	} {
		if code, _, errs := o.types(t, "", append([]string{"campaign", "mode", "care"}, strings.Fields(tt.args)...)...); code != exitUsage || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %s; want %q", tt.args, code, errs, tt.want)
		}
	}
	o.does(t, "campaign", "mode", "care", "power", "--ratio", "1.5")
	out := o.does(t, "campaign", "mode", "care", "predictive")
	for _, want := range []string{"progressive -> power, queue care, 1.5 calls for each agent who is free  by", "power -> predictive, queue care  by"} {
		if !strings.Contains(out, want) {
			t.Errorf("the history is\n%s\nwant %q", out, want)
		}
	}
	if out := o.does(t, "campaign", "mode", "care", "--json"); !strings.Contains(out, `"mode":"power","queue":"care","ratio":1.5`) {
		t.Errorf("the history as JSON: %s", out)
	}
}

// TestModeFollowsTheRules of the mode that it changes to.
func TestModeFollowsTheRules(t *testing.T) {
	o := newOffice(t)
	o.write(t, "careline.yaml", staffedConfig)
	o.write(t, "flows/deaf.yaml", "flow: deaf\nlanguages: [en]\noutbound: true\nstart: a\nnodes:\n  a: {say: {en: [hello]}, next: end}\n")
	cfg, err := (&app{ctx: t.Context(), config: o.config}).loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), t.TempDir()+"/c.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := cfg.addFlows(t.Context(), s, time.Now()); err != nil {
		t.Fatal(err)
	}
	d := campaigns.Definition{Flow: "deaf", Queue: "care", Rules: []string{"us"}, Purpose: campaigns.Marketing, Mode: campaigns.Agentless}
	for _, tt := range []struct {
		want   string
		change func(*campaigns.Definition)
	}{
		{"deaf has no optout node, and rule US-6 asks for a way out", func(*campaigns.Definition) {}},
		{"abandon: it may only be stricter than US-1", func(d *campaigns.Definition) {
			d.Flow, d.Mode, d.Abandon.Cap = "care-call", campaigns.Predictive, 0.1
		}},
		{"", func(d *campaigns.Definition) { d.Purpose = campaigns.Informational }},
	} {
		d := d
		tt.change(&d)
		err := cfg.suits(t.Context(), s, d.WithDefaults(), "")
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s of %s: %v; want %q", d.Mode, d.Flow, err, tt.want)
		}
	}
}
