package campaigns

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/phone"
)

// gate is a rule about time: it tells the earliest time, t or later, that it
// permits. That time is zero where there is none.
type gate func(t time.Time) time.Time

// pass checks a rule about time at now.
func (e *evaluation) pass(c Check, g gate) {
	e.gates = append(e.gates, g)
	opens := g(e.now)
	c.Passed = opens.Equal(e.now)
	if !c.Passed {
		c.Next = opens
	}
	e.never = e.never || opens.IsZero()
	e.add(c)
}

// times checks what time changes.
func (e *evaluation) times() {
	e.minRing()
	due := e.in.Due
	c := Check{Rule: RuleDue}
	if due.After(e.now) {
		c.Detail = "due at " + stamp(due)
	}
	e.pass(c, func(t time.Time) time.Time { return latest(t, due) })
	e.hours()
	e.frequencies()
	e.recall()
}

// minRing checks how long the phone will ring. A definition never changes, so
// time changes nothing.
func (e *evaluation) minRing() {
	rings, least := e.in.Definition.RingTimeout, e.terms.MinRing
	if rings == 0 {
		rings = defaultRing
	}
	c := Check{Rule: RuleMinRing, Passed: e.in.Local || rings >= least, Detail: fmt.Sprintf("%s of at least %s", rings, least)}
	if e.in.Local {
		c.Detail = "any: the trunk ends on this machine, where no phone rings"
	}
	c.Source = e.sources(func(r PackRule) bool { return r.MinRing > 0 })
	if !e.add(c) {
		e.wait(neverWait)
	}
}

// hours checks the calling window at every place where the contact may be.
func (e *evaluation) hours() {
	c := Check{Rule: RuleHours, Source: e.sources(func(r PackRule) bool { return r.Hours != nil })}
	if e.in.Amiss != "" {
		c.Detail = e.in.Amiss
		e.pass(c, func(time.Time) time.Time { return time.Time{} })
		return
	}
	times := e.terms.Times
	if times.Any() {
		c.Source = ""
		e.pass(c, func(t time.Time) time.Time { return t })
		return
	}
	places, err := phone.Locations(e.in.Zones, e.in.Definition.Zone)
	if err != nil {
		c.Detail = err.Error()
		e.pass(c, func(time.Time) time.Time { return time.Time{} })
		return
	}
	c.Detail = at(e.now, places)
	switch opens := times.NextAt(e.now, places); {
	case opens.IsZero():
		c.Detail += fmt.Sprintf(": no hour is permitted in all %d of its time zones", len(places))
	case opens.After(e.now):
		c.Detail += e.dayOff(places) + ", next at " + stamp(opens)
	}
	e.pass(c, func(t time.Time) time.Time { return times.NextAt(t, places) })
}

// at says what time it is where the contact may be.
func at(now time.Time, places []*time.Location) string {
	var clocks []string
	for _, place := range places {
		if clock := now.In(place).Format("Mon 15:04"); !slices.Contains(clocks, clock) {
			clocks = append(clocks, clock)
		}
	}
	if len(clocks) > 2 {
		slices.Sort(clocks)
		return fmt.Sprintf("it is %s and more in %d time zones", clocks[0], len(places))
	}
	return "it is " + strings.Join(clocks, " and ") + " there"
}

// dayOff names the day off that it is.
func (e *evaluation) dayOff(places []*time.Location) string {
	for _, place := range places {
		if name := e.terms.Times.DayOff(e.now.In(place)); name != "" {
			return ", " + name
		}
	}
	return ""
}

// recall checks that the customer has rested since a call that was abandoned.
func (e *evaluation) recall() {
	c := Check{Rule: RuleRecall}
	wait, last := time.Duration(0), e.in.Abandoned
	for _, r := range e.terms.Recalls {
		if r.UnlessReserved && e.in.Reserved {
			c.Detail = "an agent waits for the call"
			continue
		}
		if r.Wait > wait {
			wait, c.Source = r.Wait, cite(r.Rule, r.Source)
		}
	}
	if wait > 0 && !last.IsZero() && last.Add(wait).After(e.now) {
		c.Detail = fmt.Sprintf("a call was abandoned at %s and rests for %s", stamp(last), span24(wait))
	}
	e.pass(c, func(t time.Time) time.Time {
		if wait == 0 || last.IsZero() {
			return t
		}
		return latest(t, last.Add(wait))
	})
}

// sources cites the rules of the campaign's packs of which is holds.
func (e *evaluation) sources(is func(PackRule) bool) string {
	var cited []string
	for _, pack := range e.in.Definition.Packs() {
		for _, r := range pack.Rules {
			if is(r) && e.in.Definition.applies(r) {
				cited = append(cited, cite(r.ID, r.Source))
			}
		}
	}
	return strings.Join(cited, "; ")
}

// mostRounds bounds the search for a time that all rules permit.
const mostRounds = 1000

// next is the earliest time from which every rule about time permits a call; no
// later than when the contact's time is over, as there is nothing to wait for
// beyond that.
func (e *evaluation) next() time.Time {
	ends := e.expires()
	if e.never {
		return earliest(e.now.Add(neverWait), ends)
	}
	t := e.from
	for range mostRounds {
		before := t
		for _, opens := range e.gates {
			if t = opens(t); t.IsZero() {
				return earliest(e.now.Add(neverWait), ends)
			}
		}
		if t.Equal(before) {
			break
		}
	}
	return earliest(t, ends)
}
