package audio

// The telephone's band, and how long the filter is that leaves it alone.
const (
	bandLow   = 300.0  // Hz
	bandHigh  = 3400.0 // Hz
	bandReach = 128    // taps on each side: 16 ms
)

// BandLimit returns pcm without what lies outside of 300 to 3400 Hz, the band
// that a telephone carries. It neither delays nor lengthens.
func BandLimit(pcm []int16) []int16 {
	taps := bandTaps()
	out := make([]float64, len(pcm))
	for i := range out {
		out[i] = convolve(pcm, taps, i-bandReach)
	}
	return toInt16(out)
}

// bandTaps is the difference of two low-pass filters.
func bandTaps() []float64 {
	taps := make([]float64, 2*bandReach+1)
	high, low := 2*bandHigh/Rate, 2*bandLow/Rate
	for j := range taps {
		x := float64(j - bandReach)
		taps[j] = (high*sinc(high*x) - low*sinc(low*x)) * blackman(x/(bandReach+1))
	}
	return taps
}
