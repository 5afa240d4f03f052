package pacing

import "math"

// laws of sums of so many trials at most are computed exactly.
const exactTrials = 28

// most is the largest number that laws reach; beyond it sums are taken for
// normal.
const most = 95

// sum is the law of how many of some independent trials succeed.
type sum struct {
	n      int
	mean   float64
	spread float64 // variance
	trials [exactTrials]float64
	law    [most + 1]float64
	top    int // the largest index of law in use
}

func (s *sum) reset() { s.n, s.mean, s.spread = 0, 0, 0 }

// add adds k trials of a chance.
func (s *sum) add(q float64, k int) {
	for i := s.n; i < min(s.n+k, exactTrials); i++ {
		s.trials[i] = q
	}
	s.n += k
	s.mean += float64(k) * q
	s.spread += float64(k) * q * (1 - q)
}

// build computes the law.
func (s *sum) build() {
	if s.n > exactTrials {
		s.match()
		return
	}
	s.law[0], s.top = 1, 0
	for _, q := range s.trials[:s.n] {
		s.one(q)
	}
}

// one adds one trial to the law.
func (s *sum) one(q float64) {
	s.top = min(s.top+1, most)
	s.law[s.top] = 0
	for i := s.top; i > 0; i-- {
		s.law[i] += q * (s.law[i-1] - s.law[i])
	}
	s.law[0] *= 1 - q
	for s.top > 0 && s.law[s.top] < 1e-9 {
		s.top--
	}
}

// match takes the binomial law of the same mean and variance.
func (s *sum) match() {
	q := max(1-s.spread/max(s.mean, 1e-9), 1e-6)
	n := s.mean / q
	s.law[0] = math.Exp(n * math.Log1p(-q))
	s.top = 0
	odds := q / (1 - q)
	for i := 0; i < most && float64(i) < n; i++ {
		s.law[i+1] = s.law[i] * (n - float64(i)) / float64(i+1) * odds
		s.top = i + 1
		if float64(i) > s.mean && s.law[i+1] < 1e-9 {
			break
		}
	}
}

// outlook is what is expected at each horizon.
type outlook struct {
	idle    int // agents, less callers who wait
	answers [horizons]sum
	free    [horizons]sum
	toCome  float64 // answers of all lines
	mean    [horizons]float64
	normal  [horizons]bool
}

// over returns how many calls are expected to find no agent by a horizon, and
// the chance that one more would find none.
func (o *outlook) over(j int) (calls, chance float64) {
	a, f := &o.answers[j], &o.free[j]
	if o.normal[j] {
		m, sd := a.mean-f.mean-float64(o.idle), math.Sqrt(a.spread+f.spread)
		z := m / sd
		at := math.Erfc(-(z+0.5/sd)/math.Sqrt2) / 2
		return m*math.Erfc(-z/math.Sqrt2)/2 + sd*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi), at
	}
	// tail[k] = P(A >= k), excess = E (A-m)+ for m = idle+k, from the top down
	tail, excess := 0.0, 0.0
	k := a.top
	for r := f.top; r >= 0; r-- {
		m := o.idle + r
		for k > m && k > 0 {
			tail += a.law[k]
			excess += tail
			k--
		}
		// now k <= m or k == 0: tail = P(A > k), excess = E (A-k)+
		switch {
		case k < m:
			// A never exceeds m
		case k == m:
			calls += f.law[r] * excess
			chance += f.law[r] * (tail + a.law[k])
		default: // m < 0 = k
			calls += f.law[r] * (excess + float64(-m))
			chance += f.law[r]
		}
	}
	return calls, chance
}
