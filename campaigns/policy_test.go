package campaigns_test

import (
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// under are inputs of a campaign under the terms, apart from hours.
func under(t campaigns.Terms) campaigns.Inputs {
	in := callable()
	in.Terms = &t
	return in
}

const day = 24 * time.Hour

func TestEvaluateTerms(t *testing.T) {
	written := campaigns.ConsentNeed{Rule: "US-6", Source: "47 CFR 64.1200(a)(3)", Level: campaigns.WrittenConsent, UnlessResidential: true}
	perDebt := campaigns.Frequency{Rule: "US-10", Source: "12 CFR 1006.14", Scope: campaigns.OfContact, Counter: campaigns.Attempts, Limit: 2, Window: 7 * day}
	silence := campaigns.Frequency{Rule: "US-10", Source: "12 CFR 1006.14", Scope: campaigns.OfContact, Counter: campaigns.Conversations, Limit: 1, Window: 7 * day}
	ofNumber := campaigns.Frequency{Rule: "CN-3", Source: "carrier", Scope: campaigns.OfNumber, Counter: campaigns.Attempts, Limit: 1, Window: 5 * time.Minute, UnlessConsent: true}
	rest := campaigns.Recall{Rule: "UK-3", Source: "Ofcom", Wait: 72 * time.Hour, UnlessReserved: true}
	for _, tt := range []struct {
		name   string
		terms  campaigns.Terms
		change func(in *campaigns.Inputs)
		fails  string
		source string // of the rule that failed
		detail string // of the same
		next   time.Time
		state  campaigns.ContactState
	}{
		{
			name: "no consent", terms: campaigns.Terms{Consent: []campaigns.ConsentNeed{written}}, fails: "consent",
			source: "US-6 47 CFR 64.1200(a)(3)", detail: "written is needed; none is on record", state: campaigns.Unasked,
		},
		{
			name: "too weak", terms: campaigns.Terms{Consent: []campaigns.ConsentNeed{{Level: campaigns.ExpressConsent}, written}},
			change: func(in *campaigns.Inputs) {
				in.Consent, in.Proof = campaigns.ExpressConsent, "express consent: shop"
			},
			fails: "consent", source: "US-6 47 CFR 64.1200(a)(3)", detail: "written is needed; express consent: shop", state: campaigns.Unasked,
		},
		{
			name: "written", terms: campaigns.Terms{Consent: []campaigns.ConsentNeed{written}},
			change: func(in *campaigns.Inputs) { in.Consent = campaigns.WrittenConsent },
		},
		{
			name: "a home's line", terms: campaigns.Terms{Consent: []campaigns.ConsentNeed{written}},
			change: func(in *campaigns.Inputs) { in.Residential = true },
		},

		{name: "contact's time is over", change: func(in *campaigns.Inputs) { in.Expires = noon }, fails: "expiry", state: campaigns.Expired},
		{
			name: "campaign's time is over", change: func(in *campaigns.Inputs) { in.Definition.Expires, in.Expires = noon, noon.Add(day) },
			fails: "expiry", detail: "until 2026-03-04T04:00:00Z", state: campaigns.Expired,
		},
		{name: "time left", change: func(in *campaigns.Inputs) { in.Expires = noon.Add(time.Millisecond) }},
		{
			name: "looked at as it expires", change: func(in *campaigns.Inputs) { in.Due, in.Expires = noon.Add(2*day), noon.Add(day) },
			fails: "due", next: noon.Add(day),
		},

		{
			name: "two in a week for this debt", terms: campaigns.Terms{Most: []campaigns.Frequency{perDebt}},
			change: func(in *campaigns.Inputs) { in.Recent = calls(day, 3*day) },
			fails:  "US-10", source: "US-10 12 CFR 1006.14", detail: "2 of 2 in 7 days", next: noon.Add(4 * day),
		},
		{
			name: "another debt's", terms: campaigns.Terms{Most: []campaigns.Frequency{perDebt}},
			change: func(in *campaigns.Inputs) { in.Recent = calls(day, 3*day); in.Recent[0].Own = false },
		},
		{
			name: "silence after talking", terms: campaigns.Terms{Most: []campaigns.Frequency{silence}},
			change: func(in *campaigns.Inputs) {
				in.Recent = calls(day, 3*day)
				in.Recent[1].Talked = noon.Add(-3 * day)
			},
			fails: "US-10", source: "US-10 12 CFR 1006.14", detail: "1 of 1 in 7 days", next: noon.Add(4 * day),
		},
		{
			name: "nobody talked", terms: campaigns.Terms{Most: []campaigns.Frequency{silence}},
			change: func(in *campaigns.Inputs) { in.Recent = calls(day, 3*day) },
		},
		{
			name: "this number", terms: campaigns.Terms{Most: []campaigns.Frequency{ofNumber}},
			change: func(in *campaigns.Inputs) { in.Recent = calls(time.Minute) },
			fails:  "CN-3", source: "CN-3 carrier", detail: "1 of 1 in 5 min", next: noon.Add(4 * time.Minute),
		},
		{
			name: "another number", terms: campaigns.Terms{Most: []campaigns.Frequency{ofNumber}},
			change: func(in *campaigns.Inputs) { in.Recent = calls(time.Minute); in.Recent[0].Number = false },
		},
		{
			name: "has consented to more", terms: campaigns.Terms{Most: []campaigns.Frequency{ofNumber}},
			change: func(in *campaigns.Inputs) {
				in.Recent, in.Consent = calls(time.Minute), campaigns.ExpressConsent
			},
		},

		{
			name: "rests", terms: campaigns.Terms{Recalls: []campaigns.Recall{rest}},
			change: func(in *campaigns.Inputs) { in.Abandoned = noon.Add(-day) },
			fails:  "recall", source: "UK-3 Ofcom", detail: "a call was abandoned at 2026-03-03T04:00:00Z and rests for 72 h", next: noon.Add(2 * day),
		},
		{
			name: "an agent waits", terms: campaigns.Terms{Recalls: []campaigns.Recall{rest}},
			change: func(in *campaigns.Inputs) { in.Abandoned, in.Reserved = noon.Add(-day), true },
		},
		{
			name: "rested", terms: campaigns.Terms{Recalls: []campaigns.Recall{rest}},
			change: func(in *campaigns.Inputs) { in.Abandoned = noon.Add(-3 * day) },
		},

		{
			name: "rings too shortly", terms: campaigns.Terms{MinRing: 15 * time.Second},
			change: func(in *campaigns.Inputs) { in.Definition.RingTimeout = 10 * time.Second },
			fails:  "min_ring", detail: "10s of at least 15s", next: noon.Add(day),
		},
		{
			name: "rings here", terms: campaigns.Terms{MinRing: 15 * time.Second},
			change: func(in *campaigns.Inputs) { in.Definition.RingTimeout, in.Local = 10*time.Second, true },
		},

		{
			name: "a calendar is not there", change: func(in *campaigns.Inputs) { in.Terms, in.Amiss = nil, "holidays: there is none" },
			fails: "hours", detail: "holidays: there is none", next: noon.Add(day),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := under(tt.terms)
			if tt.change != nil {
				tt.change(&in)
			}
			v := campaigns.Evaluate(in, noon)
			if got := strings.Join(failed(v), " "); got != tt.fails || v.Allowed != (tt.fails == "") || !v.Next.Equal(tt.next) || v.State != tt.state {
				t.Errorf("failed %q, next %v, state %q; want %q, %v, %q", got, v.Next, v.State, tt.fails, tt.next, tt.state)
			}
			c, _ := v.Failed(tt.fails)
			if c.Source != tt.source || tt.detail != "" && c.Detail != tt.detail {
				t.Errorf("source %q, detail %q; want %q, %q", c.Source, c.Detail, tt.source, tt.detail)
			}
		})
	}
}

