package main

import (
	"cmp"
	"os"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

// tape is the service's own recording of a call that is over: the far end on
// channel 0, the near end on channel 1.
func (h *house) tape(call string) (s audio.Sound) {
	h.Helper()
	await(h, generous, "the recording of call "+call, func() bool {
		f, err := os.Open(h.path("tapes/" + call + ".wav"))
		if err != nil {
			return false
		}
		defer f.Close()
		s, err = audio.ReadWAV(f) // an error while it is being written
		return err == nil && h.logged("call ended", call) > 0
	})
	return s
}

// hearing lists the prompts that a recording holds, in order: those that were
// heard to their end, and those that are there but for what a busy machine could
// not send in time.
func hearing(tb testing.TB, book []people.Prompt, pcm []int16) []string {
	tb.Helper()
	list, err := people.Hear(book, pcm)
	if err != nil {
		tb.Fatal("listen to a recording:", err)
	}
	for _, p := range book {
		if slices.ContainsFunc(list, func(h people.Heard) bool { return h.Label == p.Label }) {
			continue
		}
		if c := compared(p.Samples, pcm); c.found > 0 && c.lost() < c.loud/8 {
			list = append(list, people.Heard{Label: p.Label, Start: c.begins})
		}
	}
	slices.SortFunc(list, func(a, b people.Heard) int { return cmp.Compare(a.Start, b.Start) })
	var labels []string
	for _, p := range list {
		labels = append(labels, p.Label)
	}
	return labels
}

// tones measures for how long a recording holds a pair of tones, by frames of
// 20 ms, and the longest gap between two frames that do.
func tones(pcm []int16, pair []float64) (total, gap time.Duration) {
	last := -1
	for i := 0; (i+1)*audio.FrameSamples <= len(pcm); i++ {
		frame := pcm[i*audio.FrameSamples : (i+1)*audio.FrameSamples]
		if audio.Goertzel(frame, pair[0]) < -25 || audio.Goertzel(frame, pair[1]) < -25 {
			continue
		}
		if last >= 0 {
			gap = max(gap, time.Duration(i-last-1)*audio.FrameDuration)
		}
		last = i
		total += audio.FrameDuration
	}
	return total, gap
}

// jump is where a recording goes on at another place of what was sent.
type jump struct {
	at time.Duration // in what was sent
	by time.Duration // above 0: sound was lost; below 0: it was heard late or twice
}

// comparison is how much of what was sent was heard, and where.
type comparison struct {
	begins      time.Duration // in what was heard
	jumps       []jump
	found, loud time.Duration // of the loud sound: what was heard of it, and all
}

// lost is what is missing or not in its place.
func (c comparison) lost() time.Duration {
	lost := c.loud - c.found
	for _, j := range c.jumps {
		lost += max(j.by, -j.by)
	}
	return lost
}

const (
	comparedBlock = 10 * audio.FrameSamples
	farthestJump  = 2 * audio.Rate
	firstBlocks   = 3 // one of them has to be found for the rest to be looked for
)

// compared lays what was heard along what was sent, block by block.
func compared(sent, heard []int16) (c comparison) {
	offset, known, blocks := 0, false, 0
	for at := 0; at+comparedBlock <= len(sent); at += comparedBlock {
		b := sent[at : at+comparedBlock]
		if audio.Level(b) < -40 {
			continue
		}
		c.loud += audio.Duration(comparedBlock)
		blocks++
		reach := farthestJump
		switch {
		case !known && blocks > firstBlocks:
			continue
		case !known:
			reach = len(heard)
		}
		o, ok := nearest(b, heard, at+offset, reach)
		if !ok {
			continue
		}
		c.found += audio.Duration(comparedBlock)
		o -= at
		switch {
		case !known:
			c.begins = audio.Duration(o)
		case o != offset:
			c.jumps = append(c.jumps, jump{at: audio.Duration(at), by: audio.Duration(offset - o)})
		}
		offset, known = o, true
	}
	return c
}

// nearest finds the place nearest to at where a block is heard.
func nearest(block, heard []int16, at, reach int) (place int, ok bool) {
	for d := range reach {
		for _, place = range []int{at + d, at - d} {
			if alike(block[:200], heard, place) && alike(block, heard, place) {
				return place, true
			}
		}
	}
	return 0, false
}

// alike tells whether a block is heard at a place.
func alike(block, heard []int16, at int) bool {
	if at < 0 || at+len(block) > len(heard) {
		return false
	}
	var xy, xx, yy float64
	for i, x := range block {
		y := heard[at+i]
		xy, xx, yy = xy+float64(x)*float64(y), xx+float64(x)*float64(x), yy+float64(y)*float64(y)
	}
	return xy > 0 && xy*xy > 0.98*0.98*xx*yy
}
