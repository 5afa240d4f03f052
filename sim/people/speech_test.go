package people_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"careline/audio"
	"careline/sim/people"
)

// speech is sound like a synthetic voice: syllables of a steady pitch with two
// resonances each, and pauses. All prompts share the voice, and equal seeds the
// words.
func speech(seed uint64, syllables int) []int16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	var out []float64
	for range syllables {
		n := 800 + rng.IntN(1200)
		out = append(out, syllable(rng, n, 110+10*float64(rng.IntN(3)))...)
		if rng.IntN(4) == 0 {
			out = append(out, make([]float64, 400+rng.IntN(1600))...)
		}
	}
	return scale(out)
}

func syllable(rng *rand.Rand, n int, pitch float64) []float64 {
	f1, f2 := 300+100*float64(rng.IntN(6)), 900+200*float64(rng.IntN(7))
	out := make([]float64, n)
	var a, b [2]float64
	for i := range out {
		x := 0.02 * rng.NormFloat64()
		if math.Mod(float64(i), audio.Rate/pitch) < 1 {
			x++
		}
		y := resonate(&a, x, f1) + 0.5*resonate(&b, x, f2)
		out[i] = y * math.Sin(math.Pi*float64(i)/float64(n))
	}
	return out
}

func resonate(s *[2]float64, x, hz float64) float64 {
	const r = 0.96
	y := x + 2*r*math.Cos(2*math.Pi*hz/audio.Rate)*s[0] - r*r*s[1]
	s[0], s[1] = y, s[0]
	return y
}

// scale brings the loudest sample to 12000.
func scale(x []float64) []int16 {
	peak := 1e-9
	for _, v := range x {
		peak = max(peak, math.Abs(v))
	}
	pcm := make([]int16, len(x))
	for i, v := range x {
		pcm[i] = int16(12000 * v / peak)
	}
	return pcm
}

// prompts is a book of n prompts of 1 to 4 seconds.
func prompts(n int) []people.Prompt {
	book := make([]people.Prompt, n)
	for i := range book {
		book[i] = people.Prompt{
			Label: fmt.Sprintf("flow/prompt-%d", i), Language: "zh",
			Samples: speech(uint64(100+i), 6+i%12),
		}
	}
	return book
}

// through is pcm after it went through a law of G.711.
func through(codec audio.Codec, pcm []int16) []int16 {
	b := make([]byte, len(pcm))
	codec.Encode(b, pcm)
	out := make([]int16, len(pcm))
	codec.Decode(out, b)
	return out
}

func join(parts ...[]int16) []int16 {
	var out []int16
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func silence(samples int) []int16 { return make([]int16, samples) }