// TestPassedRulesGiveFigures: what permits a call is said as well, where figures
// help.
func TestPassedRulesGiveFigures(t *testing.T) {
	in := callable()
	in.Recent, in.Attempts = calls(time.Hour), 1
	in.Expires = noon.Add(day)
	want := map[string]string{
		"attempts": "1 of 3 made", "per_day": "1 of 2 in 24 h", "per_week": "no cap", "expiry": "until 2026-03-05T04:00:00Z",
		"consent": "none is needed", "hours": "it is Wed 12:00 there", "min_ring": "30s of at least 1s",
	}
	v := campaigns.Evaluate(in, noon)
	for _, c := range v.Checks {
		if text, checked := want[c.Rule]; checked && (!c.Passed || c.Detail != text) {
			t.Errorf("%s: %v, %q; want it passed, %q", c.Rule, c.Passed, c.Detail, text)
		}
		delete(want, c.Rule)
	}
	if len(want) > 0 || !v.Allowed {
		t.Errorf("allowed %v; not listed: %v", v.Allowed, want)
	}
}

// TestHolidays: a day off is named, and the next one that is not is found.
func TestHolidays(t *testing.T) {
	in := callable()
	in.Definition.Holidays = []string{"cn"}
	at := time.Date(2026, 10, 1, 4, 0, 0, 0, time.UTC) // National Day
	v := campaigns.Evaluate(in, at)
	c, held := v.Failed(campaigns.RuleHours)
	if !held || c.Next.Before(at.Add(day)) || !v.Next.Equal(c.Next) {
		t.Errorf("on a day off: %+v, next %v; want hours to hold it for days", c, v.Next)
	}
}

