package call

import (
	"cmp"
	"time"
)

// Phase is how far a call has come that lives at its carrier. It only grows.
type Phase int

// The phases of a call that lives at its carrier.
const (
	Accepted Phase = iota + 1 // the carrier has taken it, and may keep it waiting
	Dialing                   // the carrier has begun to dial
	Alerting                  // it rings
	Talking                   // it is answered
	Over                      // nothing follows any more
)

// Fact is what a carrier has told of one call that lives there. What it tells by
// many requests, in any order and more than once, is put together by With.
type Fact struct {
	ID    string // the call's id
	Trunk string
	Name  string // the carrier's own name of the call
	Phase Phase
	Rang  bool // it is known to have rung

	AnsweredAt time.Time // zero: it is not known to be answered
	AnsweredBy string    // in the carrier's words; empty while not known

	EndedAt time.Time     // zero while it is not over
	Status  string        // in the carrier's word, of a call that is over
	Code    int           // the SIP status that ended it; 0: none was told
	Trouble int           // the carrier's number of what went wrong; 0: nothing was told
	Text    string        // and that in words
	Lasted  time.Duration // from the answer to the end, as the carrier counts
}

// With puts together what was known and what n tells. The order in which facts
// come does not matter, nor do repeated ones. A fact of another call at the
// carrier, by its Name, changes nothing.
func (f Fact) With(n Fact) Fact {
	if f.Name != "" && n.Name != "" && f.Name != n.Name {
		return f
	}
	f.ID, f.Trunk, f.Name = cmp.Or(f.ID, n.ID), cmp.Or(f.Trunk, n.Trunk), cmp.Or(f.Name, n.Name)
	f.Phase, f.Rang = max(f.Phase, n.Phase), f.Rang || n.Rang || n.Phase == Alerting
	f.AnsweredAt, f.EndedAt = earlier(f.AnsweredAt, n.AnsweredAt), earlier(f.EndedAt, n.EndedAt)
	f.AnsweredBy, f.Status = cmp.Or(f.AnsweredBy, n.AnsweredBy), cmp.Or(f.Status, n.Status)
	f.Code, f.Trouble = cmp.Or(f.Code, n.Code), cmp.Or(f.Trouble, n.Trouble)
	f.Text, f.Lasted = cmp.Or(f.Text, n.Text), max(f.Lasted, n.Lasted)
	return f
}

// earlier is the earlier of two times that are known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
