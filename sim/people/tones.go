package people

import (
	"time"

	"careline/audio"
)

// Voices are pairs of sines, one of each row, clear of DTMF, call progress and
// fax tones. All are multiples of 10 Hz, so 100 ms of them can be repeated.
var (
	lowTones  = [...]float64{310, 370, 510, 560, 610, 660, 1020, 1060}
	highTones = [...]float64{1900, 1960, 2020, 2180, 2240, 2300, 2360, 2420, 2480, 2540}
)

// voice is a pair: its index over both rows. noVoice is silence.
type voice int

const (
	voiceCount   = len(lowTones) * len(highTones)
	noVoice      = voice(-1)
	voiceBlock   = 400 // samples that are listened to at once
	voiceLoop    = 800
	voiceLevel   = -16 // of each sine, dBm0
	voiceSilence = 600 * time.Millisecond
)

func (v voice) hz() (low, high float64) {
	return lowTones[int(v)%len(lowTones)], highTones[int(v)/len(lowTones)]
}

// pcm is what the voice says, over and over.
func (v voice) pcm() []int16 {
	low, high := v.hz()
	return audio.Tone{Hz: []float64{low, high}, Level: voiceLevel}.PCM(audio.Duration(voiceLoop))
}

// hearVoice says whose voice fills a block: nearly all of its energy is in two
// of the tones.
func hearVoice(pcm []int16) voice {
	energy := 0.0
	for _, s := range pcm {
		energy += float64(s) * float64(s)
	}
	energy /= float64(len(pcm)) * 32767 * 32767
	if energy < 1e-5 {
		return noVoice
	}
	low, a := loudest(pcm, lowTones[:])
	high, b := loudest(pcm, highTones[:])
	if min(a, b) < 0.15*energy || a+b < 0.7*energy {
		return noVoice
	}
	return voice(high*len(lowTones) + low)
}

// loudest is the tone that has most of the energy, and how much.
func loudest(pcm []int16, tones []float64) (at int, energy float64) {
	for i, hz := range tones {
		c, s1, s2 := turn(hz), 0.0, 0.0
		for _, x := range pcm {
			s1, s2 = float64(x)/32767+c*s1-s2, s1
		}
		n := float64(len(pcm))
		if e := 2 * (s1*s1 + s2*s2 - c*s1*s2) / (n * n); e > energy {
			at, energy = i, e
		}
	}
	return at, energy
}
