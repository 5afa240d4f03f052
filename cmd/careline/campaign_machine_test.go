package main

import (
	"strings"
	"testing"
)

// Who asks who answered, under rules that count from the answer, is told what it
// costs: when the campaign is created, and when agents are to take its calls.
func TestMachineUnderRulesFromTheAnswer(t *testing.T) {
	const warning = "people are told from machines by their first words"
	for more, warns := range map[string]bool{
		"mode: progressive\nrules: uk\nmachine: hang_up\n": true,
		"mode: progressive\nrules: uk\nmachine: flow\n":    true,
		"mode: progressive\nrules: uk\n":                   false,
		"mode: progressive\nrules: us\nmachine: hang_up\n": false,
		"mode: preview\nrules: uk\nmachine: off\n":         false,
	} {
		o := staffed(t, more)
		out := strings.Join(strings.Fields(o.does(t, "campaign", "mode", "care", "predictive")), " ")
		if strings.Contains(out, warning) != warns {
			t.Errorf("%q: campaign mode says\n%s\nwant a warning: %v", more, out, warns)
		}
		file := o.write(t, "again.yaml", strings.Replace(careDraft, "name: care\n", "name: again\n", 1)+more)
		out = strings.Join(strings.Fields(o.does(t, "campaign", "create", file)), " ")
		if strings.Contains(out, warning) != warns {
			t.Errorf("%q: campaign create says\n%s\nwant a warning: %v", more, out, warns)
		}
	}
}
