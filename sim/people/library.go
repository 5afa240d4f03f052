package people

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"careline/audio"
)

// ErrBook is the cause of every error about a book that people cannot learn.
var ErrBook = errors.New("not a usable book")

const (
	blockSamples   = 1024 // what is compared at once
	shortestPrompt = 100 * audio.Rate / 1000
)

// library is a learnt book. A sound is known by the signs of its samples: they
// survive both laws of G.711 and any change of loudness, and 64 of them are
// compared at once. Samples near zero are masked, as their signs say nothing.
type library struct {
	prints []imprint
	marks  []mark
}

// imprint is what is known of one prompt, from its first to its last loud sample.
type imprint struct {
	prompt     Prompt
	sign, mask bitline
	length     int // samples
	loud       int // samples that are not masked
}

// mark is a place of an imprint at which it can be found: 64 signs.
type mark struct {
	sign, mask uint64
	most       int // this many may differ
	print, at  int // where it is: which print, which sample of it
}

func newLibrary(book []Prompt) (*library, error) {
	lib := &library{}
	for _, p := range book {
		pr, err := newImprint(p)
		if err != nil {
			return nil, err
		}
		if twin, ok := lib.twin(pr); ok {
			return nil, fmt.Errorf("%w: prompts %s (%s) and %s (%s) sound the same",
				ErrBook, twin.Label, twin.Language, p.Label, p.Language)
		}
		lib.marks = append(lib.marks, pr.marks(len(lib.prints))...)
		lib.prints = append(lib.prints, pr)
	}
	return lib, nil
}

func newImprint(p Prompt) (imprint, error) {
	floor := threshold(p.Samples)
	loud := func(s int16) bool { return s >= floor || s <= -floor }
	first := slices.IndexFunc(p.Samples, loud)
	if first < 0 {
		return imprint{}, fmt.Errorf("%w: prompt %s (%s) is silent", ErrBook, p.Label, p.Language)
	}
	last := len(p.Samples) - 1
	for !loud(p.Samples[last]) {
		last--
	}
	pr := imprint{prompt: p, length: last + 1 - first}
	pr.prompt.Samples = nil
	pr.sign.extend(pr.length)
	pr.mask.extend(pr.length)
	for i, s := range p.Samples[first : last+1] {
		if s < 0 {
			pr.sign.set(i)
		}
		if loud(s) {
			pr.mask.set(i)
			pr.loud++
		}
	}
	if pr.loud < shortestPrompt*2/3 || len(pr.marks(0)) == 0 {
		return imprint{}, fmt.Errorf("%w: prompt %s (%s) is too short to be recognised: it needs 100 ms of sound",
			ErrBook, p.Label, p.Language)
	}
	return pr, nil
}

// threshold is how loud a sample must be for its sign to count.
func threshold(pcm []int16) int16 {
	peak := 0
	for _, s := range pcm {
		peak = max(peak, int(s), -int(s))
	}
	return int16(min(max(peak/50, 32), 1000))
}

// marks are the places at which the print is found: its first busy one, one
// that is no packet away from it, and one further on.
func (pr *imprint) marks(index int) []mark {
	var found []mark
	for _, from := range []int{0, 2400, pr.length * 2 / 5} {
		at, ok := pr.busy(from)
		if !ok || slices.ContainsFunc(found, func(m mark) bool { return at < m.at+800 }) {
			continue
		}
		m := mark{sign: pr.sign.word(at), mask: pr.mask.word(at), print: index, at: at}
		m.most = bits.OnesCount64(m.mask) / 6
		found = append(found, m)
	}
	return found
}

// busy finds 64 samples from there on that tell a lot: nearly all are loud and
// many change sign.
func (pr *imprint) busy(from int) (int, bool) {
	for at := from; at+shortestPrompt/2 <= pr.length; at += 8 {
		sign := pr.sign.word(at)
		changes := bits.OnesCount64(sign ^ (sign >> 1) ^ (sign & (1 << 63)))
		if bits.OnesCount64(pr.mask.word(at)) >= 52 && changes >= 4 && changes <= 52 {
			return at, true
		}
	}
	return 0, false
}

// twin is a prompt of the library that cannot be told from pr.
func (lib *library) twin(pr imprint) (Prompt, bool) {
	for _, other := range lib.prints {
		if other.length == pr.length && slices.Equal(other.sign.words, pr.sign.words) {
			return other.prompt, true
		}
	}
	return Prompt{}, false
}

// compare counts how many of the print's loud samples in [from, to) were
// received, as the ear has them from start on, and how many of them differ.
func (pr *imprint) compare(e *ear, start, from, to int) (n, differ int) {
	for at := from; at < to; at += 64 {
		m := pr.mask.word(at) & e.got.word(start+at)
		if rest := to - at; rest < 64 {
			m &= 1<<uint(rest) - 1
		}
		n += bits.OnesCount64(m)
		differ += bits.OnesCount64((pr.sign.word(at) ^ e.sign.word(start+at)) & m)
	}
	return n, differ
}

// loudIn counts the print's loud samples in [from, to).
func (pr *imprint) loudIn(from, to int) int {
	n := 0
	for at := from; at < to; at += 64 {
		m := pr.mask.word(at)
		if rest := to - at; rest < 64 {
			m &= 1<<uint(rest) - 1
		}
		n += bits.OnesCount64(m)
	}
	return n
}