func TestConsented(t *testing.T) {
	express := campaigns.Given{Level: campaigns.ExpressConsent, Evidence: "shop", At: noon.Add(-2 * day)}
	written := campaigns.Given{Level: campaigns.WrittenConsent, Evidence: "form 7", At: noon.Add(-3 * day)}
	undated := campaigns.Given{Level: campaigns.WrittenConsent}
	for _, tt := range []struct {
		name    string
		given   []campaigns.Given
		refused time.Time
		want    campaigns.Consent
		proof   string
	}{
		{"silence", nil, time.Time{}, campaigns.NoConsent, ""},
		{"said nothing of it", []campaigns.Given{{At: noon}}, time.Time{}, campaigns.NoConsent, ""},
		{"given", []campaigns.Given{express}, time.Time{}, campaigns.ExpressConsent, "express consent of 2026-03-02: shop"},
		{"the strongest", []campaigns.Given{express, written}, time.Time{}, campaigns.WrittenConsent, "written consent of 2026-03-01: form 7"},
		{"undated", []campaigns.Given{undated}, time.Time{}, campaigns.WrittenConsent, "written consent: no evidence is noted"},
		{"refused since", []campaigns.Given{express, written, undated}, noon, campaigns.NoConsent, "a refusal of 2026-03-04T04:00:00Z ended the consent given before"},
		{"refused in between", []campaigns.Given{express, written}, noon.Add(-60 * time.Hour), campaigns.ExpressConsent, "express consent of 2026-03-02: shop"},
		{"refused at once", []campaigns.Given{express}, express.At, campaigns.NoConsent, "a refusal of 2026-03-02T04:00:00Z ended the consent given before"},
		{"refused alone", nil, noon, campaigns.NoConsent, "it was refused at 2026-03-04T04:00:00Z"},
	} {
		if got, proof := campaigns.Consented(tt.given, tt.refused); got != tt.want || proof != tt.proof {
			t.Errorf("%s: %q, %q; want %q, %q", tt.name, got, proof, tt.want, tt.proof)
		}
	}
	for text, want := range map[string]campaigns.Consent{"Written": "written", "书面": "written", "yes": "express", "": "", "拒绝": ""} {
		if got, err := campaigns.ParseConsent(text); got != want || err != nil {
			t.Errorf("ParseConsent(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := campaigns.ParseConsent("marketing"); err == nil {
		t.Error("ParseConsent took a word that says no strength")
	}
}

// several is a contact with three numbers.
func several() campaigns.Contact {
	return campaigns.Contact{
		Customer: campaigns.Customer{Number: "1", Others: []phone.Number{"2", "3"}}, Number: "1", State: campaigns.Dialing,
	}
}

func TestSettleChoosesTheNumber(t *testing.T) {
	d := campaigns.Definition{
		MaxAttempts: 6, NextNumber: []campaigns.Disposition{campaigns.NoAnswer, campaigns.Congestion},
		Retry: map[campaigns.Disposition][]time.Duration{
			campaigns.Busy: {time.Minute, time.Hour}, campaigns.NoAnswer: {2 * time.Hour},
		},
	}
	type turn struct {
		disp  campaigns.Disposition
		to    phone.Number
		after time.Duration
		state campaigns.ContactState
	}
	for name, turns := range map[string][]turn{
		"round and round, at once within a round": {
			{campaigns.NoAnswer, "2", 0, ""},
			{campaigns.NoAnswer, "3", 0, ""},
			{campaigns.NoAnswer, "1", 2 * time.Hour, ""},
			{campaigns.NoAnswer, "2", 0, ""},
			{campaigns.NoAnswer, "3", 0, ""},
			{campaigns.NoAnswer, "3", 0, campaigns.Exhausted},
		},
		"the same number, its own delays": {
			{campaigns.Busy, "1", time.Minute, ""},
			{campaigns.NoAnswer, "2", 0, ""},
			{campaigns.Busy, "2", time.Minute, ""},
			{campaigns.Busy, "2", time.Hour, ""},
		},
		"a bad number is left out": {
			{campaigns.InvalidNumber, "2", 0, ""},
			{campaigns.NoAnswer, "3", 0, ""},
			{campaigns.NoAnswer, "2", 2 * time.Hour, ""},
			{campaigns.InvalidNumber, "3", 0, ""},
			{campaigns.NoAnswer, "3", 2 * time.Hour, ""},
		},
		"none is left": {
			{campaigns.InvalidNumber, "2", 0, ""}, {campaigns.InvalidNumber, "3", 0, ""}, {campaigns.InvalidNumber, "3", 0, campaigns.Invalid},
		},
		"what does not count moves on, but waits": {
			{campaigns.Congestion, "2", time.Minute, ""}, {campaigns.Congestion, "3", 2 * time.Minute, ""},
		},
		"refused is not tried elsewhere": {{campaigns.Refused, "1", 0, campaigns.Exhausted}},
		"answered ends it":               {{campaigns.Answered, "1", 0, campaigns.Completed}},
	} {
		t.Run(name, func(t *testing.T) {
			c := several()
			for i, turn := range turns {
				if turn.state == "" {
					turn.state = campaigns.Pending
				}
				c = c.After(turn.disp)
				got := campaigns.Settle(d, c, turn.disp, nil, noon)
				due := time.Time{}
				if turn.state == campaigns.Pending {
					due = noon.Add(turn.after)
				}
				if got.State != turn.state || !got.Due.Equal(due) || got.Number != turn.to {
					t.Fatalf("turn %d, %s: %+v; want %s, due %v, number %s", i+1, turn.disp, got, turn.state, due, string(turn.to))
				}
				c.Number = got.Number
			}
		})
	}
}

func TestSettleHeedsExpiry(t *testing.T) {
	d := campaigns.Definition{Expires: noon.Add(time.Hour)}
	c := campaigns.Contact{State: campaigns.Dialing}
	if got := campaigns.Settle(d, c.After(campaigns.NoAnswer), campaigns.NoAnswer, nil, noon); !got.Due.Equal(d.Expires) {
		t.Errorf("due %v; want it looked at as it expires, %v", got.Due, d.Expires)
	}
}

// TestHoldOutIsStable: who is held out depends on the key and the campaign alone,
// and so is the same whenever a list is imported again.
func TestHoldOutIsStable(t *testing.T) {
	n := 0
	for i := range 10_000 {
		key := string(rune('a'+i%26)) + time.Duration(i).String()
		first := campaigns.IsHeldOut(key, "c1", 0.1)
		if first {
			n++
		}
		if first != campaigns.IsHeldOut(key, "c1", 0.1) || first && !campaigns.IsHeldOut(key, "c1", 0.2) {
			t.Fatalf("customer %q is drawn anew", key)
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 10000 are held out; want about 1000", n)
	}
}
