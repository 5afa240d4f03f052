package people

import (
	"fmt"
	"math/bits"
	"slices"

	"careline/audio"
)

const (
	earMemory     = 30 * audio.Rate // samples that are remembered
	trackLimit    = 8               // guesses at once for one prompt
	announceAfter = 1200            // loud samples that make a guess worth telling
	lostLimit     = audio.Rate      // loud samples in a row that may be missing
	tailSamples   = audio.Rate / 2  // half of what is loud in them must arrive
)

// ear recognises the prompts of a library in the samples of one leg. It is not
// safe for concurrent use.
type ear struct {
	lib       *library
	sign, got bitline // of what arrived: the sign of each sample, and whether it arrived
	scanned   int     // prompts have been looked for up to here
	tracks    []*track
	deaf      []int // by print: a new one cannot begin before this sample
}

// track is a guess: this print began at that sample. It dies as soon as the
// sound differs.
type track struct {
	print     int
	start     int // the sample at which the print begins
	checked   int // so much of the print was compared
	n, differ int // loud samples that arrived, and how many of them differed
	lost      int // loud samples that did not arrive, since the last that did
	announced bool
	fit       float64 // share of signs that differed where it was found
}

// sounding is what an ear noticed.
type sounding struct {
	kind       Kind // KindHearing, KindHeard, KindCut
	prompt     Prompt
	start, end int    // samples
	why        string // it was cut
}

func (lib *library) newEar() *ear {
	e := &ear{lib: lib, deaf: make([]int, len(lib.prints))}
	for i := range e.deaf {
		e.deaf[i] = -earMemory
	}
	return e
}

// heard is the position after the last sample.
func (e *ear) heard() int { return e.sign.end }

// listen takes the samples that arrived for position at, which is not before
// heard(), and says what was noticed.
func (e *ear) listen(at int, pcm []int16) []sounding {
	end := at + len(pcm)
	e.sign.extend(end)
	e.got.extend(end)
	for i, s := range pcm {
		if s < 0 {
			e.sign.set(at + i)
		}
		e.got.set(at + i)
	}
	return e.notice()
}

// pass lets time go by up to a position: nothing arrived.
func (e *ear) pass(end int) []sounding {
	if end <= e.heard() {
		return nil
	}
	e.sign.extend(end)
	e.got.extend(end)
	return e.notice()
}

func (e *ear) notice() []sounding {
	e.search()
	out := e.follow()
	e.sign.forget(earMemory)
	e.got.forget(earMemory)
	return out
}

// search looks for the library's marks at each sample that has a whole block
// behind it, except in what is surely one prompt.
func (e *ear) search() {
	if slices.ContainsFunc(e.tracks, func(t *track) bool { return t.announced }) {
		return
	}
	for ; e.scanned+blockSamples <= e.heard(); e.scanned++ {
		sign := e.sign.word(e.scanned)
		if sign == 0 || sign == ^uint64(0) {
			continue
		}
		got := e.got.word(e.scanned)
		for i := range e.lib.marks {
			m := &e.lib.marks[i]
			if bits.OnesCount64((sign^m.sign)&m.mask&got) <= m.most && bits.OnesCount64(m.mask&got) >= 40 {
				e.guess(m)
			}
		}
	}
}

// guess begins a track if what follows the mark is like the print too.
func (e *ear) guess(m *mark) {
	pr := &e.lib.prints[m.print]
	t := &track{print: m.print, start: e.scanned - m.at}
	n, differ := pr.compare(e, t.start, m.at, min(m.at+blockSamples, pr.length))
	if t.start < e.deaf[m.print] || n < shortestPrompt/4 || differ*12 > n {
		return
	}
	t.fit = float64(differ) / float64(n)
	if !e.room(t) {
		return
	}
	for t.checked+blockSamples <= m.at {
		if !t.agrees(e, t.checked+blockSamples) {
			return
		}
		t.lost = 0 // it may have been before the leg began
	}
	e.tracks = append(e.tracks, t)
}

// room says whether one more track is of use. A sound is also a little like
// itself one sample later: of such neighbours the best fit stays.
func (e *ear) room(t *track) bool {
	n := 0
	for i, o := range e.tracks {
		if o.print != t.print {
			continue
		}
		if d := o.start - t.start; -8 < d && d < 8 && !o.announced {
			if o.fit <= t.fit {
				return false
			}
			e.tracks = slices.Delete(e.tracks, i, i+1)
			return true
		}
		n++
	}
	return n < trackLimit
}

// agrees compares the print up to end and says whether it may still be it.
func (t *track) agrees(e *ear, end int) bool {
	pr := &e.lib.prints[t.print]
	n, differ := pr.compare(e, t.start, t.checked, end)
	if n >= 64 {
		t.lost = 0
	} else {
		t.lost += pr.loudIn(t.checked, end) - n
	}
	t.checked = end
	t.n += n
	t.differ += differ
	return t.lost <= lostLimit && (differ <= audio.FrameSamples || differ*5 <= n)
}

