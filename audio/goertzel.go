package audio

import "math"

// Goertzel returns the level of a single frequency in a block of samples at
// Rate.
//
// hz is below Rate/2. The level is in dBm0: about 0 for a sine at hz that fills
// the 16 bits, -Inf for silence. A block of 205 samples (25.6 ms) is long enough
// to tell the eight DTMF tones apart.
func Goertzel(pcm []int16, hz float64) float64 {
	c, s1, s2 := 2*math.Cos(2*math.Pi*hz/Rate), 0.0, 0.0
	for _, x := range pcm {
		s1, s2 = float64(x)/math.MaxInt16+c*s1-s2, s1
	}
	power := (s1*s1 + s2*s2 - c*s1*s2) * 4 / float64(len(pcm)*len(pcm))
	return 10 * math.Log10(max(power, 0))
}
