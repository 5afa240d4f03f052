package audio

import "time"

// Voice tells, frame by frame, whether somebody speaks, by how much louder it is
// than the noise, which it learns. The zero value has heard nothing.
type Voice struct {
	heard bool
	noise float64       // its level, in dBm0
	loud  time.Duration // in a row
}

const (
	softest     = -42.0 // dBm0, of speech
	overNoise   = 9.0   // dB
	firstNoise  = -60.0 // dBm0, before anything was heard: who speaks at once is no noise
	leastNoise  = -80.0
	noiseRise   = 0.008 // how fast it is believed to have become louder, a frame
	mostRise    = 40.0  // dB, of which that is a part
	leastSpeech = 80 * time.Millisecond
)

// Hear takes in a frame and tells whether somebody speaks in it. A shorter sound
// than a syllable, such as a click, is none.
func (v *Voice) Hear(pcm []int16) bool {
	if !v.heard {
		v.heard, v.noise = true, firstNoise
	}
	level := Level(pcm)
	if level < v.noise {
		v.noise = max(level, leastNoise) // the softest is the noise
	} else {
		v.noise += min(level-v.noise, mostRise) * noiseRise
	}
	if level <= max(softest, v.noise+overNoise) {
		v.loud = 0
		return false
	}
	v.loud += Duration(len(pcm))
	return v.loud >= leastSpeech
}
