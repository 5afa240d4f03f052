package floor

import "math"

// outlook is the law of answers less releases at each look-ahead.
type outlook struct {
	idle   int
	exact  bool
	toCome float64 // answers
	mean   [horizons]float64
	spread [horizons]float64   // variances
	law    [horizons][]float64 // of answers less releases; exact only
	lowest [horizons]int       // what the first entry of law stands for
}

func (o *outlook) begin(idle int) {
	o.idle, o.toCome = idle, 0
	for j := range horizons {
		o.mean[j], o.spread[j], o.lowest[j] = 0, 0, 0
		o.law[j] = append(o.law[j][:0], 1)
	}
}

func (o *outlook) release(by [horizons]float64) {
	for j, q := range by {
		o.mean[j] -= q
		o.spread[j] += q * (1 - q)
		if o.exact {
			o.try(j, 1-q)
			o.lowest[j]--
		}
	}
}

func (o *outlook) add(by [horizons + 1]float64) {
	for j, q := range by[:horizons] {
		o.mean[j] += q
		o.spread[j] += q * (1 - q)
		if o.exact {
			o.try(j, q)
		}
	}
	o.toCome += by[horizons]
}

// try adds one trial of chance q to a law, and drops what is next to impossible.
func (o *outlook) try(j int, q float64) {
	law := append(o.law[j], 0)
	for i := len(law) - 1; i > 0; i-- {
		law[i] = law[i]*(1-q) + law[i-1]*q
	}
	law[0] *= 1 - q
	for len(law) > 1 && law[len(law)-1] < 1e-13 {
		law = law[:len(law)-1]
	}
	drop := 0
	for drop < len(law)-1 && law[drop] < 1e-13 {
		drop++
	}
	o.lowest[j] += drop
	o.law[j] = law[:copy(law, law[drop:])]
}

// within tells whether at no look-ahead more than alpha of the answers to come
// are expected to find no agent.
func (o *outlook) within(alpha float64) bool {
	for j := range horizons {
		if o.over(j) > alpha*o.toCome {
			return false
		}
	}
	return true
}

// over returns how many calls are expected to find no agent at a look-ahead.
func (o *outlook) over(j int) float64 {
	if o.exact {
		var sum float64
		for i, p := range o.law[j] {
			if d := i + o.lowest[j] - o.idle; d > 0 {
				sum += p * float64(d)
			}
		}
		return sum
	}
	m, sd := o.mean[j]-float64(o.idle), math.Sqrt(o.spread[j])
	if sd < 1e-9 {
		return max(m, 0)
	}
	z := m / sd
	return m*math.Erfc(-z/math.Sqrt2)/2 + sd*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
}
