package campaigns

import (
	"cmp"
	"fmt"
	"time"

	"careline/phone"
)

// The rules of the contact policy, in the order in which a verdict lists them.
// Those about how often somebody is called are followed by those of the packs,
// by their names.
const (
	RuleCampaign    = "campaign"    // the campaign is running
	RuleContact     = "contact"     // the contact is pending
	RuleClaim       = "claim"       // this node holds it
	RuleExpiry      = "expiry"      // neither the contact's nor the campaign's time is over
	RuleDoNotCall   = "do_not_call" // neither number nor customer asked not to be called
	RuleConsent     = "consent"     // the customer has consented, where that is needed
	RuleHoldOut     = "hold_out"    // it was not drawn for comparison
	RuleAttempts    = "attempts"    // one more attempt may be made
	RuleMinRing     = "min_ring"    // the phone rings as long as it must
	RuleDue         = "due"         // the delay after the last attempt is over
	RuleHours       = "hours"       // it is within the hours wherever the contact may be, on a day that is not off
	RulePerDay      = "per_day"     // the customer was not called too often in 24 h; before it RulePer5Min, after it RulePerWeek
	RuleRecall      = "recall"      // the customer has rested since a call that was abandoned
	RuleOpen        = "open"        // no other call to the customer is in progress
	RuleDestination = "destination" // the trunk may call the number
	RuleCap         = "cap"         // the trunk's calls, minutes and money of the day are not used up
	RuleCallerID    = "caller_id"   // the trunk owns a number that the campaign shows
)

// How long a contact waits that is held by what may end at any time.
const (
	busyWait   = 15 * time.Second // another call to the customer is in progress
	closedWait = 10 * time.Minute // the trunk's allow-list lacks the number: somebody must change it
	neverWait  = 24 * time.Hour   // its zones leave no common hour: somebody must change one
)

// Evaluate decides whether the contact may be called at now. The verdict lists
// every rule, passed or failed, so that it can say why.
func Evaluate(in Inputs, now time.Time) Verdict {
	e := evaluation{in: in, now: now, from: now}
	e.ask()
	e.mine()
	e.forGood()
	e.times()
	e.forNow()
	return e.verdict()
}

// evaluation collects the checks and what the failed ones ask for.
type evaluation struct {
	in     Inputs
	terms  Terms
	now    time.Time
	checks []Check
	gates  []gate       // the rules about time
	from   time.Time    // before it there is nothing to look at
	never  bool         // a rule about time permits none
	state  ContactState // of the first rule that holds the contact for good
	alien  bool         // the contact is not this node's to change
	failed bool
}

// ask reads what the definition and its packs ask.
func (e *evaluation) ask() {
	if e.in.Terms != nil || e.in.Amiss != "" {
		if e.in.Terms != nil {
			e.terms = *e.in.Terms
		}
		return
	}
	var err error
	if e.terms, err = e.in.Definition.Terms(phone.Calendars{}); err != nil {
		e.in.Amiss = err.Error()
	}
}

// add notes how a rule came out.
func (e *evaluation) add(c Check) bool {
	e.failed = e.failed || !c.Passed
	e.checks = append(e.checks, c)
	return c.Passed
}

// say notes how a rule came out; the detail is kept where it failed.
func (e *evaluation) say(rule string, passed bool, detail string) bool {
	if passed {
		detail = ""
	}
	return e.add(Check{Rule: rule, Passed: passed, Detail: detail})
}

// wait has the contact looked at again after so long, as far as the rules about
// time permit a call then.
func (e *evaluation) wait(d time.Duration) {
	e.from = latest(e.from, e.now.Add(d))
	e.checks[len(e.checks)-1].Next = e.now.Add(d)
}

// become holds the contact for good.
func (e *evaluation) become(s ContactState) {
	if e.state == "" {
		e.state = s
	}
}

// mine checks that the contact is this node's to call.
func (e *evaluation) mine() {
	e.say(RuleCampaign, e.in.Campaign == Running, "the campaign is "+string(e.in.Campaign))
	if !e.say(RuleContact, e.in.Contact == Pending, "the contact is "+string(e.in.Contact)) {
		e.alien = true
	}
	if !e.say(RuleClaim, e.in.Claimed, "the claim has lapsed, or another node holds it") {
		e.alien = true
	}
}

// forGood checks what nothing but a person's decision can change.
func (e *evaluation) forGood() {
	d := e.in.Definition
	e.expiry()
	if !e.say(RuleDoNotCall, e.in.DoNotCall == "", e.in.DoNotCall) {
		e.become(Suppressed)
	}
	e.consent()
	if !e.say(RuleHoldOut, !e.in.HeldOut, fmt.Sprintf("one of the %.3g %% never called", d.HoldOut*100)) {
		e.become(HeldOut)
	}
	most := d.maxAttempts()
	if !e.add(Check{Rule: RuleAttempts, Passed: e.in.Attempts < most, Detail: fmt.Sprintf("%d of %d made", e.in.Attempts, most)}) {
		e.become(Exhausted)
	}
}

// expiry checks that neither the contact's nor the campaign's time is over.
func (e *evaluation) expiry() {
	ends, detail := e.expires(), ""
	if !ends.IsZero() {
		detail = "until " + stamp(ends)
	}
	if !e.add(Check{Rule: RuleExpiry, Passed: ends.IsZero() || e.now.Before(ends), Detail: detail}) {
		e.become(Expired)
	}
}

// expires is when the contact's time is over; zero: never.
func (e *evaluation) expires() time.Time { return earliest(e.in.Expires, e.in.Definition.Expires) }

// consent checks that what the customer has consented to is enough.
func (e *evaluation) consent() {
	c := Check{Rule: RuleConsent, Passed: true, Detail: "none is needed"}
	for _, need := range e.terms.Consent {
		if need.UnlessResidential && e.in.Residential {
			continue
		}
		passed := e.in.Consent.Covers(need.Level)
		if c.Passed && c.Source == "" || !passed {
			c.Source = cite(need.Rule, need.Source)
			c.Detail = fmt.Sprintf("%s is needed; %s", need.Level, cmp.Or(e.in.Proof, "none is on record"))
		}
		c.Passed = c.Passed && passed
	}
	if !e.add(c) {
		e.become(Unasked)
	}
}

// forNow checks what may end at any time.
func (e *evaluation) forNow() {
	if !e.say(RuleOpen, !e.in.Open, "another call to the customer is in progress") {
		e.wait(busyWait)
	}
	barred := cmp.Or(e.in.Barred, "the trunk's allowed destinations leave the number out")
	if !e.say(RuleDestination, e.in.Allowed, barred) {
		e.wait(closedWait)
	}
	if !e.say(RuleCap, e.in.Capped == "", e.in.Capped) {
		e.wait(busyWait) // by another trunk, or when the day is over
	}
	if !e.say(RuleCallerID, e.in.CallerID != "", "the trunk owns none of the numbers that the campaign shows") {
		e.wait(closedWait)
	}
}

func (e *evaluation) verdict() Verdict {
	v := Verdict{Allowed: !e.failed, Checks: e.checks}
	switch {
	case v.Allowed, e.alien:
	case e.state != "":
		v.State = e.state
	default:
		v.Next = e.next()
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

// earliest returns the earlier of two times, of which the zero one is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// stamp writes a time for a verdict's detail.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// cite names the rule of a pack with the law that it carries out; a definition's
// own rules carry out none.
func cite(rule, source string) string {
	if source == "" {
		return ""
	}
	return rule + " " + source
}
