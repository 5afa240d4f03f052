package campaigns

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// frequencies checks how often the customer was called lately. The definition's
// own rules are listed where it sets none too.
func (e *evaluation) frequencies() {
	for _, rule := range []string{RulePer5Min, RulePerDay, RulePerWeek} {
		if !slices.ContainsFunc(e.terms.Most, func(f Frequency) bool { return f.Rule == rule }) {
			e.pass(Check{Rule: rule, Detail: "no cap"}, func(t time.Time) time.Time { return t })
		}
		for _, f := range e.terms.Most {
			if f.Rule == rule {
				e.frequency(f)
			}
		}
	}
	for _, f := range e.terms.Most {
		if f.Rule != RulePer5Min && f.Rule != RulePerDay && f.Rule != RulePerWeek {
			e.frequency(f)
		}
	}
}

// frequency checks one of them.
func (e *evaluation) frequency(f Frequency) {
	counted := f.counted(e.in.Recent)
	within := 0
	for _, t := range counted {
		if t.Add(f.Window).After(e.now) {
			within++
		}
	}
	c := Check{Rule: f.Rule, Source: cite(f.Rule, f.Source), Detail: fmt.Sprintf("%d of %d in %s", within, f.Limit, span24(f.Window))}
	exempt := f.UnlessConsent && e.in.Consent != NoConsent
	if exempt {
		c.Detail += ", but has consented"
	}
	e.pass(c, func(t time.Time) time.Time {
		switch {
		case exempt:
			return t
		case f.Limit <= 0:
			return time.Time{}
		case len(counted) < f.Limit:
			return t
		}
		return latest(t, counted[len(counted)-f.Limit].Add(f.Window))
	})
}

// counted are the times of what the frequency counts, oldest first.
func (f Frequency) counted(recent []Past) []time.Time {
	var times []time.Time
	for _, p := range recent {
		t := p.At
		if f.Counter == Conversations {
			t = p.Talked
		}
		if t.IsZero() || f.Scope == OfNumber && !p.Number || f.Scope == OfContact && !p.Own {
			continue
		}
		times = append(times, t)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// Memory is how long ago a call to a customer may be and still matter.
func (t Terms) Memory() time.Duration {
	var longest time.Duration
	for _, f := range t.Most {
		longest = max(longest, f.Window)
	}
	return longest
}

// Rest is the longest rest that a call asks for which was abandoned.
func (t Terms) Rest() time.Duration {
	var longest time.Duration
	for _, r := range t.Recalls {
		longest = max(longest, r.Wait)
	}
	return longest
}

// span24 writes a window for people: 5 min, 24 h, 7 days.
func span24(d time.Duration) string {
	switch day := 24 * time.Hour; {
	case d%day == 0 && d > 3*day:
		return fmt.Sprintf("%d days", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return cmp.Or(d.String(), "no time")
}
