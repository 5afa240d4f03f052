package pacing

import "time"

// Window is the time that abandoned calls are counted over. The zero value is
// the campaign to date.
type Window struct {
	// Span is how long the window is; 0 or less means the whole campaign.
	Span time.Duration
	// Rolling makes it the last Span at every moment. Otherwise one period of
	// Span follows the other.
	Rolling bool
	// Start is when the first of these periods begins; zero means with the first
	// event.
	Start time.Time
}

// Tally is what was counted.
type Tally struct {
	Live      int // answers by people
	Abandoned int // of those, without an agent in time
	Machines  int // that agents met, taken for people
}

// Share returns the abandoned share of live answers, 0..1, as 16 CFR 310.4(b)(4)
// and 47 CFR 64.1200(a)(7) count it; 0 without an answer.
func (t Tally) Share() float64 {
	return float64(t.Abandoned) / max(float64(t.Live), 1)
}

// ACR returns Ofcom's abandoned call rate, 0..1: A/(A+L), where L live calls
// reached an agent and A is the abandoned calls less the share of them that will
// have been machines, M/(L+M), as agents met M.
func (t Tally) ACR() float64 {
	reached := float64(t.Live - t.Abandoned)
	lost := float64(t.Abandoned)
	if met := reached + float64(t.Machines); met > 0 {
		lost *= 1 - float64(t.Machines)/met
	}
	if lost+reached <= 0 {
		return 0
	}
	return lost / (lost + reached)
}

func (t *Tally) add(o Tally, sign int) {
	t.Live += sign * o.Live
	t.Abandoned += sign * o.Abandoned
	t.Machines += sign * o.Machines
}

// rollingParts is how finely a rolling window is cut: what is older than it by
// less than one such part may still be counted.
const rollingParts = 96

// Abandonment counts abandoned calls over a Window. Its memory does not grow.
type Abandonment struct {
	window  Window
	started bool
	began   time.Time // of the period, or of the newest part
	total   Tally
	parts   [rollingParts]Tally // of a rolling window
	newest  int
}

// NewAbandonment returns an empty count.
func NewAbandonment(w Window) *Abandonment { return &Abandonment{window: w} }

// Answered counts a live answer.
func (a *Abandonment) Answered(now time.Time) { a.count(now, Tally{Live: 1}) }

// Abandoned counts a call as abandoned, whose answer was counted before.
func (a *Abandonment) Abandoned(now time.Time) { a.count(now, Tally{Abandoned: 1}) }

// Machine counts a machine that was taken for a person and that an agent met.
func (a *Abandonment) Machine(now time.Time) { a.count(now, Tally{Machines: 1}) }

// Tally returns what the window holds.
func (a *Abandonment) Tally(now time.Time) Tally {
	a.turn(now)
	return a.total
}

func (a *Abandonment) count(now time.Time, t Tally) {
	a.turn(now)
	a.total.add(t, 1)
	a.parts[a.newest].add(t, 1)
}

// turn begins the period, or the part, that now is in.
func (a *Abandonment) turn(now time.Time) {
	if a.window.Span <= 0 {
		return
	}
	if !a.started {
		a.started, a.began = true, now
		if !a.window.Rolling && !a.window.Start.IsZero() {
			a.began = a.window.Start
		}
	}
	length := a.window.Span
	if a.window.Rolling {
		length = max(length/rollingParts, 1)
	}
	passed := now.Sub(a.began)
	periods := passed / length
	if periods < 1 {
		return
	}
	a.began = a.began.Add(passed - passed%length)
	if !a.window.Rolling || periods >= rollingParts {
		a.total, a.parts = Tally{}, [rollingParts]Tally{}
		return
	}
	for range periods {
		a.newest = (a.newest + 1) % rollingParts
		a.total.add(a.parts[a.newest], -1)
		a.parts[a.newest] = Tally{}
	}
}
