package greeting

import (
	"math"
	"time"

	"careline/audio"
)

// frame is what was measured of some samples.
type frame struct {
	level float64 // dBm0
	pure  bool    // it is one tone
	hz    float64 // of which
}

// fullScale is the mean square of a sine of 0 dBm0.
const fullScale = float64(math.MaxInt16) * math.MaxInt16 / 2

// impure is the most of a tone's energy that may be something else.
const impure = 0.03

// measure finds the level, and the tone where there is only one: of a sine
// x[n]+x[n-2] is 2 cos w times x[n-1].
func measure(pcm []int16) frame {
	var square, cross, mid, outer float64
	a, b := float64(pcm[0]), float64(pcm[1])
	for _, s := range pcm[2:] {
		c := float64(s)
		sum := a + c
		square += c * c
		cross += sum * b
		mid += b * b
		outer += sum * sum
		a, b = b, c
	}
	n := float64(len(pcm) - 2)
	f := frame{level: 10 * math.Log10((square/n+1e-9)/fullScale)}
	if mid == 0 || f.level < softTone {
		return f
	}
	k := cross / mid // 2 cos w
	rest := outer - k*cross
	if rest > impure*square || math.Abs(k) >= 2 {
		return f
	}
	f.pure, f.hz = true, math.Acos(k/2)*audio.Rate/(2*math.Pi)
	return f
}

// The tones of machines. Beeps are between lowBeep and highBeep; below are
// voices, which are never pure for long.
const (
	softTone = -40.0 // dBm0
	lowBeep  = 350.0
	highBeep = 2500.0
	steady   = 30.0 // Hz between two frames of one tone
	faxTone  = 400 * time.Millisecond
)

// toned follows a pure tone: a beep ends a machine's greeting once it is over.
func (d *Detector) toned(f frame, long time.Duration) {
	if f.pure && f.hz > lowBeep && f.hz < highBeep && (d.tone == 0 || math.Abs(f.hz-d.toneHz) < steady) {
		d.tone += long
		d.toneHz = f.hz
		if d.tone >= faxTone && isFax(f.hz) {
			d.heard.Spoke = true
			d.is(Fax)
			d.over(d.now)
		}
		return
	}
	if d.tone >= d.o.Beep && !isFax(d.toneHz) {
		d.heard.Spoke, d.heard.Beep = true, true
		d.heard.Kind = Machine // a person does not beep, whatever was said before
		d.over(d.now - long)
	}
	d.tone = 0
}

// isFax tells the tones of ITU-T T.30: CNG of 1100 Hz, CED of 2100 Hz.
func isFax(hz float64) bool { return math.Abs(hz-1100) <= 38 || math.Abs(hz-2100) <= 15 }
