package campaigns_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/campaigns"
	"careline/phone"
)

// noon is a Wednesday, 12:00 in Shanghai.
var noon = time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)

// callable are inputs of which every rule permits a call at noon.
func callable() campaigns.Inputs {
	return campaigns.Inputs{
		Campaign: campaigns.Running,
		Definition: campaigns.Definition{
			Hours:       phone.Hours{From: "09:00", To: "20:00"},
			MaxAttempts: 3,
			PerDay:      2,
			HoldOut:     0.1,
		},
		Contact: campaigns.Pending,
		Claimed: true,
		Number:  "+8613800138000",
		Zones:   []string{"Asia/Shanghai"},
		Due:     noon,
		Allowed: true, CallerID: "+861012345678",
	}
}

// calls were begun so long ago.
func calls(ago ...time.Duration) []campaigns.Past {
	var list []campaigns.Past
	for _, d := range ago {
		list = append(list, campaigns.Past{At: noon.Add(-d), Number: true, Own: true})
	}
	return list
}

func TestEvaluate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(in *campaigns.Inputs)
		fails  []string
		next   time.Time
		state  campaigns.ContactState
	}{
		{"nothing holds it", func(*campaigns.Inputs) {}, nil, time.Time{}, ""},
		{"nothing to show", func(in *campaigns.Inputs) { in.CallerID = "" }, []string{"caller_id"}, noon.Add(10 * time.Minute), ""},
		{"paused", func(in *campaigns.Inputs) { in.Campaign = campaigns.Paused }, []string{"campaign"}, noon, ""},
		{"already dialing", func(in *campaigns.Inputs) { in.Contact = campaigns.Dialing }, []string{"contact"}, time.Time{}, ""},
		{"claim lapsed", func(in *campaigns.Inputs) { in.Claimed = false }, []string{"claim"}, time.Time{}, ""},
		{"lapsed and on a list", func(in *campaigns.Inputs) { in.Claimed, in.DoNotCall = false, "asked" }, []string{"claim", "do_not_call"}, time.Time{}, ""},
		{"do not call", func(in *campaigns.Inputs) { in.DoNotCall = "asked not to be called on 3 March" }, []string{"do_not_call"}, time.Time{}, campaigns.Suppressed},
		{"held out", func(in *campaigns.Inputs) { in.HeldOut = true }, []string{"hold_out"}, time.Time{}, campaigns.HeldOut},
		{"no attempt left", func(in *campaigns.Inputs) { in.Attempts = 3 }, []string{"attempts"}, time.Time{}, campaigns.Exhausted},
		{"default attempts", func(in *campaigns.Inputs) { in.Definition.MaxAttempts, in.Attempts = 0, 3 }, []string{"attempts"}, time.Time{}, campaigns.Exhausted},
		{"not due", func(in *campaigns.Inputs) { in.Due = noon.Add(time.Millisecond) }, []string{"due"}, noon.Add(time.Millisecond), ""},
		{"night", func(in *campaigns.Inputs) { in.Definition.Hours.To = "12:00" }, []string{"hours"}, noon.Add(21 * time.Hour), ""},
		{"morning elsewhere", func(in *campaigns.Inputs) {
			in.Zones, in.Definition.Hours.From = append(in.Zones, "Asia/Kathmandu"), "10:00" // 12:15 in Shanghai
		}, []string{"hours"}, noon.Add(15 * time.Minute), ""},
		{"default zone", func(in *campaigns.Inputs) { in.Zones, in.Definition.Zone = nil, "Europe/London" }, []string{"hours"}, noon.Add(5 * time.Hour), ""},
		{"wrong zone", func(in *campaigns.Inputs) { in.Zones = []string{"Asia/Nowhere"} }, []string{"hours"}, noon.Add(24 * time.Hour), ""},
		{"no common hour", func(in *campaigns.Inputs) { in.Zones = []string{"Asia/Shanghai", "America/New_York"} }, []string{"hours"}, noon.Add(24 * time.Hour), ""},
		{"twice in a day", func(in *campaigns.Inputs) {
			in.Recent = calls(time.Hour, 5*time.Hour)
		}, []string{"per_day"}, noon.Add(21 * time.Hour), ""},
		{"thrice in a day", func(in *campaigns.Inputs) {
			in.Recent = calls(9*time.Hour, time.Hour, 5*time.Hour)
		}, []string{"per_day"}, noon.Add(21 * time.Hour), ""},
		{"a day ago", func(in *campaigns.Inputs) {
			in.Recent = calls(time.Hour, 24*time.Hour)
		}, nil, time.Time{}, ""},
		{"no cap", func(in *campaigns.Inputs) {
			in.Definition.PerDay, in.Recent = 0, calls(0, 0, 0)
		}, nil, time.Time{}, ""},
		{"number in a call", func(in *campaigns.Inputs) { in.Open = true }, []string{"open"}, noon.Add(15 * time.Second), ""},
		{"destination", func(in *campaigns.Inputs) { in.Allowed = false }, []string{"destination"}, noon.Add(10 * time.Minute), ""},
		{"cap", func(in *campaigns.Inputs) { in.Capped = "5 of 5 calls" }, []string{"cap"}, noon.Add(15 * time.Second), ""},
		{"the latest counts", func(in *campaigns.Inputs) { in.Open, in.Allowed = true, false }, []string{"open", "destination"}, noon.Add(10 * time.Minute), ""},
		{"for good outweighs", func(in *campaigns.Inputs) { in.Open, in.Attempts = true, 9 }, []string{"attempts", "open"}, time.Time{}, campaigns.Exhausted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := callable()
			tt.change(&in)
			v := campaigns.Evaluate(in, noon)
			if diff := cmp.Diff(tt.fails, failed(v)); diff != "" {
				t.Errorf("rules failed (-want +got):\n%s", diff)
			}
			if v.Allowed != (len(tt.fails) == 0) || !v.Next.Equal(tt.next) || v.State != tt.state {
				t.Errorf("Evaluate = %v, next %v, state %q; want %v, %v, %q",
					v.Allowed, v.Next, v.State, len(tt.fails) == 0, tt.next, tt.state)
			}
		})
	}
}

