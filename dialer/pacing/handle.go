package pacing

import "math"

// handleLaw is what is learned of how long talks, or wrap-ups, take.
type handleLaw struct {
	ends   [handleBins]float64 // that came in a bin
	risk   [handleBins]float64 // seconds spent in a bin
	hazard [handleBins]float64 // ends a second
	fresh  int
	total  float64
}

// Bins of ages grow by a quarter from bin to bin, beginning with two seconds.
const handleBins = 36

var handleEdges = func() (edges [handleBins + 1]float64) {
	width := 2.0
	for i := range handleBins {
		edges[i+1] = edges[i] + width
		if i >= 8 {
			width *= 1.2
		}
	}
	return edges
}()

func handleBin(age float64) int {
	lo, hi := 0, handleBins-1
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if handleEdges[mid] <= age {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// handlePrior is how many ends the prior law counts for, in each bin.
const handlePrior = 0.5

// open begins with a memoryless law of a mean in seconds.
func (l *handleLaw) open(mean, weight float64) {
	for i := range l.risk {
		l.ends[i] = handlePrior * weight
		l.risk[i] = handlePrior * weight * mean
	}
	l.compute(nil, Away, 0)
}

func (l *handleLaw) learn(took float64) {
	last := handleBin(took)
	for i := 0; i <= last; i++ {
		l.risk[i] += min(took, handleEdges[i+1]) - handleEdges[i]
	}
	l.ends[last]++
	l.fresh++
	l.total++
	if l.total > 4000 {
		for i := range l.ends {
			l.ends[i] /= 2
			l.risk[i] /= 2
		}
		l.total /= 2
	}
}

// compute takes what ended, and what still goes on.
func (l *handleLaw) compute(all []*agent, state AgentState, at float64) {
	l.fresh = 0
	risk := l.risk
	for _, a := range all {
		if a.state == state {
			lived := at - a.since
			for i, last := 0, handleBin(lived); i <= last; i++ {
				risk[i] += min(lived, handleEdges[i+1]) - handleEdges[i]
			}
		}
	}
	var ends, total float64
	for i := range l.ends {
		ends += l.ends[i]
		total += risk[i]
	}
	for i := range l.hazard {
		l.hazard[i] = (l.ends[i] + 2*ends/total*30) / (risk[i] + 2*30) // shrunk to the law without memory
	}
}

// stays returns the chance that what has lasted age seconds lasts h more.
func (l *handleLaw) stays(age, h float64) float64 {
	var sum float64
	for i := handleBin(age); h > 0; i++ {
		step := h
		if i < handleBins-1 {
			step = min(h, handleEdges[i+1]-age)
		}
		sum += step * l.hazard[min(i, handleBins-1)]
		age += step
		h -= step
	}
	return math.Exp(-sum)
}
