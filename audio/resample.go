package audio

import "math"

// lobes is how many zero crossings of the sinc count on each side: more is
// steeper and slower.
const lobes = 32

// maxPhases is how many kernels are kept: enough for every rate that is in use;
// those of an odd rate are made anew for each sample.
const maxPhases = 1000

// Resample turns pcm from one rate into another by a windowed sinc. When the
// rate falls, what the lower one cannot carry is taken away. It belongs to
// imports, not to a call's path.
func Resample(pcm []int16, from, to int) []int16 {
	if from == to || from <= 0 || to <= 0 || len(pcm) == 0 {
		return pcm
	}
	g := gcd(from, to)
	up, down := to/g, from/g // out[i] lies at in[i*down/up]
	width := kernelWidth(up, down)
	kept := make([][]float64, min(up, maxPhases))
	out := make([]float64, (len(pcm)*up+down-1)/down)
	for i := range out {
		phase := i * down % up
		k := kept[phase%len(kept)]
		if k == nil || up > maxPhases {
			k = sincKernel(float64(phase)/float64(up), cutoff(up, down), width)
			kept[phase%len(kept)] = k
		}
		out[i] = convolve(pcm, k, i*down/up-width+1)
	}
	return toInt16(out)
}

// cutoff is where the filter closes, as a share of the source's bandwidth; a
// little below the lower rate's half, for the slope.
func cutoff(up, down int) float64 { return 0.95 * min(1, float64(up)/float64(down)) }

func kernelWidth(up, down int) int { return int(math.Ceil(lobes / cutoff(up, down))) }

// sincKernel holds 2*width taps around the point that lies at fraction between
// the two middle ones. They add up to 1.
func sincKernel(fraction, cut float64, width int) []float64 {
	k, sum := make([]float64, 2*width), 0.0
	for j := range k {
		x := float64(j-width+1) - fraction
		k[j] = cut * sinc(cut*x) * blackman(x/float64(width))
		sum += k[j]
	}
	for j := range k {
		k[j] /= sum
	}
	return k
}

// convolve weighs the samples from start on; those outside are silence.
func convolve(pcm []int16, k []float64, start int) float64 {
	sum := 0.0
	for j := max(0, -start); j < len(k) && start+j < len(pcm); j++ {
		sum += k[j] * float64(pcm[start+j])
	}
	return sum
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// blackman is the window over -1..1.
func blackman(x float64) float64 {
	if math.Abs(x) >= 1 {
		return 0
	}
	return 0.42 + 0.5*math.Cos(math.Pi*x) + 0.08*math.Cos(2*math.Pi*x)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
