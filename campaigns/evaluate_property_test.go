package campaigns_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"careline/campaigns"
	"careline/phone"
)

// drawInputs makes inputs in which rules about time hold, and others sometimes.
func drawInputs(t *rapid.T) campaigns.Inputs {
	in := callable()
	d := &in.Definition
	hour := rapid.IntRange(6, 14).Draw(t, "from")
	d.Hours = phone.Hours{
		From: fmt.Sprintf("%02d:00", hour), To: fmt.Sprintf("%02d:30", rapid.IntRange(hour, 21).Draw(t, "to")),
		Days: rapid.SampledFrom([][]string{nil, {"mon", "tue", "wed", "thu", "fri"}, {"sat"}}).Draw(t, "days"),
	}
	in.Zones = rapid.SampledFrom([][]string{{"Asia/Shanghai"}, {"Europe/London", "Asia/Kathmandu"}, {"America/New_York"}}).Draw(t, "zones")
	d.Per5Min, d.PerDay, d.PerWeek = rapid.IntRange(0, 2).Draw(t, "5min"), rapid.IntRange(0, 2).Draw(t, "day"), rapid.IntRange(0, 4).Draw(t, "week")
	terms, err := d.Terms(phone.Calendars{})
	if err != nil {
		t.Fatal(err)
	}
	minutes := rapid.IntRange(0, 8*24*60)
	for range rapid.IntRange(0, 5).Draw(t, "calls") {
		at := noon.Add(-time.Duration(minutes.Draw(t, "ago")) * time.Minute)
		p := campaigns.Past{At: at, Number: rapid.Bool().Draw(t, "number"), Own: rapid.Bool().Draw(t, "own")}
		if rapid.Bool().Draw(t, "talked") {
			p.Talked = at
		}
		in.Recent = append(in.Recent, p)
	}
	if rapid.Bool().Draw(t, "law") {
		terms.Most = append(terms.Most, campaigns.Frequency{
			Rule: "XX-1", Source: "law", Limit: 1, Window: 36 * time.Hour,
			Scope:   rapid.SampledFrom([]campaigns.Scope{campaigns.OfCustomer, campaigns.OfNumber, campaigns.OfContact}).Draw(t, "scope"),
			Counter: rapid.SampledFrom([]campaigns.Counter{campaigns.Attempts, campaigns.Conversations}).Draw(t, "counter"),
		})
		terms.Recalls = []campaigns.Recall{{Rule: "XX-2", Wait: 72 * time.Hour, UnlessReserved: true}}
		in.Abandoned = noon.Add(-time.Duration(minutes.Draw(t, "abandoned")) * time.Minute)
	}
	in.Terms = &terms
	in.Due = noon.Add(time.Duration(minutes.Draw(t, "due")-2*24*60) * time.Minute)
	return in
}

// passes tells whether time alone would permit a call.
func passes(in campaigns.Inputs, at time.Time) bool { return campaigns.Evaluate(in, at).Allowed }

// TestNextIsTheEarliest looks, minute by minute at last, for the first time at
// which the call is permitted.
func TestNextIsTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInputs(t)
		now := noon.Add(time.Duration(rapid.IntRange(0, 7*24*60).Draw(t, "now")) * time.Minute)
		v := campaigns.Evaluate(in, now)
		if v.Allowed {
			if !v.Next.IsZero() {
				t.Fatalf("an allowed call waits until %v", v.Next)
			}
			return
		}
		if !passes(in, v.Next) { // there is no time that all rules permit
			for at := now; at.Before(now.Add(8 * 24 * time.Hour)); at = at.Add(30 * time.Minute) {
				if passes(in, at) {
					t.Fatalf("it is said that no time is permitted, but all rules permit %v: %+v", at, v.Checks)
				}
			}
			return
		}
		var step time.Duration
		for at := now; at.Before(v.Next); at = at.Add(step) {
			if step = time.Minute; v.Next.Sub(at) > 3*time.Hour { // each window of the draw is longer
				step = 20 * time.Minute
			}
			if passes(in, at) {
				t.Fatalf("Next is %v, but a call is permitted at %v", v.Next, at)
			}
		}
		for _, c := range v.Checks { // each rule's own time is no later than that of all together
			if !c.Passed && (c.Next.IsZero() || c.Next.After(v.Next) || !c.Next.After(now)) {
				t.Fatalf("rule %s would let it through at %v, all rules at %v", c.Rule, c.Next, v.Next)
			}
		}
	})
}

