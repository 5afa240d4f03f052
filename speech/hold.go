package speech

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"careline/audio"
)

// holdBeat is the length of one note of the music on hold, in samples: three
// quarters of a second.
const holdBeat = audio.Rate * 3 / 4

// holdMelody is the music on hold: four bars over C, A minor, F and G, each a
// chord and six notes of it. Numbers are semitones above the C of 262 Hz.
var holdMelody = []struct {
	chord  []int
	melody [6]int
}{
	{[]int{4, 7, 12}, [6]int{16, 19, 24, 19, 16, 12}},
	{[]int{4, 9, 12}, [6]int{16, 21, 24, 21, 16, 12}},
	{[]int{5, 9, 12}, [6]int{17, 21, 24, 21, 17, 14}},
	{[]int{7, 11, 14}, [6]int{19, 23, 26, 23, 19, 14}},
}

// HoldMusic is what callers hear while they wait: a quiet tune of 18 seconds
// that can be repeated without a seam, as notes that ring on at its end do so at
// its beginning.
func HoldMusic() []int16 {
	bar := 6 * holdBeat
	sum := make([]float64, len(holdMelody)*bar)
	for b, part := range holdMelody {
		for _, n := range part.chord {
			strike(sum, b*bar, note{semitone: n, gain: 0.35, decay: 3})
		}
		for i, n := range part.melody {
			strike(sum, b*bar+i*holdBeat, note{semitone: n, gain: 1, decay: 0.9})
		}
	}
	pcm := make([]int16, len(sum))
	for i, v := range sum {
		pcm[i] = int16(4000 * v)
	}
	return audio.Normalise(pcm, audio.MusicLevel)
}

// note is one sound of the music.
type note struct {
	semitone int
	gain     float64
	decay    float64 // seconds until it is down to a third
}

// strike adds a note to a loop: three harmonics that rise within 40 ms and fade.
func strike(loop []float64, at int, n note) {
	hz := 261.63 * math.Pow(2, float64(n.semitone)/12)
	for i := range int(5 * n.decay * audio.Rate) {
		t := float64(i) / audio.Rate
		w := 2 * math.Pi * hz * t
		v := math.Sin(w) + 0.25*math.Sin(2*w)*math.Exp(-2*t) + 0.1*math.Sin(3*w)*math.Exp(-4*t)
		rise := min(1, t/0.04)
		loop[(at+i)%len(loop)] += n.gain * v * rise * rise * math.Exp(-t/n.decay) / 4
	}
}

// RenderMusic writes the music on hold to music/hold.wav in dir, where there is
// none.
func RenderMusic(dir string) error {
	r := renderer{dir: dir}
	name := filepath.Join("music", "hold.wav")
	sum, err := checksum(filepath.Join(dir, name))
	if err != nil || sum != "" {
		return err
	}
	if err = os.MkdirAll(filepath.Join(dir, "music"), 0o755); err != nil {
		return fmt.Errorf("make music directory: %w", err)
	}
	wav, err := encoded(HoldMusic())
	if err != nil {
		return err
	}
	return r.save(name, wav)
}
