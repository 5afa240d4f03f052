package campaigns

import (
	"maps"
	"slices"
	"time"

	"careline/phone"
)

// Attempts that do not count are bounded all the same: after maxFaults in a row
// the contact is given up. With the default delays that takes over three hours.
const (
	maxFaults  = 10
	firstFault = time.Minute      // the default delay after one that did not count; it doubles
	longFault  = 30 * time.Minute // up to this
)

// defaultRetry are the delays where a definition gives none. What is not named
// here, and counts, is not tried again.
var defaultRetry = map[Disposition][]time.Duration{
	Busy:        {15 * time.Minute, 30 * time.Minute},
	NoAnswer:    {2 * time.Hour, 5 * time.Hour}, // another time of day
	Unreachable: {24 * time.Hour},
	Cancelled:   {30 * time.Minute},
	MetMachine:  {2 * time.Hour, 5 * time.Hour}, // that were hung up on
}

// delaysAfter are the delays after a disposition: those of the definition, or the
// default ones.
func (d Definition) delaysAfter(disp Disposition) []time.Duration {
	delays, set := d.Retry[disp]
	switch {
	case set:
		return delays
	case disp == MetMachine && d.Machine != MachineHangUp:
		return nil
	default:
		return defaultRetry[disp]
	}
}

// After returns the contact with an attempt that ended as disp added to Attempts
// or Faults and to Tried, and noted as Last.
func (c Contact) After(disp Disposition) Contact {
	tried := c.Tried[c.Number]
	if disp.Counts() {
		c.Attempts++
		c.Faults = 0
		tried.Attempts++
	} else {
		c.Faults++
	}
	if c.Last = disp; disp == MetMachine {
		c.Last = Answered
	}
	if len(c.Others) > 0 {
		tried.Bad = tried.Bad || disp == InvalidNumber
		if c.Tried = maps.Clone(c.Tried); c.Tried == nil {
			c.Tried = map[phone.Number]Tried{}
		}
		c.Tried[c.Number] = tried
	}
	return c
}

// Outcome is what becomes of a contact.
type Outcome struct {
	State  ContactState
	Due    time.Time    // when State is Pending
	Number phone.Number // to be called then
}

// Settle says what becomes of a contact after an attempt on it has ended as
// disp at now, which is MetMachine where a machine has answered: that reaches
// nobody, unless it makes an interview complete that is defined. c is the contact as After left it, so the attempt is counted
// already; one whose state is final, because it asked not to be called or was
// withdrawn meanwhile, keeps it. results are the values recorded from the
// contact in this campaign, by result name.
func Settle(d Definition, c Contact, disp Disposition, results map[string]string, now time.Time) Outcome {
	to := func(s ContactState) Outcome { return Outcome{State: s, Number: c.Number} }
	switch {
	case c.State.Final():
		return to(c.State)
	case disp == Answered && d.IsComplete(results), disp == MetMachine && d.isCompleteAlone(results):
		return to(Completed)
	case disp == Answered:
		return to(Partial)
	case disp == NotKnown:
		return to(Unknown)
	}
	next, exists := d.nextNumber(c, disp)
	if !exists {
		return to(Invalid)
	}
	delay, again := d.delay(c, disp, next)
	if !again {
		return to(Exhausted)
	}
	due := earliest(now.Add(delay), earliest(c.Expires, d.Expires)) // what expires is looked at once more, then
	return Outcome{State: Pending, Due: due, Number: next}
}

// nextNumber is the number to be called next: another one of the customer where
// the definition says so or the last one does not exist, in their order and
// round and round. It reports false when none of them exists.
func (d Definition) nextNumber(c Contact, disp Disposition) (next phone.Number, exists bool) {
	bad := func(n phone.Number) bool { return c.Tried[n].Bad || n == c.Number && disp == InvalidNumber }
	if !bad(c.Number) && !slices.Contains(d.NextNumber, disp) {
		return c.Number, true
	}
	all := c.Numbers()
	from := slices.Index(all, c.Number)
	for i := range all {
		if n := all[(from+1+i)%len(all)]; !bad(n) {
			return n, true
		}
	}
	return "", false
}

// delay returns how long the contact waits before the next attempt, and whether
// there is one. A number that was called less often than the last one is called
// at once.
func (d Definition) delay(c Contact, disp Disposition, next phone.Number) (time.Duration, bool) {
	if !disp.Counts() {
		delays, set := d.Retry[disp]
		return c.faultDelay(delays, set)
	}
	made := c.Attempts
	if tried, several := c.Tried[c.Number]; several {
		made = tried.Attempts
	}
	if disp == InvalidNumber { // no delay is its own; the next number rests as if it had not answered
		disp = NoAnswer
	}
	delays := d.delaysAfter(disp)
	switch {
	case c.Attempts >= d.maxAttempts():
		return 0, false
	case next != c.Number && c.Tried[next].Attempts < made:
		return 0, true
	case len(delays) == 0:
		return 0, false
	}
	return nth(delays, made), true
}

// faultDelay is that after an attempt that does not count.
func (c Contact) faultDelay(delays []time.Duration, set bool) (time.Duration, bool) {
	switch {
	case c.Faults >= maxFaults, set && len(delays) == 0:
		return 0, false
	case !set:
		return min(firstFault<<max(c.Faults-1, 0), longFault), true
	}
	return nth(delays, c.Faults), true
}

// nth is the delay after so many attempts; the last one is repeated.
func nth(delays []time.Duration, made int) time.Duration {
	return delays[min(max(made-1, 0), len(delays)-1)]
}
