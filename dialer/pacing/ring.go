package pacing

import "math"

// Ages of lines are told apart by half a second, up to a minute.
const (
	ringStep = 0.5 // seconds
	ringBins = 120
)

// What the prior laws count for, and how much is remembered, in lines; and how
// many answers make the learned law trustworthy.
const (
	ringPrior  = 12
	ringMemory = 3000
	ringTrust  = 100
)

// ringLaw is what is learned of how long lines take until they are answered by a
// person, and until they end otherwise.
type ringLaw struct {
	answered ageLaw
	ended    ageLaw
	learned  float64
	fresh    float64 // lines that the laws do not yet tell of
}

// ageLaw is a law of ages.
type ageLaw struct {
	weight [ringBins]float64
	total  float64
	sum    [ringBins + 1]float64 // share up to each age
}

// open begins with a prior: answers after 2 s to 30 s, early ones more often, and
// other ends at once or some time after the least ring.
func (r *ringLaw) open(minRing float64) {
	for i := range ringBins {
		age := (float64(i) + 0.5) * ringStep
		if age > 2 && age < 30 {
			r.answered.weight[i] = (age - 2) * math.Exp(-(age-2)/5)
		}
		if age > 1 && age < 6 {
			r.ended.weight[i] = 0.01
		}
		if age > minRing+5 && age < minRing+25 {
			r.ended.weight[i] = 0.0225
		}
	}
	r.answered.scale(ringPrior)
	r.ended.scale(ringPrior)
	r.compute()
}

func ringBin(age float64) int {
	return min(max(int(age/ringStep), 0), ringBins-1)
}

// learn takes a line that was answered by a person at an age, or ended then.
func (r *ringLaw) learn(age float64, live bool) {
	if live {
		r.answered.learn(age)
	} else {
		r.ended.learn(age)
	}
	r.learned++
	r.fresh++
}

// ripe tells whether so much was learned that it is worth computing.
func (r *ringLaw) ripe() bool {
	return r.fresh >= max(5, (r.answered.total+r.ended.total)/50)
}

func (r *ringLaw) compute() {
	r.fresh = 0
	r.answered.compute()
	r.ended.compute()
}

// trust tells how far the law can be relied on to read the chance of an answer
// from lines whose outcome is open, 0..1.
func (r *ringLaw) trust() float64 { return r.learned / (r.learned + ringTrust) }

func (l *ageLaw) learn(age float64) {
	l.weight[ringBin(age)]++
	if l.total++; l.total > ringMemory {
		l.scale(ringMemory / 2)
	}
}

func (l *ageLaw) scale(to float64) {
	var total float64
	for _, w := range l.weight {
		total += w
	}
	for i := range l.weight {
		l.weight[i] *= to / total
	}
	l.total = to
}

func (l *ageLaw) compute() {
	for i, w := range l.weight {
		l.sum[i+1] = l.sum[i] + w/l.total
	}
}

// by returns the share that came by an age in seconds.
func (l *ageLaw) by(age float64) float64 {
	x := max(age, 0) / ringStep
	i := int(x)
	if i >= ringBins {
		return 1
	}
	return l.sum[i] + (x-float64(i))*(l.sum[i+1]-l.sum[i])
}

// quantile returns the age by which a share came.
func (l *ageLaw) quantile(share float64) float64 {
	for i, sum := range l.sum[1:] {
		if sum >= share {
			return float64(i+1) * ringStep
		}
	}
	return ringBins * ringStep
}
