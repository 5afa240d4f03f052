package progress_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"careline/audio"
	"careline/audio/progress"
)

// part is a tone, or a pause, of so many ms.
type part struct {
	ms int
	hz []float64
}

func on(ms int, hz ...float64) part { return part{ms, hz} }

// sound renders parts, n times, at a level in dBm0.
func sound(level float64, n int, parts ...part) []int16 {
	var pcm []int16
	for range n {
		for _, p := range parts {
			d := time.Duration(p.ms) * time.Millisecond
			pcm = append(pcm, audio.Tone{Hz: p.hz, Level: level}.PCM(d)...)
		}
	}
	return pcm
}

// line sends sound through a telephone network: noise at a level in dBm0, and
// G.711 of one law.
func line(pcm []int16, noise float64, law audio.Codec, seed uint64) []int16 {
	r := rand.New(rand.NewPCG(seed, 0))
	a := math.Pow(10, noise/20) * math.MaxInt16 * math.Sqrt(1.5) // of uniform noise with a sine's power
	out := make([]int16, len(pcm))
	for i, x := range pcm {
		out[i] = int16(min(max(float64(x)+a*(2*r.Float64()-1), math.MinInt16), math.MaxInt16))
	}
	coded := make([]byte, len(out))
	law.Encode(coded, out)
	law.Decode(out, coded)
	return out
}

// hear has a detector listen to packets of 20 ms.
func hear(pcm []int16) progress.Signal {
	var d progress.Detector
	for len(pcm) > 0 {
		n := min(160, len(pcm))
		d.Write(pcm[:n])
		pcm = pcm[n:]
	}
	return d.Heard()
}

// sit is the three tones of a SIT of North America: S or L, L or H.
func sit(long, high [2]bool) []int16 {
	ms := map[bool]int{false: 274, true: 380}
	f1, f2 := map[bool]float64{false: 913.8, true: 985.2}, map[bool]float64{false: 1370.6, true: 1428.5}
	return sound(-15, 1, on(1000), on(ms[long[0]], f1[high[0]]), on(ms[long[1]], f2[high[1]]), on(380, 1776.7), on(500))
}

const s, l = false, true

