package plan

import "time"

// HoldsForbidden is how long the end of a call that was refused by 403, with no
// word on why, is held: by then it shows whether it was one of many.
const HoldsForbidden = 10 * time.Second

// forbids is what the latest calls by a trunk say of its 403s: few are callees who
// refuse, many a carrier that has closed the door for a while.
type forbids struct {
	ends   [looked]bool // of the latest calls that rang, or ended: by 403, unrung
	seen   int
	in     int       // those by 403 in ends
	last   time.Time // the latest of them
	closed time.Time // when the latest 403 came that was one of many
}

// note takes in that a call rang, or how it ended. What is long past says
// nothing of the next call.
func (f *forbids) note(by403 bool, now time.Time) {
	if now.Sub(f.last) > regains {
		*f = forbids{closed: f.closed}
	}
	at := f.seen % looked
	if f.ends[at] {
		f.in--
	}
	f.ends[at], f.last = by403, now
	f.seen++
	if !by403 {
		return
	}
	if f.in++; f.in >= fewest && float64(f.in) >= many*float64(min(f.seen, looked)) {
		f.closed = now
	}
}

// passed notes, once, that the carrier has let a call through.
func (e *pending) passed(now time.Time) {
	if !e.through {
		e.through = true
		e.trunk.forbids.note(false, now)
	}
}

// refused takes in what the end of a call says of the trunk's 403s.
func (e *pending) refused(ev Event, now time.Time) {
	switch {
	case !ev.Sent:
	case ev.Status == forbidden && !ev.Rang:
		e.trunk.forbids.note(true, now)
	default:
		e.passed(now)
	}
}

// Forbids tells whether a trunk's carrier has refused many calls by 403 at that
// time or since: a 403 of then is its word, and not the callee's.
func (p *Plan) Forbids(trunk string, then time.Time) bool {
	t := p.trunks[trunk]
	return t != nil && !t.forbids.closed.IsZero() && !t.forbids.closed.Before(then)
}
