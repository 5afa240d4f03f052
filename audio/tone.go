package audio

import (
	"math"
	"time"
)

// Tone is a sum of sines, such as a dial tone or the two of a DTMF key.
type Tone struct {
	Hz    []float64     // each below Rate/2
	Level float64       // of each sine, in dBm0: 0 fills the 16 bits alone
	Fade  time.Duration // rise at the start and fall at the end; 0 is abrupt
}

// PCM is the tone for d. It is clipped where the sum is too loud.
func (t Tone) PCM(d time.Duration) []int16 {
	sum := make([]float64, Samples(d))
	amplitude := math.MaxInt16 * ratio(t.Level)
	for _, hz := range t.Hz {
		w := 2 * math.Pi * hz / Rate
		for i := range sum {
			sum[i] += amplitude * math.Sin(w*float64(i))
		}
	}
	pcm := toInt16(sum)
	Fade(pcm, t.Fade)
	return pcm
}

// ratio is the factor of amplitude that db stands for.
func ratio(db float64) float64 { return math.Pow(10, db/20) }

// toInt16 rounds and clips.
func toInt16(x []float64) []int16 {
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16)))
	}
	return pcm
}
