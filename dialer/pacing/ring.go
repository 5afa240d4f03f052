package pacing

// Ages of lines are told apart by so many seconds, up to a minute.
const (
	ringStep = 0.5
	ringBins = 120
)

// ringLaw is what is learned of how long lines take until they are answered by a
// person, and until they end otherwise.
type ringLaw struct {
	answers             [ringBins]float64 // weights by age
	ends                [ringBins]float64
	answersSum, endsSum float64
	by                  [ringBins + 1]float64 // share of answers that came by an age
	gone                [ringBins + 1]float64 // share of other ends that came by an age
	fresh               float64               // samples since by and gone were computed
	learned             float64
}

// Samples that the prior law counts for, and that are remembered.
const (
	ringPrior  = 12.0
	ringMemory = 3000.0
)

// open begins with a prior: answers after 2 s to 30 s, mostly early, and other
// ends at once or after the minimum ring and some more.
func (r *ringLaw) open(minRing float64) {
	for i := range ringBins {
		age := (float64(i) + 0.5) * ringStep
		if x := age - 2; x > 0 && age < 30 {
			r.answers[i] = x * expNeg(x/5)
		}
		if age > 1 && age < 6 {
			r.ends[i] = 0.1 / 10
		}
		if age > minRing+5 && age < minRing+25 {
			r.ends[i] = 0.9 / 40
		}
	}
	scale(r.answers[:], ringPrior)
	scale(r.ends[:], ringPrior)
	r.answersSum, r.endsSum = ringPrior, ringPrior
	r.compute()
}

func (r *ringLaw) learn(age float64, human bool) {
	i := min(max(int(age/ringStep), 0), ringBins-1)
	if human {
		r.answers[i]++
		r.answersSum++
		r.answersSum = forget(r.answers[:], r.answersSum)
	} else {
		r.ends[i]++
		r.endsSum++
		r.endsSum = forget(r.ends[:], r.endsSum)
	}
	r.fresh++
	r.learned++
}

// forget halves what is remembered once it is too much.
func forget(w []float64, sum float64) float64 {
	if sum < ringMemory {
		return sum
	}
	scale(w, sum/2)
	return sum / 2
}

func scale(w []float64, to float64) {
	var sum float64
	for _, x := range w {
		sum += x
	}
	for i := range w {
		w[i] *= to / sum
	}
}

func (r *ringLaw) compute() {
	r.fresh = 0
	for i := range ringBins {
		r.by[i+1] = r.by[i] + r.answers[i]/r.answersSum
		r.gone[i+1] = r.gone[i] + r.ends[i]/r.endsSum
	}
}

// refresh recomputes the law when enough was learned.
func (r *ringLaw) refresh() bool {
	if r.fresh < 5 || r.fresh < (r.answersSum+r.endsSum)/50 {
		return false
	}
	r.compute()
	return true
}

// at reads a cumulated law at an age.
func at(law *[ringBins + 1]float64, age float64) float64 {
	x := age / ringStep
	i := int(x)
	if i >= ringBins {
		return 1
	}
	return law[i] + (x-float64(i))*(law[i+1]-law[i])
}

// quantile returns the age by which a share of answers came.
func (r *ringLaw) quantile(q float64) float64 {
	for i := range ringBins {
		if r.by[i+1] >= q {
			return float64(i+1) * ringStep
		}
	}
	return ringBins * ringStep
}