func TestDetector(t *testing.T) {
	two := func(a, b bool) [2]bool { return [2]bool{a, b} }
	cases := map[string]struct {
		pcm  []int16
		want progress.Signal
	}{
		"us busy":             {sound(-20, 4, on(500, 480, 620), on(500)), progress.Busy},
		"us reorder":          {sound(-20, 4, on(250, 480, 620), on(250)), progress.Congestion},
		"cn busy":             {sound(-12, 4, on(350, 450), on(350)), progress.Busy},
		"cn congestion":       {sound(-12, 4, on(700, 450), on(700)), progress.Congestion},
		"cn unobtainable":     {sound(-12, 2, on(100, 450), on(100), on(100, 450), on(100), on(100, 450), on(100), on(400, 450), on(400)), progress.Unobtainable},
		"uk busy":             {sound(-15, 4, on(375, 400), on(375)), progress.Busy},
		"eu busy":             {sound(-15, 4, on(500, 425), on(500)), progress.Busy},
		"eu congestion":       {sound(-15, 4, on(250, 425), on(250)), progress.Congestion},
		"sit of itu":          {sound(-24, 1, on(600), on(330, 950), on(20), on(330, 1400), on(20), on(330, 1800), on(100)), progress.SIT},
		"sit of itu, short":   {sound(-24, 1, on(600), on(270, 950), on(30), on(270, 1400), on(30), on(270, 1800), on(100)), progress.SIT},
		"sit intercept":       {sit(two(s, s), two(s, s)), progress.SITIntercept},
		"sit vacant":          {sit(two(l, s), two(l, s)), progress.SITVacant},
		"sit reorder local":   {sit(two(s, l), two(s, l)), progress.SITReorder},
		"sit reorder far":     {sit(two(s, l), two(l, s)), progress.SITReorder},
		"sit no circuit":      {sit(two(l, l), two(l, l)), progress.SITNoCircuit},
		"sit no circuit, far": {sit(two(l, l), two(s, s)), progress.SITNoCircuit},
		"sit unassigned":      {sit(two(s, s), two(l, l)), progress.SIT},
		"sit ineffective":     {sit(two(l, s), two(s, l)), progress.SIT},
		"sit, then busy":      {append(sit(two(l, s), two(l, s)), sound(-20, 4, on(500, 480, 620), on(500))...), progress.SITVacant},

		"us ringing":       {sound(-19, 3, on(2000, 440, 480), on(4000)), ""},
		"cn ringing":       {sound(-12, 3, on(1000, 450), on(4000)), ""},
		"uk ringing":       {sound(-15, 4, on(400, 400, 450), on(200), on(400, 400, 450), on(2000)), ""},
		"eu ringing":       {sound(-15, 3, on(1000, 425), on(4000)), ""},
		"us dial tone":     {sound(-15, 1, on(5000, 350, 440)), ""},
		"one beep":         {sound(-10, 1, on(500), on(500, 450), on(2000)), ""},
		"two tones of sit": {sound(-24, 1, on(600), on(330, 950), on(330, 1400), on(500)), ""},
		"keys":             {sound(-10, 6, on(250, 697, 1209), on(250)), ""},
		"silence":          {make([]int16, 40000), ""},
		"quiet busy":       {sound(-50, 5, on(500, 480, 620), on(500)), ""},
	}
	for name, tt := range cases {
		for _, law := range []audio.Codec{audio.PCMA, audio.PCMU} {
			for _, noise := range []float64{-90, -45, -38} {
				for seed := range uint64(2) {
					shifted := tt.pcm[min(int(seed)*37, len(tt.pcm)):]
					if got := hear(line(shifted, noise, law, seed)); got != tt.want {
						t.Errorf("%s, %v, noise %v dBm0, %d: %q; want %q", name, law, noise, seed, got, tt.want)
					}
				}
			}
		}
	}
}

// Speech, music and noise are no signal: some minutes of them.
func TestDetectorHearsNothingInNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 8 {
		var d progress.Detector
		pcm := make([]int16, 8000)
		for range 60 {
			melody(r, pcm)
			d.Write(pcm)
		}
		if got := d.Heard(); got != "" {
			t.Errorf("minute %d: %s", n, got)
		}
	}
}

// melody is a second of random notes with harmonics, vibrato, pauses and noise.
func melody(r *rand.Rand, pcm []int16) {
	hz, phase, loud := 0.0, 0.0, 0.0
	for i := range pcm {
		if i%800 == 0 {
			hz, loud = 100+1000*r.Float64(), float64(r.IntN(3))*4000
		}
		f := hz * (1 + 0.02*math.Sin(float64(i)/200))
		phase += 2 * math.Pi * f / 8000
		x := math.Sin(phase) + 0.6*math.Sin(2*phase) + 0.4*math.Sin(3*phase) + 0.3*r.NormFloat64()
		pcm[i] = int16(min(max(loud*x, math.MinInt16), math.MaxInt16))
	}
}

func FuzzDetector(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		var d progress.Detector
		pcm := make([]int16, len(b)/2)
		for i := range pcm {
			pcm[i] = int16(b[2*i])<<8 | int16(b[2*i+1])
		}
		for range 5 {
			d.Write(pcm)
		}
		if got := d.Heard(); got != "" && len(pcm) < 1000 {
			t.Logf("%s", got)
		}
	})
}

func BenchmarkDetector(b *testing.B) {
	var d progress.Detector
	pcm := sound(-20, 1, on(20, 480, 620))
	b.ReportAllocs()
	for b.Loop() {
		d.Write(pcm)
	}
}

func ExampleDetector() {
	var d progress.Detector
	d.Write(sound(-12, 4, on(350, 450), on(350)))
	fmt.Println(d.Heard())
	// Output: busy_tone
}
