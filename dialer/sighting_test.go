package dialer_test

import (
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer"
	"careline/dialer/plan"
)

// TestPatienceIsTheStrictestRules, whatever calendar the campaign names: those of
// the configuration are the store's to know. A call keeps the mode that it was
// placed in.
func TestPatienceIsTheStrictestRules(t *testing.T) {
	own := campaigns.Definition{
		Mode: campaigns.Predictive, Rules: []string{"uk"}, Holidays: []string{"our-own"}, Abandon: campaigns.AbandonLimit{Within: 1500 * time.Millisecond},
	}
	switched := own
	switched.Mode = campaigns.Agentless
	want := call.Patience{Limit: 1500 * time.Millisecond, FromAnswer: true}
	for _, d := range []campaigns.Definition{own, switched} {
		o, asked := dialer.WitnessOf(campaigns.Campaign{Definition: d}, plan.Effect{Mode: campaigns.Predictive})
		if !asked || o.Patience != want {
			t.Errorf("a campaign in mode %s: asked %v, patience %+v; want %+v", d.Mode, asked, o.Patience, want)
		}
	}
}
