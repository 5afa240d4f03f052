package pacing

import (
	"math"
	"time"
)

// governor holds the share of abandoned calls just under the cap. Its slack is
// how many calls could be abandoned now without exceeding it. It wants a little
// of it, about the square root of what is permitted so far, and lets lines risk
// more or less in proportion to what it has; with none left a tenth, which is made
// up for sooner than by risking nothing, since many more people are reached. As
// long as hardly anything is permitted nothing is risked. Slowly it finds the risk
// that keeps the slack where it is wanted.
type governor struct {
	cap     float64
	counted *Abandonment
	tally   Tally
	base    float64 // chance to find no agent that a line may have while the slack is as wanted
}

// How the governor is set.
const (
	firstBase   = 0.05
	leastBase   = 0.001
	mostBase    = 1.0
	leastSlack  = 1.0  // calls
	slackOf     = 0.35 // of the calls that may be abandoned: their square root is wanted, beside that
	scarce      = 0.4  // of the slack that is wanted; below, the risk falls faster than the slack
	quickness   = 0.5  // of the base
	mostOfBase  = 4.0
	leastOfBase = 0.1 // even without slack, once
	fullLeast   = 4.0 // so many calls were permitted to be abandoned
	mostRisk    = 0.6
)

func newGovernor(o Options) governor {
	return governor{cap: o.Cap, counted: NewAbandonment(o.Window), base: firstBase}
}

func (g *governor) answered(now time.Time) {
	g.counted.Answered(now)
	g.tally = g.counted.Tally(now)
	permitted := g.cap * float64(g.tally.Live)
	off := math.Log(min(max(g.slack()/g.wanted(), 0.3), 3))
	g.base *= 1 + quickness*off*g.cap/math.Sqrt(1+permitted)
	g.base = min(max(g.base, leastBase), mostBase)
}

func (g *governor) abandoned(now time.Time) {
	g.counted.Abandoned(now)
}

// slack returns how many more calls may be abandoned now; it can be below 0.
func (g *governor) slack() float64 {
	return g.cap*float64(g.tally.Live) - float64(g.tally.Abandoned)
}

func (g *governor) wanted() float64 {
	return leastSlack + math.Sqrt(slackOf*g.cap*float64(g.tally.Live))
}

// risk returns the chance to find no agent that a line may have.
func (g *governor) risk(now time.Time) float64 {
	g.tally = g.counted.Tally(now)
	permitted := g.cap * float64(g.tally.Live)
	least := leastOfBase * min(permitted/fullLeast, 1)
	share := g.slack() / g.wanted()
	if share > 0 && share < scarce {
		share *= share / scarce
	}
	return min(g.base*min(max(share, least), mostOfBase), mostRisk)
}