// failed names the rules that did not pass, and checks that each says why.
func failed(v campaigns.Verdict) []string {
	var rules []string
	for _, c := range v.Checks {
		if !c.Passed {
			rules = append(rules, c.Rule)
		}
		if !c.Passed && c.Detail == "" {
			rules = append(rules, c.Rule+": no detail")
		}
	}
	return rules
}

func TestEvaluateListsEveryRule(t *testing.T) {
	checks := campaigns.Evaluate(campaigns.Inputs{}, noon).Checks
	rules := make([]string, 0, len(checks))
	for _, c := range checks {
		rules = append(rules, c.Rule)
	}
	want := []string{
		campaigns.RuleCampaign, campaigns.RuleContact, campaigns.RuleClaim,
		campaigns.RuleExpiry, campaigns.RuleDoNotCall, campaigns.RuleConsent, campaigns.RuleHoldOut, campaigns.RuleAttempts,
		campaigns.RuleMinRing, campaigns.RuleDue, campaigns.RuleHours,
		campaigns.RulePer5Min, campaigns.RulePerDay, campaigns.RulePerWeek, campaigns.RuleRecall,
		campaigns.RuleOpen, campaigns.RuleDestination, campaigns.RuleCap, campaigns.RuleCallerID,
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestEvaluateKeepsItsInputs(t *testing.T) {
	in := callable()
	in.Recent = calls(0, time.Hour)
	before := slices.Clone(in.Recent)
	campaigns.Evaluate(in, noon)
	if !slices.Equal(before, in.Recent) {
		t.Errorf("Recent became %v; want %v", in.Recent, before)
	}
}
