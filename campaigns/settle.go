package campaigns

import "time"

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
}

// After returns the contact with an attempt that ended as disp added to Attempts
// or Faults, and noted as Last.
func (c Contact) After(disp Disposition) Contact {
	if disp.Counts() {
		c.Attempts++
		c.Faults = 0
	} else {
		c.Faults++
	}
	c.Last = disp
	return c
}

// Settle says what becomes of a contact after an attempt on it has ended as
// disp at now: its state, and when it is due if that is Pending. c is the
// contact as After left it, so the attempt is counted already; one whose state
// is final, because it asked not to be called or was withdrawn meanwhile, keeps
// it. results are the values recorded from the contact in this campaign, by
// result name.
func Settle(
	d Definition, c Contact, disp Disposition, results map[string]string, now time.Time,
) (ContactState, time.Time) {
	switch {
	case c.State.Final():
		return c.State, time.Time{}
	case disp == Answered && d.IsComplete(results):
		return Completed, time.Time{}
	case disp == Answered:
		return Partial, time.Time{}
	case disp == InvalidNumber:
		return Invalid, time.Time{}
	case disp == NotKnown:
		return Unknown, time.Time{}
	}
	delay, again := d.delay(c, disp)
	if !again {
		return Exhausted, time.Time{}
	}
	return Pending, now.Add(delay)
}

// delay returns how long the contact waits before the next attempt, and whether
// there is one.
func (d Definition) delay(c Contact, disp Disposition) (time.Duration, bool) {
	delays, set := d.Retry[disp]
	made := c.Attempts
	if disp.Counts() {
		if !set {
			delays = defaultRetry[disp]
		}
		if made >= d.maxAttempts() || len(delays) == 0 {
			return 0, false
		}
	} else {
		if c.Faults >= maxFaults || set && len(delays) == 0 {
			return 0, false
		}
		if made = c.Faults; !set {
			return min(firstFault<<max(made-1, 0), longFault), true
		}
	}
	return delays[min(max(made-1, 0), len(delays)-1)], true // the last one is repeated
}
