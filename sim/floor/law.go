package floor

import (
	"math"
	"math/rand/v2"
)

// Law is how long something lasts: a lognormal law, or an exponential one.
type Law struct {
	Mean        float64 // seconds
	CV          float64 // standard deviation over mean; not of an exponential law
	Exponential bool
}

func (l Law) draw(r *rand.Rand) float64 {
	if l.Exponential {
		return l.Mean * r.ExpFloat64()
	}
	if l.CV == 0 {
		return l.Mean
	}
	s2 := math.Log1p(l.CV * l.CV)
	return l.Mean * math.Exp(math.Sqrt(s2)*r.NormFloat64()-s2/2)
}

// after returns the chance that it lasts longer than x seconds.
func (l Law) after(x float64) float64 {
	switch {
	case x <= 0:
		return 1
	case l.Exponential:
		return math.Exp(-x / l.Mean)
	case l.CV == 0:
		if x < l.Mean {
			return 1
		}
		return 0
	}
	s2 := math.Log1p(l.CV * l.CV)
	z := (math.Log(x/l.Mean) + s2/2) / math.Sqrt(s2)
	return math.Erfc(z/math.Sqrt2) / 2
}

// Ring is what happens to a call that was placed. All times are in seconds.
type Ring struct {
	Delay    float64 // until the other side rings
	Mean     float64 // from then until people answer; a Gamma law of shape 2
	Longest  float64 // that law is cut here
	FastFail float64 // share of calls that fail at once, 0..1
	FailAt   float64
	GiveUp   float64 // a call that nobody answers ends here
}

// draw returns how long somebody takes who answers, from the placing.
func (g Ring) draw(r *rand.Rand) float64 {
	for {
		x := (r.ExpFloat64() + r.ExpFloat64()) * g.Mean / 2
		if x <= g.Longest {
			return g.Delay + x
		}
	}
}

// by returns the chance that somebody who answers has done so x seconds after
// the placing.
func (g Ring) by(x float64) float64 {
	gamma := func(x float64) float64 { return 1 - math.Exp(-2*x/g.Mean)*(1+2*x/g.Mean) }
	if x -= g.Delay; x <= 0 {
		return 0
	}
	return min(1, gamma(x)/gamma(g.Longest))
}
