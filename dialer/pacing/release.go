package pacing

import "math"

// after is what is learned of what agents do once a talk is over.
type after struct{ wrap, idle, away float64 }

// afterMemory is how many talks are remembered.
const afterMemory = 1000

func (a *after) learn(state AgentState) {
	switch state {
	case WrapUp:
		a.wrap++
	case Idle:
		a.idle++
	default:
		a.away++
	}
	if a.wrap+a.idle+a.away > afterMemory {
		a.wrap, a.idle, a.away = a.wrap/2, a.idle/2, a.away/2
	}
}

// releases are the chances that busy agents are idle by each horizon, by the age
// of their talk or wrap-up.
type releases struct {
	horizon [horizons]float64 // seconds from now
	oldest  float64           // age by which a line that is answered at all mostly is, in seconds
	talk    [handleBins]ahead
	wrap    [handleBins]ahead
	next    float64 // when they are computed again
}

// How far is looked ahead, as the share of answers that come by then; and how
// much of the patience of callers is counted on.
const (
	lookedAhead  = 0.98
	patienceUsed = 0.5
)

// tabulate computes them from what was learned.
func (p *Policy) tabulate() {
	r := &p.releases
	r.oldest = math.Ceil(p.ring.answered.quantile(lookedAhead))
	wait := patienceUsed * p.opts.Patience.Seconds()
	for j := range horizons {
		r.horizon[j] = r.oldest * float64(j+1) / horizons
	}
	wrapped := make([]float64, int(r.oldest+wait)+2) // chance that a wrap-up is over after so many seconds
	for i := range wrapped {
		wrapped[i] = 1 - p.wrap.stays(0, float64(i))
	}
	for bin := range handleBins {
		age := (handleEdges[bin] + handleEdges[bin+1]) / 2
		for j, h := range r.horizon {
			r.wrap[bin][j] = 1 - p.wrap.stays(age, h+wait)
		}
		r.talk[bin] = p.afterTalk(age, wait, wrapped)
	}
}

// afterTalk returns the chances that an agent whose talk has lasted some time is
// idle by each horizon.
func (p *Policy) afterTalk(age, wait float64, wrapped []float64) (by ahead) {
	total := p.after.wrap + p.after.idle + p.after.away
	toWrap, toIdle := p.after.wrap/total, p.after.idle/total
	goesOn := 1.0
	for x := range len(wrapped) - 1 { // the talk ends in the second from x
		still := p.talk.stays(age, float64(x+1))
		for j, h := range p.releases.horizon {
			left := h + wait - float64(x)
			if left <= 0 {
				continue
			}
			ends := (goesOn - still) * min(left, 1)
			left = max(left-0.5, 0)
			i := int(left)
			over := wrapped[i] + (left-float64(i))*(wrapped[i+1]-wrapped[i])
			by[j] += ends * (toIdle + toWrap*over)
		}
		goesOn = still
	}
	return by
}
