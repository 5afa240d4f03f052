package pacing

import "time"

// Past tells of calls that were answered before the policy began, at a time, so
// that what a window holds survives a restart. It is told before anything else,
// the oldest first.
func (p *Policy) Past(t Tally, at time.Time) {
	p.governor.counted.count(at, t)
	p.governor.tally = p.governor.counted.Tally(at)
}
