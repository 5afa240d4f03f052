package pacing

import "math"

// What talks and wrap-ups are taken for before any ended, in seconds.
const (
	priorTalk = 180
	priorWrap = 30
)

// handleLaw is what is learned of how long talks, or wrap-ups, take: the hazard
// of their end by age.
type handleLaw struct {
	ends   [handleBins]float64
	spent  [handleBins]float64 // seconds
	hazard [handleBins]float64 // ends a second
	total  float64             // that were learned and are remembered
	fresh  int
}

// Ages are told apart by two seconds at first, then ever more coarsely.
const (
	handleBins   = 36
	handleStep   = 2.0 // seconds
	handleFine   = 8   // bins of one step each
	handleGrowth = 1.2 // of the bins after those
)

// How much is remembered, in ends, and how many seconds and ends of the law
// without memory each bin begins with.
const (
	handleMemory = 4000
	handlePrior  = 0.5
	handleShrink = 60.0 // seconds
)

// handleEdges are the ages between the bins.
var handleEdges = edges()

func edges() (all [handleBins + 1]float64) {
	width := handleStep
	for i := range handleBins {
		all[i+1] = all[i] + width
		if i >= handleFine {
			width *= handleGrowth
		}
	}
	return all
}

// handleBin returns the bin of an age.
func handleBin(age float64) int {
	if age < handleStep*handleFine {
		return max(int(age/handleStep), 0)
	}
	low, high := handleFine, handleBins-1
	for low < high {
		if mid := (low + high + 1) / 2; handleEdges[mid] <= age {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

// open begins with a law without memory.
func (l *handleLaw) open(mean float64) {
	for i := range handleBins {
		l.ends[i], l.spent[i] = handlePrior, handlePrior*mean
	}
	l.compute(nil, Away, 0)
}

// learn takes one that ended.
func (l *handleLaw) learn(took float64) {
	pass(&l.spent, took)
	l.ends[handleBin(took)]++
	l.fresh++
	if l.total++; l.total > handleMemory {
		l.total /= 2
		for i := range handleBins {
			l.ends[i] /= 2
			l.spent[i] /= 2
		}
	}
}

// pass adds the time spent in each bin up to an age.
func pass(spent *[handleBins]float64, age float64) {
	for i, last := 0, handleBin(age); i <= last; i++ {
		spent[i] += min(age, handleEdges[i+1]) - handleEdges[i]
	}
}

// compute takes what ended, and what agents are at.
func (l *handleLaw) compute(all []*agent, state AgentState, now float64) {
	l.fresh = 0
	spent := l.spent
	for _, a := range all {
		if a.state == state {
			pass(&spent, now-a.since)
		}
	}
	var ends, total float64
	for i := range handleBins {
		ends += l.ends[i]
		total += spent[i]
	}
	for i := range handleBins {
		l.hazard[i] = (l.ends[i] + handleShrink*ends/total) / (spent[i] + handleShrink)
	}
}

// stays returns the chance that what has lasted an age goes on for some time, both
// in seconds.
func (l *handleLaw) stays(age, span float64) float64 {
	var sum float64
	for i := handleBin(age); span > 0; i++ {
		step := span
		if i < handleBins-1 {
			step = min(span, handleEdges[i+1]-age)
		}
		sum += step * l.hazard[min(i, handleBins-1)]
		age += step
		span -= step
	}
	return math.Exp(-sum)
}
