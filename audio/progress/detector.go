package progress

// Detector listens to a call that is not answered yet. The zero value is ready
// to use, and knows tones alone; NewDetector's knows announcements too.
type Detector struct {
	words *listener // nil: none are known
	buf   []int16   // less than what the next block needs
	now   run       // the tone or pause that goes on
	past  []run     // what was before, the latest last
	heard Signal
}

// NewDetector makes a Detector that knows the announcements of a library; nil is
// none.
func NewDetector(l *Library) *Detector {
	if l == nil || len(l.samples) == 0 {
		return &Detector{}
	}
	return &Detector{words: &listener{library: l}}
}

// run is one tone, or the pause between two.
type run struct {
	tone tone
	hops int
	sum  shares
}

// mostRuns is how many runs are remembered.
const mostRuns = 12

// Write takes samples at 8 kHz.
func (d *Detector) Write(pcm []int16) {
	if d.words != nil {
		d.words.write(pcm)
	}
	d.buf = append(d.buf, pcm...)
	at := 0
	for ; at+window <= len(d.buf); at += hop {
		d.block(listen(d.buf[at : at+window]))
	}
	d.buf = d.buf[:copy(d.buf, d.buf[at:])]
}

// Heard returns what was recognised, or "": an announcement before a SIT, and
// that before a tone.
func (d *Detector) Heard() Signal {
	if d.words != nil && d.words.said != "" {
		return d.words.said
	}
	return d.heard
}

// block takes in what a block holds.
func (d *Detector) block(s shares) {
	t := s.tone()
	if t != d.now.tone {
		d.turn(t)
	}
	d.now.hops++
	for i := range s {
		d.now.sum[i] += s[i]
	}
	if t == high && d.now.hops == shortest {
		d.note(d.sit())
	}
}

// turn ends a run.
func (d *Detector) turn(to tone) {
	if d.now.tone == uk { // which of three is known only from all of it
		d.now.tone += tone(d.now.sum.strongest(uk))
	}
	d.past = append(d.past, d.now)
	if len(d.past) > mostRuns {
		d.past = append(d.past[:0], d.past[1:]...)
	}
	d.now = run{tone: to}
	if to != none {
		d.note(d.cadence())
	}
}

// note keeps what was recognised.
func (d *Detector) note(s Signal) {
	if s == "" || len(d.heard) > 2 && d.heard[:3] == SIT {
		return
	}
	d.heard = s
}

// ms is how long a run was. A window holds enough of a tone a quarter of it
// after the tone begins, until as much before its end.
func (r run) ms() int {
	if r.tone == none {
		return 10*r.hops - 5
	}
	return 10*r.hops + 5
}

// repeats is how many times a cadence is waited for.
const repeats = 3

// cadence tells what the tones and pauses so far are; the latest is a pause.
func (d *Detector) cadence() Signal {
	for _, c := range cadences {
		if d.cycles(c.tone, repeats, func(int) (on, off int) { return c.on, c.off }) {
			return c.signal
		}
	}
	if d.cycles(cn, len(unobtainable), func(i int) (on, off int) { return unobtainable[i], unobtainable[i] }) {
		return Unobtainable
	}
	return ""
}

// cycles tells whether the latest runs are n times a tone and a pause, each as
// long as want says.
func (d *Detector) cycles(t tone, n int, want func(i int) (on, off int)) bool {
	if len(d.past) < 2*n {
		return false
	}
	runs := d.past[len(d.past)-2*n:]
	for i := range n {
		on, off := want(i)
		tone, pause := runs[2*i], runs[2*i+1]
		if tone.tone != t || pause.tone != none || !near(tone.ms(), on) || !near(pause.ms(), off) {
			return false
		}
	}
	return true
}

// near tells whether a length in ms is the one wanted: an eighth and 15 ms more
// or less.
func near(is, want int) bool {
	slack := want/8 + 15
	return is >= want-slack && is <= want+slack
}

// Of a SIT's tones, in hops of 10 ms, and of what may be between them.
const (
	shortest = 20
	longest  = 45
	mostGap  = 6
)

// Between the short and the long tones of a SIT, in ms, lies this.
const middle = (274 + 380) / 2

// sit tells which SIT ends with the high tone that sounds now.
func (d *Detector) sit() Signal {
	var tones []run
	for i := len(d.past) - 1; i >= 0 && len(tones) < 2; i-- {
		r := d.past[i]
		switch {
		case r.tone == none && r.hops <= mostGap:
		case r.tone == mid && len(tones) == 0, r.tone == low && len(tones) == 1:
			if r.hops < shortest || r.hops > longest {
				return ""
			}
			tones = append(tones, r)
		default:
			return ""
		}
	}
	if len(tones) < 2 {
		return ""
	}
	first, second := tones[1], tones[0]
	f1, f2 := first.sum.strongest(low), second.sum.strongest(mid)
	if f1 == 1 || f2 == 1 {
		return SIT // the frequencies of ITU-T, which tell no cause
	}
	is := code{long: [2]bool{first.ms() > middle, second.ms() > middle}, high: [2]bool{f1 == 2, f2 == 2}}
	for _, c := range codes {
		if c.long == is.long && c.high == is.high {
			return c.signal
		}
	}
	return SIT
}
