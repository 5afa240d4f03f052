package audio_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"careline/audio"
)

// hiss is noise at about a level.
func hiss(level float64, d time.Duration) []int16 {
	r := rand.New(rand.NewPCG(1, 0))
	pcm := make([]int16, audio.Samples(d))
	for i := range pcm {
		pcm[i] = int16(r.IntN(2000) - 1000)
	}
	factor := math.Pow(10, (level-audio.Level(pcm))/20)
	for i, s := range pcm {
		pcm[i] = int16(factor * float64(s))
	}
	return pcm
}

func TestVoice(t *testing.T) {
	tone := func(level float64, d time.Duration) []int16 {
		return audio.Tone{Hz: []float64{300, 1100}, Level: level}.PCM(d)
	}
	for _, tt := range []struct {
		name        string
		sound       []int16
		least, most time.Duration
	}{
		{"silence", make([]int16, 8000), 0, 0},
		{"noise of the line", hiss(-50, 10*time.Second), 0, 0},
		{"a click", slices.Concat(make([]int16, 8000), tone(-10, 40*time.Millisecond), make([]int16, 8000)), 0, 0},
		{"at once", slices.Concat(tone(-20, time.Second), make([]int16, 8000)), 900 * time.Millisecond, time.Second},
		{"softly", slices.Concat(make([]int16, 8000), tone(-38, time.Second)), 900 * time.Millisecond, time.Second},
		{"a hum that stays is noise", tone(-30, 30*time.Second), time.Second, 12 * time.Second},
		{"over noise", slices.Concat(hiss(-40, 3*time.Second), tone(-20, time.Second), hiss(-40, 3*time.Second)), 900 * time.Millisecond, 3200 * time.Millisecond},
	} {
		var v audio.Voice
		var spoken time.Duration
		for frame := range slices.Chunk(tt.sound, 160) {
			if v.Hear(frame) {
				spoken += audio.Duration(len(frame))
			}
		}
		if spoken < tt.least || spoken > tt.most {
			t.Errorf("%s: somebody spoke for %v; want %v to %v", tt.name, spoken, tt.least, tt.most)
		}
	}
}
