package progress

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// prints are a fingerprint of sound: 16 bits for each 16 ms. Each bit says whether
// the step of energy from one band to the next grew since the frame before, which
// survives the codec, another level and noise (Haitsma and Kalker, ISMIR 2002).
type prints []uint16

// How a fingerprint is taken, in samples at 8 kHz.
const (
	frameSize = 1024 // 128 ms
	frameHop  = 128  // 16 ms
	bands     = 17
)

// edges are the bins of the transform between which the bands lie: 300 to 2000
// Hz, in equal steps of pitch.
var edges = func() (e [bands + 1]int) {
	for i := range e {
		hz := 300 * math.Pow(2000.0/300, float64(i)/bands)
		e[i] = int(math.Round(hz * frameSize / rate))
	}
	return e
}()

// shape is the window of a frame, after Hann.
var shape = func() (w [frameSize]float64) {
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/frameSize)
	}
	return w
}()

// printer takes the fingerprint of sound as it comes.
type printer struct {
	buf    []int16
	before [bands]float64
	begun  bool
	loud   []bool // of each frame: it holds sound
	print  prints
}

// write takes samples and reports how many frames they have added.
func (p *printer) write(pcm []int16) (added int) {
	p.buf = append(p.buf, pcm...)
	at := 0
	for ; at+frameSize <= len(p.buf); at += frameHop {
		if p.frame(p.buf[at : at+frameSize]) {
			added++
		}
	}
	p.buf = p.buf[:copy(p.buf, p.buf[at:])]
	return added
}

// frame adds a frame. The first has none to be compared with.
func (p *printer) frame(pcm []int16) bool {
	e, loud := energies(pcm)
	before, begun := p.before, p.begun
	p.before, p.begun = e, true
	if !begun {
		return false
	}
	var word uint16
	for i := range bands - 1 {
		if e[i]-e[i+1] > before[i]-before[i+1] {
			word |= 1 << i
		}
	}
	p.print, p.loud = append(p.print, word), append(p.loud, loud)
	return true
}

// energies are those of the bands, and whether the frame holds sound.
func energies(pcm []int16) (e [bands]float64, loud bool) {
	var x [frameSize]complex128
	sum := 0.0
	for i, s := range pcm {
		sum += float64(s) * float64(s)
		x[i] = complex(float64(s)*shape[i], 0)
	}
	transform(x[:])
	for i := range e {
		for k := edges[i]; k < max(edges[i+1], edges[i]+1); k++ {
			e[i] += real(x[k])*real(x[k]) + imag(x[k])*imag(x[k])
		}
	}
	return e, sum/frameSize > quiet
}

// twiddles are the roots of unity that transform needs.
var twiddles = func() (w [frameSize / 2]complex128) {
	for i := range w {
		w[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/frameSize)
	}
	return w
}()

// transform is the discrete Fourier transform of frameSize numbers, in place.
func transform(x []complex128) {
	shift := 64 - bits.TrailingZeros(frameSize)
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= frameSize; size *= 2 {
		step := frameSize / size
		for at := 0; at < frameSize; at += size {
			for k := range size / 2 {
				a, b := x[at+k], x[at+k+size/2]*twiddles[k*step]
				x[at+k], x[at+k+size/2] = a+b, a-b
			}
		}
	}
}

// distance is the share of bits, 0..1, in which two prints of the same length
// differ; about a half where they are of different sounds.
func (p prints) distance(o prints) float64 {
	n := 0
	for i, w := range p {
		n += bits.OnesCount16(w ^ o[i])
	}
	return float64(n) / float64(16*len(p))
}