// block is where the next block of the print ends; the last one is longer.
func (t *track) block(pr *imprint) int {
	if end := t.checked + blockSamples; end+blockSamples <= pr.length {
		return end
	}
	return pr.length
}

// follow compares what has arrived with all tracks, and ends those that are
// over.
func (e *ear) follow() []sounding {
	var out, ended []sounding
	keep := e.tracks[:0]
	for _, t := range e.tracks {
		switch s, over := e.advance(t); {
		case over && s.kind == KindHeard:
			ended = append(ended, s)
		case over && s.kind == KindCut:
			out = append(out, s)
		case !over:
			keep = append(keep, t)
		}
	}
	clear(e.tracks[len(keep):])
	e.tracks = keep
	out = append(out, e.longest(ended)...)
	return append(out, e.announce()...)
}

// announce tells of a print that has become certain.
func (e *ear) announce() []sounding {
	var out []sounding
	for _, t := range e.tracks {
		if !t.announced && t.n >= announceAfter && e.certain(t) {
			t.announced = true
			out = append(out, e.sounding(KindHearing, t, t.start+t.checked))
		}
	}
	return out
}

// advance compares as much of the track as has arrived. A track that is over
// was heard, or cut, or (kind "") was never told of.
func (e *ear) advance(t *track) (s sounding, over bool) {
	pr := &e.lib.prints[t.print]
	for t.checked < pr.length {
		end := t.block(pr)
		if t.start+end > e.heard() {
			return sounding{}, false
		}
		from, differed := t.checked, t.differ
		if !t.agrees(e, end) {
			why := fmt.Sprintf("%d of %d samples differ", t.differ-differed, pr.loudIn(from, end))
			if t.lost > lostLimit {
				why = "nothing arrived"
			}
			return e.cut(t, t.start+from, why), true
		}
	}
	tail := max(0, pr.length-tailSamples)
	n, differ := pr.compare(e, t.start, tail, pr.length)
	if t.n < pr.loud/2 || t.differ*6 > t.n || n < pr.loudIn(tail, pr.length)/2 || differ*5 > n {
		why := fmt.Sprintf("of %d samples %d arrived and %d differ; of the last %d it was %d and %d",
			pr.loud, t.n, t.differ, pr.loudIn(tail, pr.length), n, differ)
		return e.cut(t, t.start+tail, why), true
	}
	return e.sounding(KindHeard, t, t.start+pr.length), true
}

// cut ends a track early. Other prompts are looked for from there on.
func (e *ear) cut(t *track, end int, why string) sounding {
	if !t.announced {
		return sounding{}
	}
	e.scanned = max(e.scanned, end)
	s := e.sounding(KindCut, t, end)
	s.why = why
	return s
}

func (e *ear) sounding(k Kind, t *track, end int) sounding {
	return sounding{kind: k, prompt: e.lib.prints[t.print].prompt, start: t.start, end: end}
}

// certain says that t fits well, and that neither another print can be the one
// that began there, nor the same print have begun elsewhere.
func (e *ear) certain(t *track) bool {
	return t.differ*20 <= t.n && !slices.ContainsFunc(e.tracks, func(o *track) bool {
		if o == t {
			return false
		}
		d := o.start - t.start
		return o.print == t.print && (o.announced || o.differ < t.differ) || o.print != t.print && -80 < d && d < 80
	})
}

// longest leaves of prints that ended together the longest one, and forgets all
// other guesses for it.
func (e *ear) longest(ended []sounding) []sounding {
	slices.SortStableFunc(ended, func(a, b sounding) int { return a.start - b.start })
	var out []sounding
	for _, s := range ended {
		if slices.ContainsFunc(out, func(o sounding) bool { return s.end-o.end < audio.FrameSamples && o.end-s.end < audio.FrameSamples }) {
			continue
		}
		out = append(out, s)
		e.rest(s)
	}
	return out
}

// rest makes the ear deaf to a print that was just heard, while it sounded.
func (e *ear) rest(s sounding) {
	e.scanned = max(e.scanned, s.end-audio.FrameSamples)
	e.tracks = slices.DeleteFunc(e.tracks, func(t *track) bool {
		return e.same(t.print, s) && t.start < s.end-audio.FrameSamples
	})
	for i := range e.lib.prints {
		if e.same(i, s) {
			e.deaf[i] = s.end - audio.FrameSamples
		}
	}
}

func (e *ear) same(index int, s sounding) bool {
	p := &e.lib.prints[index].prompt
	return p.Label == s.prompt.Label && p.Language == s.prompt.Language
}
