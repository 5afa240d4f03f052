package audio

import "time"

// What Trim leaves before and after speech, and how far below it silence lies.
const (
	trimLead  = 10 * time.Millisecond
	trimTail  = 40 * time.Millisecond
	trimBlock = 5 * time.Millisecond
	trimDepth = 40.0 // dB below the active level
)

// Trim takes the silence before and after speech away, but for 10 ms before it
// and 40 ms after it. What holds no sound at all becomes empty.
func Trim(pcm []int16) []int16 {
	floor := ActiveLevel(pcm) - trimDepth
	block := Samples(trimBlock)
	first, last := len(pcm), 0
	for at := 0; at < len(pcm); at += block {
		end := min(at+block, len(pcm))
		if Level(pcm[at:end]) > floor {
			first, last = min(first, at), end
		}
	}
	if last == 0 {
		return nil
	}
	return pcm[max(0, first-Samples(trimLead)):min(len(pcm), last+Samples(trimTail))]
}
