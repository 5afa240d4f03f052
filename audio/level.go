package audio

import (
	"math"
	"time"
)

// The levels that prompts are brought to, in dBm0.
const (
	PromptLevel = -19.0 // of active speech: an RMS of 2600, RFC 7874 section 4
	MusicLevel  = -26.0 // music stands behind speech
	MaxPeak     = -3.0  // no sample is louder
)

// fullScale is the RMS of a sine that fills the 16 bits: 0 dBm0.
const fullScale = math.MaxInt16 / math.Sqrt2

// Level is the mean level of pcm in dBm0, pauses included; -Inf for silence.
func Level(pcm []int16) float64 {
	return dB(energy(pcm) / float64(max(len(pcm), 1)))
}

// Peak is the level of the loudest sample in dBm0: 0 is the largest there is.
func Peak(pcm []int16) float64 {
	top := 0.0
	for _, s := range pcm {
		top = max(top, math.Abs(float64(s)))
	}
	return 20 * math.Log10(top/math.MaxInt16)
}

// dB is the level of a mean square.
func dB(square float64) float64 {
	return 10 * math.Log10(square/(fullScale*fullScale))
}

func energy(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum
}

// The figures of ITU-T P.56, method B.
const (
	envelopeTime = 30 * time.Millisecond  // of each of two averages
	hangover     = 200 * time.Millisecond // a shorter pause belongs to speech
	margin       = 15.9                   // dB between active speech and its threshold
	thresholds   = 15                     // 1, 2, 4, .. 16384
)

// ActiveLevel is the level of pcm in dBm0 while somebody speaks, as ITU-T P.56
// measures it: pauses over 200 ms do not count. It is -Inf for silence.
func ActiveLevel(pcm []int16) float64 {
	square := energy(pcm)
	if square == 0 {
		return math.Inf(-1)
	}
	last, above := dB(square/float64(len(pcm))), margin
	for j, n := range activity(pcm) {
		if n == 0 {
			break
		}
		level := dB(square / float64(n))
		over := level - dB(math.Pow(4, float64(j)))
		if over <= margin {
			return last + (level-last)*(above-margin)/max(above-over, 1e-9)
		}
		last, above = level, over
	}
	return last
}

// activity counts for each threshold the samples whose envelope reached it,
// or had within the hangover.
func activity(pcm []int16) (active [thresholds]int) {
	g := math.Exp(-1 / (Rate * envelopeTime.Seconds()))
	var since [thresholds]int
	for j := range since {
		since[j] = Samples(hangover)
	}
	p, q := 0.0, 0.0
	for _, s := range pcm {
		p = g*p + (1-g)*math.Abs(float64(s))
		q = g*q + (1-g)*p
		for j := range active {
			since[j]++
			if q >= float64(int(1)<<j) {
				since[j] = 0
			}
			if since[j] <= Samples(hangover) {
				active[j]++
			}
		}
	}
	return active
}
