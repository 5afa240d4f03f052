package pacing

import (
	"math"
	"time"
)

type governor struct {
	cap        float64
	chance     float64
	alpha      float64
	live, lost float64
	pace       float64
}

func (g *governor) open(o Options) { g.cap = o.Cap; g.alpha = tune("ALPHA", 0.05); g.pace = 1 }

func (g *governor) answered(time.Time) {
	g.live++
	eta := tune("ETA", 0.5)
	s := g.slack() / g.wanted()
	s = min(max(s, 0.3), 3)
	g.alpha *= 1 + eta*math.Log(s)*g.cap/math.Sqrt(1+g.cap*g.live)
	g.alpha = min(max(g.alpha, 1e-3), 2)
}

func (g *governor) abandoned(time.Time) { g.lost++ }

func (g *governor) slack() float64 { return g.cap*g.live - g.lost }

func (g *governor) wanted() float64 {
	return max(tune("SMIN", 2), math.Sqrt(tune("SK", 0.5)*g.cap*g.live))
}

func (g *governor) theta(air float64) float64 {
	s := (g.slack() - tune("AIR", 0)*air) / g.wanted()
	return g.alpha * min(max(s, 0), tune("GMAX", 4))
}

type Decision struct{}