// restrictions each forbid more than there was before.
var restrictions = map[string]func(*campaigns.Inputs){
	"paused":      func(in *campaigns.Inputs) { in.Campaign = campaigns.Paused },
	"claim":       func(in *campaigns.Inputs) { in.Claimed = false },
	"expired":     func(in *campaigns.Inputs) { in.Expires = noon.Add(-8 * 24 * time.Hour) },
	"do not call": func(in *campaigns.Inputs) { in.DoNotCall = "asked" },
	"consent": func(in *campaigns.Inputs) {
		terms := *in.Terms
		terms.Consent = append(terms.Consent[:len(terms.Consent):len(terms.Consent)], campaigns.ConsentNeed{Level: campaigns.WrittenConsent})
		in.Terms = &terms
	},
	"held out":  func(in *campaigns.Inputs) { in.HeldOut = true },
	"attempts":  func(in *campaigns.Inputs) { in.Attempts++ },
	"later due": func(in *campaigns.Inputs) { in.Due = in.Due.Add(time.Hour) },
	"one more call": func(in *campaigns.Inputs) {
		in.Recent = append(in.Recent[:len(in.Recent):len(in.Recent)], campaigns.Past{At: noon, Number: true, Own: true, Talked: noon})
	},
	"one more zone": func(in *campaigns.Inputs) {
		in.Zones = append(in.Zones[:len(in.Zones):len(in.Zones)], "Asia/Tokyo")
	},
	"one more cap": func(in *campaigns.Inputs) {
		terms := *in.Terms
		terms.Most = append(terms.Most[:len(terms.Most):len(terms.Most)],
			campaigns.Frequency{Rule: "YY", Scope: campaigns.OfCustomer, Counter: campaigns.Attempts, Limit: 1, Window: time.Hour})
		in.Terms = &terms
	},
	"rest": func(in *campaigns.Inputs) {
		terms := *in.Terms
		terms.Recalls = append(terms.Recalls[:len(terms.Recalls):len(terms.Recalls)], campaigns.Recall{Wait: 100 * time.Hour})
		in.Terms = &terms
	},
	"longer ring": func(in *campaigns.Inputs) {
		terms := *in.Terms
		terms.MinRing = time.Minute
		in.Terms = &terms
	},
	"open":        func(in *campaigns.Inputs) { in.Open = true },
	"destination": func(in *campaigns.Inputs) { in.Allowed = false },
	"cap":         func(in *campaigns.Inputs) { in.Capped = "5 of 5" },
	"caller id":   func(in *campaigns.Inputs) { in.CallerID = "" },
}

// TestRestrictionsPermitNothingMore: what is forbidden stays so with one
// restriction more, and is permitted no earlier.
func TestRestrictionsPermitNothingMore(t *testing.T) {
	for name, restrict := range restrictions {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			in := drawInputs(t)
			now := noon.Add(time.Duration(rapid.IntRange(0, 7*24*60).Draw(t, "now")) * time.Minute)
			before := campaigns.Evaluate(in, now)
			restrict(&in)
			after := campaigns.Evaluate(in, now)
			if after.Allowed && !before.Allowed {
				t.Fatalf("a restriction permits the call: %+v, then %+v", before, after)
			}
			if !before.Allowed && !after.Next.IsZero() && passes(in, after.Next) && after.Next.Before(before.Next) {
				t.Fatalf("a restriction lets it through at %v in place of %v", after.Next, before.Next)
			}
			if len(after.Checks) < len(before.Checks) {
				t.Fatalf("%d rules are listed; %d were", len(after.Checks), len(before.Checks))
			}
		}))
	}
}
