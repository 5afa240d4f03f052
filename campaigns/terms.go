package campaigns

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"careline/phone"
)

// Terms are what a definition and its rule packs ask together, each with the
// rule that asks it. All of them must be kept.
type Terms struct {
	Times   phone.Timetable // at the callee's place, with the holidays
	MinRing time.Duration   // on trunks that reach a network
	Most    []Frequency     // of attempts on whoever is called
	Consent []ConsentNeed   // without which nobody is called
	Abandon []Abandonment   // at least one
	Recalls []Recall        // of numbers whose call was abandoned
	OptOut  time.Duration   // a recording tells the way out so soon after it has said who calls; 0 need not
	Keep    time.Duration   // evidence
}

// The rules that a definition makes itself. See also those of Evaluate.
const (
	RulePerWeek        = "per_week"
	RulePer5Min        = "per_5min"
	RuleRequireConsent = "require_consent"
	RuleAbandon        = "abandon"
)

// withRules names the packs and calendars where the definition names none.
func (d Definition) withRules() Definition {
	if d.Rules == nil {
		d.Rules = []string{none}
		if pack := packOf(phone.Region(d.CallerID)); pack != nil {
			d.Rules = []string{pack.ID}
		}
	}
	if d.Holidays == nil {
		for _, pack := range d.Packs() {
			d.Holidays = append(d.Holidays, pack.Holidays...)
		}
		if len(d.Holidays) == 0 {
			d.Holidays = []string{none}
		}
	}
	return d
}

// Packs are those that the campaign follows. One that is not there any more asks
// nothing.
func (d Definition) Packs() []*Pack {
	var packs []*Pack
	for _, id := range d.Rules {
		if pack, err := PackNamed(id); err == nil {
			packs = append(packs, pack)
		}
	}
	return packs
}

// applies tells whether a rule is about the campaign.
func (d Definition) applies(r PackRule) bool {
	voice := ByAgent
	if !d.Mode.NeedsAgents() {
		voice = Prerecorded
	}
	return d.isFor(r.Purposes) && (r.Voice == "" || r.Voice == voice)
}

// isFor tells whether the campaign's purpose is one of these; none means all.
func (d Definition) isFor(purposes []Purpose) bool {
	return len(purposes) == 0 || slices.Contains(purposes, cmp.Or(d.Purpose, Informational))
}

// RulesOf are the rules of the campaign's packs that are about it.
func (d Definition) RulesOf() []PackRule {
	var list []PackRule
	for _, pack := range d.Packs() {
		for _, r := range pack.Rules {
			if d.applies(r) {
				list = append(list, r)
			}
		}
	}
	return list
}

// Rested are the calendars on whose days off nobody is called.
func (d Definition) Rested(from phone.Calendars) ([]*phone.Calendar, error) {
	var list []*phone.Calendar
	for _, name := range d.Holidays {
		if name == none {
			continue
		}
		c, err := from.Named(name)
		if err != nil {
			return nil, fmt.Errorf("holidays: %w", err)
		}
		list = append(list, c)
	}
	return list, nil
}

// Terms adds up what the definition and its packs ask. It fails where hours are
// wrong or a calendar is not there.
func (d Definition) Terms(from phone.Calendars) (Terms, error) {
	calendars, err := d.Rested(from)
	if err != nil {
		return Terms{}, err
	}
	t := Terms{Most: d.own(), MinRing: shortRing}
	if t.Times, err = phone.NewTimetable(d.Hours, calendars...); err != nil {
		return Terms{}, fmt.Errorf("hours: %w", err)
	}
	if d.RequireConsent {
		t.Consent = append(t.Consent, ConsentNeed{Rule: RuleRequireConsent, Level: ExpressConsent})
	}
	for _, r := range d.RulesOf() {
		if err := t.add(d, r); err != nil {
			return Terms{}, fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	t.Abandon = d.abandonment(t.Abandon)
	return t, nil
}

// own are the frequencies that the definition itself bounds.
func (d Definition) own() []Frequency {
	var most []Frequency
	for _, f := range []Frequency{
		{Rule: RulePer5Min, Limit: d.Per5Min, Window: 5 * time.Minute},
		{Rule: RulePerDay, Limit: d.PerDay, Window: 24 * time.Hour},
		{Rule: RulePerWeek, Limit: d.PerWeek, Window: 7 * 24 * time.Hour},
	} {
		if f.Limit > 0 {
			f.Scope, f.Counter = OfCustomer, Attempts
			most = append(most, f)
		}
	}
	return most
}

// add adds what a rule of a pack asks.
func (t *Terms) add(d Definition, r PackRule) error {
	if r.Hours != nil {
		var err error
		if t.Times, err = t.Times.Within(*r.Hours); err != nil {
			return err
		}
	}
	t.MinRing = max(t.MinRing, r.MinRing)
	t.Most = append(t.Most, r.Most...)
	for _, need := range r.Consent {
		if d.isFor(need.Purposes) {
			t.Consent = append(t.Consent, need)
		}
	}
	if r.Abandon != nil {
		t.Abandon = append(t.Abandon, *r.Abandon)
	}
	if r.Recall != nil {
		t.Recalls = append(t.Recalls, *r.Recall)
	}
	if r.OptOut != nil && d.isFor(r.OptOut.Purposes) && (t.OptOut == 0 || r.OptOut.Within < t.OptOut) {
		t.OptOut = r.OptOut.Within
	}
	t.Keep = max(t.Keep, r.Keep)
	return nil
}
