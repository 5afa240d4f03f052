package main

import (
	"os"
	"strings"
	"testing"

	"careline/campaigns"
	"careline/ivr"
)

// TestMarketingByAgentsHasAWayOut: what people hear who meet no agent.
func TestMarketingByAgentsHasAWayOut(t *testing.T) {
	text, err := os.ReadFile("../../examples/flows/care-call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	shut := strings.ReplaceAll(string(text), "failed: nobody}", "failed: goodbye}")
	if shut == string(text) {
		t.Fatal("the example leads failed elsewhere by now")
	}
	for _, tt := range []struct {
		flow    string
		purpose campaigns.Purpose
		rules   string
		want    string
	}{
		{string(text), campaigns.Marketing, "us", ""},
		{shut, campaigns.Marketing, "us", "no way out, which rule US-1 asks"},
		{shut, campaigns.Informational, "us", ""},
		{shut, campaigns.Marketing, "uk", ""},
	} {
		flow, err := ivr.Parse("care-call.yaml", []byte(tt.flow))
		if err != nil {
			t.Fatal(err)
		}
		d := campaigns.Definition{Mode: campaigns.Predictive, Queue: "care", Rules: []string{tt.rules}, Purpose: tt.purpose}
		if err := inFlow(flow, d); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s by rules %s: %v; want %q", tt.purpose, tt.rules, err, tt.want)
		}
	}
}
