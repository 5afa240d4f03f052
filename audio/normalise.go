package audio

import (
	"math"
	"slices"
	"time"
)

// Prepare makes a prompt of a recording at Rate: limited to the telephone's
// band, without silence around it, at PromptLevel, and free of clicks where it
// is joined to others.
func Prepare(pcm []int16) []int16 {
	pcm = Normalise(Trim(BandLimit(pcm)), PromptLevel)
	Fade(pcm, JoinFade)
	return pcm
}

// rounds is how often Normalise makes up for what the limiter took.
const rounds = 6

// Normalise returns pcm with its active speech at level, in dBm0. Peaks over
// MaxPeak are held down by a limiter, smoothly and with their surroundings, and
// the rest is raised to make up for it. Silence stays silence.
func Normalise(pcm []int16, level float64) []int16 {
	out, gain := slices.Clone(pcm), 1.0
	if math.IsInf(ActiveLevel(pcm), -1) {
		return out
	}
	for range rounds {
		gain *= ratio(level - ActiveLevel(out))
		out = toInt16(limit(pcm, gain))
	}
	return out
}

// lookahead is how early the limiter begins to turn down before a peak, and how
// long it takes to come back.
const lookahead = 5 * time.Millisecond

// limit multiplies pcm by gain, and by less around samples that would be over
// MaxPeak. Turning down is the moving average of the least gain that is needed
// within the lookahead, so that no sample gets more than it may.
func limit(pcm []int16, gain float64) []float64 {
	n, ceiling := Samples(lookahead), math.MaxInt16*ratio(MaxPeak)
	allowed := make([]float64, len(pcm))
	for i, s := range pcm {
		allowed[i] = min(1, ceiling/max(gain*math.Abs(float64(s)), 1))
	}
	out := make([]float64, len(pcm))
	for i, g := range average(least(allowed, n), n) {
		out[i] = float64(pcm[i]) * gain * g
	}
	return out
}

// least is the smallest of x within n on either side.
func least(x []float64, n int) []float64 {
	out := make([]float64, len(x))
	var queue []int // indices of rising values
	for i := range len(x) + n {
		for len(queue) > 0 && i < len(x) && x[queue[len(queue)-1]] >= x[i] {
			queue = queue[:len(queue)-1]
		}
		if i < len(x) {
			queue = append(queue, i)
		}
		if i < n {
			continue
		}
		for len(queue) > 0 && queue[0] < i-2*n {
			queue = queue[1:]
		}
		out[i-n] = x[queue[0]]
	}
	return out
}

// average is the mean of x within n on either side.
func average(x []float64, n int) []float64 {
	sums := make([]float64, len(x)+1)
	for i, v := range x {
		sums[i+1] = sums[i] + v
	}
	out := make([]float64, len(x))
	for i := range out {
		from, to := max(0, i-n), min(len(x), i+n+1)
		out[i] = (sums[to] - sums[from]) / float64(to-from)
	}
	return out
}
