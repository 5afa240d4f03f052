package campaigns

import "time"

// Counts tells whether an attempt that ended so counts as one on the customer.
// Those that the network or we ourselves spoiled do not.
func (d Disposition) Counts() bool {
	switch d {
	case Congestion, NotPlaced, Failure:
		return false
	default:
		return true
	}
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
// contact as After left it, so the attempt is counted already. results are the
// values recorded in this campaign from the contact, by result name.
func Settle(
	d Definition, c Contact, disp Disposition, results map[string]string, now time.Time,
) (ContactState, time.Time) {
	return Pending, now
}
