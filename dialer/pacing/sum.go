package pacing

import "math"

// Laws of sums are computed exactly for so many trials, and kept up to so many
// successes.
const (
	exactTrials = 28
	mostSuccess = 95
	negligible  = 1e-9
)

// sum is the law of how many of some independent trials succeed.
type sum struct {
	n      int
	mean   float64
	spread float64 // variance
	trials [exactTrials]float64
	law    [mostSuccess + 1]float64
	top    int // the largest index of law in use
}

func (s *sum) reset() { s.n, s.mean, s.spread = 0, 0, 0 }

// add adds k trials of a chance. The law is not computed.
func (s *sum) add(q float64, k int) {
	for i := s.n; i < min(s.n+k, exactTrials); i++ {
		s.trials[i] = q
	}
	s.n += k
	s.mean += float64(k) * q
	s.spread += float64(k) * q * (1 - q)
}

// build computes the law: exactly for few trials, and for many the binomial law
// of the same mean and variance.
func (s *sum) build() {
	s.law[0], s.top = 1, 0
	if s.n > exactTrials {
		s.match()
		return
	}
	for _, q := range s.trials[:s.n] {
		s.convolve(q)
	}
}

// more adds one trial, to the law as well.
func (s *sum) more(q float64) {
	s.mean += q
	s.spread += q * (1 - q)
	s.convolve(q)
}

func (s *sum) convolve(q float64) {
	s.top = min(s.top+1, mostSuccess)
	s.law[s.top] = 0
	for i := s.top; i > 0; i-- {
		s.law[i] += q * (s.law[i-1] - s.law[i])
	}
	s.law[0] *= 1 - q
	for s.top > 0 && s.law[s.top] < negligible {
		s.top--
	}
}

func (s *sum) match() {
	q := max(1-s.spread/max(s.mean, negligible), negligible)
	n := s.mean / q
	s.law[0] = math.Exp(n * math.Log1p(-q))
	for i := 0; i < mostSuccess && float64(i) < n; i++ {
		s.top = i + 1
		s.law[s.top] = s.law[i] * (n - float64(i)) / float64(i+1) * q / (1 - q)
		if float64(i) > s.mean && s.law[s.top] < negligible {
			return
		}
	}
}
