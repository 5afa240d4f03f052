package campaigns

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"careline/phone"
)

// The rules of the contact policy, in the order in which a verdict lists them.
const (
	RuleCampaign    = "campaign"    // the campaign is running
	RuleContact     = "contact"     // the contact is pending
	RuleClaim       = "claim"       // this node holds it
	RuleDoNotCall   = "do_not_call" // neither number nor customer asked not to be called
	RuleHoldOut     = "hold_out"    // it was not drawn for comparison
	RuleAttempts    = "attempts"    // one more attempt may be made
	RuleDue         = "due"         // the delay after the last attempt is over
	RuleHours       = "hours"       // it is within the hours wherever the contact may be
	RulePerDay      = "per_day"     // the number was not called too often in 24 h
	RuleOpen        = "open"        // no other call to the number is in progress
	RuleDestination = "destination" // the trunk may call the number
	RuleCap         = "cap"         // the trunk's calls, minutes and money of the day are not used up
	RuleCallerID    = "caller_id"   // the trunk owns a number that the campaign shows
)

// How long a contact waits that is held by what may end at any time.
const (
	busyWait    = 15 * time.Second // another call to the number is in progress
	closedWait  = 10 * time.Minute // the trunk's allow-list lacks the number: somebody must change it
	neverWait   = 24 * time.Hour   // its zones leave no common hour: somebody must change one
	dayOfPerDay = 24 * time.Hour   // the window of the cap per day
)

// Evaluate decides whether the contact may be called at now. The verdict lists
// every rule, passed or failed, so that it can say why.
func Evaluate(in Inputs, now time.Time) Verdict {
	e := evaluation{in: in, now: now}
	e.mine()
	e.forGood()
	e.forNow()
	return e.verdict()
}

// evaluation collects the checks and what the failed ones ask for.
type evaluation struct {
	in     Inputs
	now    time.Time
	checks []Check
	next   time.Time    // the latest that a rule waits for
	state  ContactState // of the first rule that holds the contact for good
	alien  bool         // the contact is not this node's to change
	failed bool
}

// add notes how a rule came out; the detail is kept where it failed.
func (e *evaluation) add(rule string, passed bool, detail string) bool {
	if passed {
		detail = ""
	} else {
		e.failed = true
	}
	e.checks = append(e.checks, Check{Rule: rule, Passed: passed, Detail: detail})
	return passed
}

// wait holds the contact until t, or later where another rule says so.
func (e *evaluation) wait(t time.Time) {
	if t.After(e.next) {
		e.next = t
	}
}

// become holds the contact for good.
func (e *evaluation) become(s ContactState) {
	if e.state == "" {
		e.state = s
	}
}

// mine checks that the contact is this node's to call.
func (e *evaluation) mine() {
	if !e.add(RuleCampaign, e.in.Campaign == Running, "the campaign is "+string(e.in.Campaign)) {
		e.wait(latest(e.now, e.in.Due))
	}
	if !e.add(RuleContact, e.in.Contact == Pending, "the contact is "+string(e.in.Contact)) {
		e.alien = true
	}
	if !e.add(RuleClaim, e.in.Claimed, "the claim has lapsed, or another node holds it") {
		e.alien = true
	}
}

// forGood checks what nothing but a person's decision can change.
func (e *evaluation) forGood() {
	d := e.in.Definition
	if !e.add(RuleDoNotCall, e.in.DoNotCall == "", e.in.DoNotCall) {
		e.become(Suppressed)
	}
	if !e.add(RuleHoldOut, !e.in.HeldOut, fmt.Sprintf("one of the %.3g %% never called", d.HoldOut*100)) {
		e.become(HeldOut)
	}
	most := d.maxAttempts()
	if !e.add(RuleAttempts, e.in.Attempts < most, fmt.Sprintf("%d of %d made", e.in.Attempts, most)) {
		e.become(Exhausted)
	}
}

// forNow checks what time changes.
func (e *evaluation) forNow() {
	if !e.add(RuleDue, !e.in.Due.After(e.now), "due at "+stamp(e.in.Due)) {
		e.wait(e.in.Due)
	}
	e.hours()
	e.perDay()
	if !e.add(RuleOpen, !e.in.Open, "another call to the number is in progress") {
		e.wait(e.now.Add(busyWait))
	}
	barred := cmp.Or(e.in.Barred, "the trunk's allowed destinations leave the number out")
	if !e.add(RuleDestination, e.in.Allowed, barred) {
		e.wait(e.now.Add(closedWait))
	}
	if !e.add(RuleCap, e.in.Capped == "", e.in.Capped) {
		e.wait(e.now.Add(busyWait)) // by another trunk, or when the day is over
	}
	if !e.add(RuleCallerID, e.in.CallerID != "", "the trunk owns none of the numbers that the campaign shows") {
		e.wait(e.now.Add(closedWait))
	}
}

// hours checks the calling window at every place where the contact may be.
func (e *evaluation) hours() {
	h := e.in.Definition.Hours
	if h.Any() {
		e.add(RuleHours, true, "")
		return
	}
	places, err := phone.Locations(e.in.Zones, e.in.Definition.Zone)
	if err != nil {
		e.add(RuleHours, false, err.Error())
		e.wait(e.now.Add(neverWait))
		return
	}
	opens := h.NextAt(e.now, places)
	switch {
	case opens.IsZero():
		e.add(RuleHours, false, fmt.Sprintf("no hour is permitted in all %d of its time zones", len(places)))
		e.wait(e.now.Add(neverWait))
	case !e.add(RuleHours, opens.Equal(e.now), "next at "+stamp(opens)):
		e.wait(opens)
	}
}

// perDay checks how often the number was called in the last 24 h.
func (e *evaluation) perDay() {
	most := e.in.Definition.PerDay
	recent := slices.Clone(e.in.RecentStarts)
	recent = slices.DeleteFunc(recent, func(t time.Time) bool { return !t.After(e.now.Add(-dayOfPerDay)) })
	slices.SortFunc(recent, time.Time.Compare)
	if most <= 0 || len(recent) < most {
		e.add(RulePerDay, true, "")
		return
	}
	e.add(RulePerDay, false, fmt.Sprintf("%d of %d in 24 h", len(recent), most))
	e.wait(recent[len(recent)-most].Add(dayOfPerDay))
}

func (e *evaluation) verdict() Verdict {
	v := Verdict{Allowed: !e.failed, Checks: e.checks}
	switch {
	case v.Allowed, e.alien:
	case e.state != "":
		v.State = e.state
	default:
		v.Next = e.next
	}
	return v
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// stamp writes a time for a verdict's detail.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
