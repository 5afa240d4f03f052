package main

import (
	"os"
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

// hearing lists the prompts that a recording holds, in order.
func hearing(t testing.TB, book []people.Prompt, pcm []int16) []string {
	t.Helper()
	list, err := people.Hear(book, pcm)
	if err != nil {
		t.Fatal("listen to a recording:", err)
	}
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

// compared lays what was heard along what was sent, block by block, and returns
// the jumps between them and how much of the loud sound was found again.
func compared(sent, heard []int16) (jumps []jump, found, loud time.Duration) {
	const block = 10 * audio.FrameSamples
	offset, known := 0, false
	for at := 0; at+block <= len(sent); at += block {
		b := sent[at : at+block]
		if audio.Level(b) < -40 {
			continue
		}
		loud += audio.Duration(block)
		o, ok := offset, known && alike(b, heard, at+offset)
		for d := 0; !ok && d < 2*audio.Rate; d++ {
			for _, o = range []int{offset + d, offset - d} {
				if ok = alike(b, heard, at+o); ok {
					break
				}
			}
		}
		if !ok {
			continue
		}
		found += audio.Duration(block)
		if known && o != offset {
			jumps = append(jumps, jump{at: audio.Duration(at), by: audio.Duration(offset - o)})
		}
		offset, known = o, true
	}
	return jumps, found, loud
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
