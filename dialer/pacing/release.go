package pacing

import "math"

// after is what is learned of what agents do once a talk is over.
type after struct{ wrap, idle, away float64 }

func (a *after) learn(state AgentState) {
	switch state {
	case WrapUp:
		a.wrap++
	case Idle:
		a.idle++
	default:
		a.away++
	}
	if a.wrap+a.idle+a.away > 1000 {
		a.wrap, a.idle, a.away = a.wrap/2, a.idle/2, a.away/2
	}
}

// horizons is how many times are looked ahead to.
const horizons = 6

// releases tells the chance that a busy agent is idle by each horizon.
type releases struct {
	horizon [horizons]float64             // seconds from now
	talk    [handleBins][horizons]float64 // by the age of the talk
	wrap    [handleBins][horizons]float64
}

// tabulate computes them from what was learned.
func (p *Policy) tabulate() {
	r := &p.releases
	longest := math.Ceil(p.ring.quantile(0.98))
	for j := range r.horizon {
		r.horizon[j] = longest * float64(j+1) / horizons
	}
	wait := tune("PATIENCE", 0.5) * p.opts.Patience.Seconds()
	span := int(longest+wait) + 2
	wrapped := make([]float64, span+1) // chance that a wrap-up is over after so many seconds
	for i := range wrapped {
		wrapped[i] = 1 - p.wrap.stays(0, float64(i))
	}
	total := p.after.wrap + p.after.idle + p.after.away
	wrapShare, idleShare := p.after.wrap/total, p.after.idle/total
	for bin := range handleBins {
		age := (handleEdges[bin] + handleEdges[bin+1]) / 2
		for j, h := range r.horizon {
			r.wrap[bin][j] = 1 - p.wrap.stays(age, h+wait)
			r.talk[bin][j] = 0
		}
		before := 1.0
		for x := 0; x < span-1; x++ {
			now := p.talk.stays(age, float64(x+1))
			for j, h := range r.horizon {
				left := h + wait - float64(x)
				if left <= 0 {
					continue
				}
				ends := (before - now) * min(left, 1)
				left = max(left-0.5, 0)
				i := int(left)
				w := wrapped[i] + (left-float64(i))*(wrapped[i+1]-wrapped[i])
				r.talk[bin][j] += ends * (idleShare + wrapShare*w)
			}
			before = now
		}
	}
}
