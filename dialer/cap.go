package dialer

import (
	"time"

	"careline/campaigns"
)

// close has no more calls go by a trunk whose day is used up.
func (d *Dialer) close(trunk string, until time.Time) {
	d.mu.Lock()
	news := until.After(d.closed[trunk])
	if news {
		d.closed[trunk] = until
	}
	d.mu.Unlock()
	if news {
		d.turn()
	}
}

// opens is when the next closed trunk may be used again; zero where none is
// closed. Those that may have been are forgotten.
func (d *Dialer) opens(now time.Time) (next time.Time, reopened bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for trunk, until := range d.closed {
		switch {
		case !until.After(now):
			delete(d.closed, trunk)
			reopened = true
		case next.IsZero() || until.Before(next):
			next = until
		}
	}
	return next, reopened
}

// turn has the loop look at the trunks.
func (d *Dialer) turn() {
	select {
	case d.turned <- struct{}{}:
	default:
	}
}

// capOf is what bounds the trunk's day for a call to the contact.
func (a *attempt) capOf(trunk string, now time.Time) campaigns.Cap {
	if a.l.d.o.Cap == nil {
		return campaigns.Cap{}
	}
	return a.l.d.o.Cap(trunk, a.contact.Number, now)
}

// capped takes a trunk out of use whose day is used up: the contact goes by
// another one, or waits for the next day, and has lost no attempt.
func (a *attempt) capped(c campaigns.Cap, trunk string, v campaigns.Verdict) {
	for _, check := range v.Checks {
		if check.Rule == campaigns.RuleCap && !check.Passed {
			a.l.d.o.Log.Error("trunk not used until its day is over", "trunk", trunk, "until", c.Ends, "why", check.Detail)
			a.l.d.close(trunk, c.Ends)
		}
	}
}
