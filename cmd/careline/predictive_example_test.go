package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/sim"
)

// TestPredictiveExample: what ships goes together, and its rehearsal keeps the cap.
func TestPredictiveExample(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	o := &office{config: filepath.Join(dir, "predictive", "careline.yaml")}
	for _, name := range []string{"LINA_PASSWORD", "WANG_PASSWORD"} {
		t.Setenv(name, "a-long-password-"+name)
	}
	o.does(t, "flow", "check", filepath.Join(dir, "flows", "care-call.yaml"))
	o.does(t, "contacts", "import", o.write(t, "members.csv", list))
	if out := o.does(t, "campaign", "create", filepath.Join(dir, "predictive", "care-call.yaml")); !strings.Contains(out, "a draft of 3 contacts") {
		t.Errorf("create says %s", out)
	}
	var sum sim.Summary
	out := o.does(t, "simulate", filepath.Join(dir, "predictive", "rehearsal.yaml"), "--seeds", "1", "--json")
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatal(err)
	}
	if c := sum.Campaigns[0]; c.Submitted != 1000 || c.Live.Mean < 300 || c.Abandonment.Mean > 0.02 {
		t.Errorf("%d submitted, live %v, abandoned %v of them; want hundreds live, and few abandoned", c.Submitted, c.Live, c.Abandonment)
	}
}
