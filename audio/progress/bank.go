package progress

import "math"

// rate is that of telephone sound, in Hz.
const rate = 8000

// A block is looked at every hop, over a window of three.
const (
	hop    = rate / 100 // 10 ms
	window = 3 * hop
)

// tone is what a block may hold.
type tone int

const (
	none tone = iota
	uk        // 400 Hz
	eu        // 425 Hz
	cn        // 450 Hz
	us        // 480 and 620 Hz
	low       // the first tone of a SIT
	mid       // the second
	high      // the third
)

// frequencies that are listened for, in Hz.
var frequencies = [...]float64{
	400, 425, 450, // of cadences
	480, 620,
	913.8, 950, 985.2, // SIT: low, ITU's, high
	1370.6, 1400, 1428.5,
	1776.7, 1800,
}

// families are the indexes of frequencies of one tone, from and up to.
var families = map[tone][2]int{uk: {0, 3}, low: {5, 8}, mid: {8, 11}, high: {11, 13}}

// coefficients are those of the filters, in a round number of them.
var coefficients = func() (c [(len(frequencies) + abreast - 1) / abreast * abreast]float64) {
	for i, hz := range frequencies {
		c[i] = 2 * math.Cos(2*math.Pi*hz/rate)
	}
	return c
}()

// shares are the parts, 0..1, of a block's power at each frequency.
type shares [len(frequencies)]float64

// quiet is a mean square below which a block holds nothing: -43 dBm0.
const quiet = 0.5 * 5e-5 * math.MaxInt16 * math.MaxInt16

// listen measures a window of samples; nothing in one that is quiet.
func listen(pcm []int16) (s shares) {
	total := 0.0
	for _, x := range pcm {
		total += float64(x) * float64(x)
	}
	n := float64(len(pcm))
	if total/n < quiet {
		return s
	}
	for i := 0; i < len(s); i += abreast {
		powers := goertzel(pcm, [abreast]float64(coefficients[i:i+abreast]))
		for k := i; k < min(i+abreast, len(s)); k++ {
			s[k] = 2 * powers[k-i] / (n * total)
		}
	}
	return s
}

// abreast is how many frequencies are measured in one pass: the processor would
// wait for the result of one.
const abreast = 4

// goertzel measures the power at some frequencies.
func goertzel(pcm []int16, c [abreast]float64) (power [abreast]float64) {
	var a1, a2, b1, b2, c1, c2, d1, d2 float64
	for _, sample := range pcm {
		x := float64(sample)
		a1, a2 = x+c[0]*a1-a2, a1
		b1, b2 = x+c[1]*b1-b2, b1
		c1, c2 = x+c[2]*c1-c2, c1
		d1, d2 = x+c[3]*d1-d2, d1
	}
	for i, s := range [abreast][2]float64{{a1, a2}, {b1, b2}, {c1, c2}, {d1, d2}} {
		power[i] = s[0]*s[0] + s[1]*s[1] - c[i]*s[0]*s[1]
	}
	return power
}

// How much of a block's power is at a tone's frequencies.
const (
	leastShare = 0.7 // all of it together
	leastOfTwo = 0.2 // of each where there are two
)

// tone tells what a block holds.
func (s shares) tone() tone {
	if s[3] >= leastOfTwo && s[4] >= leastOfTwo && s[3]+s[4] >= leastShare {
		return us
	}
	for t, f := range families {
		for i := f[0]; i < f[1]; i++ {
			if s[i] >= leastShare {
				return t
			}
		}
	}
	return none
}

// strongest is the index within a tone's family of the frequency that has most.
func (s shares) strongest(t tone) int {
	f := families[t]
	best := f[0]
	for i := f[0]; i < f[1]; i++ {
		if s[i] > s[best] {
			best = i
		}
	}
	return best - f[0]
}
