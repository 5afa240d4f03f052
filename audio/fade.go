package audio

import (
	"math"
	"time"
)

// JoinFade is long enough for a join without a click.
const JoinFade = 5 * time.Millisecond

// Fade raises the start of pcm from nothing and lowers its end to nothing, in
// place, along half a cosine. It takes at most half of pcm for each.
func Fade(pcm []int16, d time.Duration) {
	n := min(Samples(d), len(pcm)/2)
	for i := range n {
		g := 0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(n))
		last := len(pcm) - 1 - i
		pcm[i] = int16(math.Round(g * float64(pcm[i])))
		pcm[last] = int16(math.Round(g * float64(pcm[last])))
	}
}
