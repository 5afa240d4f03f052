package pacing

import "math"

// horizons is how many times are looked ahead to.
const horizons = 6

// ahead is a chance by each horizon.
type ahead [horizons]float64

// outlook is what is expected by each horizon: answers, and agents who become
// idle.
type outlook struct {
	idle    int // agents, less callers who wait
	answers [horizons]sum
	free    [horizons]sum
	large   [horizons]bool // sums are taken for normal
}

// manyMean is the mean, and the number of agents, above which sums are taken for
// normal.
const manyMean = 40

func (o *outlook) reset(idle int) {
	o.idle = idle
	for j := range horizons {
		o.answers[j].reset()
		o.free[j].reset()
	}
}

func (o *outlook) build() {
	for j := range horizons {
		o.large[j] = o.idle > manyMean || o.answers[j].mean > manyMean || o.free[j].mean > manyMean
		if !o.large[j] {
			o.answers[j].build()
			o.free[j].build()
		}
	}
}

// place adds a line.
func (o *outlook) place(by *ahead) {
	for j, q := range by {
		if o.large[j] = o.large[j] || o.answers[j].mean > manyMean; o.large[j] {
			o.answers[j].add(q, 1)
		} else {
			o.answers[j].more(q)
		}
	}
}

// risk returns the chance that the answer of one more line finds no agent.
func (o *outlook) risk(by *ahead) float64 {
	var sum, before float64
	for j, q := range by {
		sum += (q - before) * o.short(j)
		before = q
	}
	if before <= 0 {
		return 1
	}
	return min(sum/before, 1)
}

// short returns the chance that one more answer by a horizon finds no agent: that
// answers are at least as many as agents, A >= idle + F.
func (o *outlook) short(j int) float64 {
	a, f := &o.answers[j], &o.free[j]
	if o.large[j] {
		over := a.mean - f.mean - float64(o.idle) + 0.5
		return math.Erfc(-over/math.Sqrt(2*(a.spread+f.spread)+negligible)) / 2
	}
	var chance, tail float64
	k := a.top + 1 // tail is the chance that A >= k
	for r := f.top; r >= 0; r-- {
		for k > max(o.idle+r, 0) {
			k--
			tail += a.law[k]
		}
		if o.idle+r <= a.top {
			chance += f.law[r] * tail
		}
	}
	return chance
}
