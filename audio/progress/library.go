package progress

import (
	"errors"
	"fmt"
	"math/bits"
)

// Library holds announcements that are known. It may be used by many Detectors
// at once.
type Library struct {
	samples []sample
}

type sample struct {
	signal Signal
	print  prints
	loud   []bool
}

// How much of an announcement must have been heard, in frames of 16 ms, and how
// much of its fingerprint may differ. Of other sound about a half does.
const (
	passage      = 125 // 2 s
	mostDistance = 0.32
	leastLoud    = 0.6 // share of the passage that holds sound
	lookEvery    = 10  // frames between two looks
	remembered   = 750 // 12 s
	glance       = 32  // frames that are compared first
	mostAtGlance = 0.46
)

// ErrTooShort is returned for an announcement that is too short to be told from
// others.
var ErrTooShort = errors.New("the announcement is shorter than 2.2 s")

// Announcement is the signal of a recorded announcement of a class, as the
// classes of networks' announcements are numbered.
func Announcement(class string) Signal { return Signal("announcement_" + class) }

// Add adds a recording, at 8 kHz.
func (l *Library) Add(s Signal, pcm []int16) error {
	var p printer
	p.write(pcm)
	if len(p.print) < passage {
		return fmt.Errorf("add %s: %w", s, ErrTooShort)
	}
	l.samples = append(l.samples, sample{s, p.print, p.loud})
	return nil
}

// nearest is where in a sample a passage is most like it, and how much it
// differs there; mostDistance where it is like it nowhere.
func (s sample) nearest(heard prints) (at int, best float64) {
	best = mostDistance
	for i := 0; i+len(heard) <= len(s.print); i++ {
		part := s.print[i : i+len(heard)]
		if heard[:glance].distance(part) > mostAtGlance {
			continue
		}
		if d := heard.distance(part); d < best {
			at, best = i, d
		}
	}
	return at, best
}

// whole is how much all that was heard differs from a sample, when the end of it
// lies at a frame of the sample: the frames that hold sound in both.
func (s sample) whole(p *printer, end int) float64 {
	n, differ := 0, 0
	for i, j := len(p.print)-1, end-1; i >= 0 && j >= 0; i, j = i-1, j-1 {
		if p.loud[i] && s.loud[j] {
			n++
			differ += bits.OnesCount16(p.print[i] ^ s.print[j])
		}
	}
	if n < passage/2 {
		return 1
	}
	return float64(differ) / float64(16*n)
}

// listener listens for announcements of a library. A passage says which ones it
// may be; as many begin and end with the same words, all that was heard of each
// decides between them.
type listener struct {
	library *Library
	printer printer
	unseen  int     // frames since the latest look
	best    float64 // how much all that was heard differs from said
	said    Signal  // the announcement recognised; empty for none
}

// write takes samples.
func (l *listener) write(pcm []int16) {
	l.unseen += l.printer.write(pcm)
	p := &l.printer
	if cut := len(p.print) - remembered; cut > 0 {
		p.print, p.loud = append(p.print[:0], p.print[cut:]...), append(p.loud[:0], p.loud[cut:]...)
	}
	if l.unseen < lookEvery || len(p.print) < passage {
		return
	}
	l.unseen = 0
	loud := 0
	for _, is := range p.loud[len(p.loud)-passage:] {
		if is {
			loud++
		}
	}
	if float64(loud) >= leastLoud*passage {
		l.look()
	}
}

// look compares the latest passage.
func (l *listener) look() {
	p := &l.printer
	heard := p.print[len(p.print)-passage:]
	best, said := 1.0, Signal("")
	for _, s := range l.library.samples {
		at, d := s.nearest(heard)
		if d == mostDistance {
			continue
		}
		if all := s.whole(p, at+passage); all < best {
			best, said = all, s.signal
		}
	}
	if said != "" && (l.said == "" || said == l.said || best < l.best) {
		l.best, l.said = best, said
	}
}
