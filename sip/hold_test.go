package sip_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/ivr"
)

// holds are the ways in which a phone puts us on hold, and what the answer to it
// says.
var holds = []struct {
	name, from, to, answer string
}{
	{"sendonly", "a=sendrecv", "a=sendonly", "a=recvonly"},
	{"inactive", "a=sendrecv", "a=inactive", "a=inactive"},
	{"the old way", "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", "a=recvonly"},
}

// held puts the line on hold, and fails unless the answer agrees to that.
func (c *farCall) held(t *testing.T, from, to, answer string) {
	t.Helper()
	res := c.reinvite(t, bytes.Replace(c.sdp(), []byte(from), []byte(to), 1))
	if !strings.Contains(string(res.Body()), answer+"\r\n") {
		t.Errorf("hold answered with\n%s\nwant %s", res.Body(), answer)
	}
}

// On hold the line falls silent and its prompt stands still; on resuming it goes
// on where it was, whether the phone says a=sendrecv or nothing.
func TestHoldPausesThePrompt(t *testing.T) {
	for _, tt := range holds {
		for _, back := range []string{"a=sendrecv\r\n", ""} {
			t.Run(tt.name+", back with "+strings.TrimSpace(back), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, nil)
				h.voice["long"] = noise(9, 1500*time.Millisecond)
				c, line := h.answered(t)
				start(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("long")})
				c.sound.hearsBegin(t, "a long prompt", h.voice["long"])
				c.held(t, tt.from, tt.to, tt.answer)
				c.sound.fallsSilent(t)
				res := c.reinvite(t, bytes.Replace(c.sdp(), []byte("a=sendrecv\r\n"), []byte(back), 1))
				if !bytes.Contains(res.Body(), []byte("a=sendrecv\r\n")) {
					t.Errorf("resumed with\n%s", res.Body())
				}
				want(t, event(t, line), ivr.Played, "")
				c.sound.hearsWithPauses(t, h.voice["long"])
			})
		}
	}
}

// fallsSilent waits until nothing has come for some time: what was on its way
// may still come first.
func (s *farSound) fallsSilent(t *testing.T) {
	t.Helper()
	for range 10 {
		before := s.heard()
		<-time.After(400 * time.Millisecond)
		if s.heard() == before {
			return
		}
	}
	t.Error("packets still come on hold")
}

// heard is how many packets have come.
func (s *farSound) heard() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.packets)
}

// hearsWithPauses waits until the whole clip was heard in its order, whatever
// the time between its frames. Some may be missing that were skipped as they
// were late, but not as many in a row as a hold lasts.
func (s *farSound) hearsWithPauses(t *testing.T, clip *audio.Clip) {
	t.Helper()
	const most = 15 * 160 // 300 ms
	want := clip.Encoded(s.codec)
	s.await(t, "all of the prompt, in its order", func(heard []heardPacket) bool {
		at, got := 0, 0
		for _, p := range heard {
			if next, ok := s.frameOf(p, want); ok && next >= at && next-at <= most {
				at, got = next+160, got+160
			}
		}
		return len(want)-at <= most && got*2 >= len(want)
	})
}

// Whoever talks to somebody that puts them on hold hears a tone now and then,
// unless the other's own music comes, and hears them again afterwards.
func TestHoldOfAJoinedLine(t *testing.T) {
	for _, tt := range holds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			a, caller := h.answered(t)
			b, agent := h.answered(t)
			go func() { _ = caller.Join(t.Context(), agent) }()
			hush := a.sound.talk(t, 600)
			b.sound.hearsTone(t, 600)
			b.sound.talk(t, 1000)
			a.sound.hearsTone(t, 1000)
			a.held(t, tt.from, tt.to, tt.answer)
			hush()
			b.sound.hearsQuietTone(t, 440)
			if tt.name == "sendonly" {
				hush = a.sound.talk(t, 1500) // the phone's own music
				b.sound.hearsTone(t, 1500)
				hush()
			}
			a.reinvite(t, a.sdp())
			a.sound.talk(t, 700)
			b.sound.hearsTone(t, 700)
			a.sound.hearsTone(t, 1000)
		})
	}
}

// hearsQuietTone waits until a faint tone has come.
func (s *farSound) hearsQuietTone(t *testing.T, hz float64) {
	t.Helper()
	s.await(t, "a tone for those who wait", func(heard []heardPacket) bool {
		n := 0
		for _, p := range heard {
			pcm := make([]int16, len(p.payload))
			s.codec.Decode(pcm, p.payload)
			if p.pt == uint8(s.codec) && audio.Goertzel(pcm, hz) > -45 && audio.Goertzel(pcm, hz) > audio.Level(pcm)-6 {
				n++
			}
		}
		return n >= 5
	})
}

// The line offers everything when it is asked for an offer in the middle of a
// call, and numbers its descriptions by their changes.
func TestVersionsOfDescriptions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, _ := h.answered(t)
	hold := bytes.Replace(c.sdp(), []byte("a=sendrecv"), []byte("a=sendonly"), 1)
	seen := []string{string(origin(c.answer.Body()))}
	for _, sdp := range [][]byte{c.sdp(), hold, hold, c.sdp(), c.sdp()} {
		seen = append(seen, string(origin(c.reinvite(t, sdp).Body())))
	}
	for i, changed := range []bool{false, true, false, true, false} {
		was, is := strings.Fields(seen[i]), strings.Fields(seen[i+1])
		if was[1] != is[1] || (was[2] != is[2]) != changed {
			t.Errorf("description %d is %q after %q; changed: %v", i+1, is, was, changed)
		}
	}
	res := c.reinvite(t, nil)
	if !bytes.Contains(res.Body(), []byte("RTP/AVP 8 0 101\r\n")) || !bytes.Contains(res.Body(), []byte("a=sendrecv")) {
		t.Errorf("asked for an offer, it is\n%s", res.Body())
	}
}

// On hold nobody can press a key, so that no question runs out of time.
func TestHoldDuringAQuestion(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	spec := menu
	spec.Timeout = time.Second
	start(t, line, gather(spec, "menu"))
	c.sound.hears(t, "the question", h.voice["menu"])
	c.held(t, "a=sendrecv", "a=inactive", "a=inactive")
	<-time.After(1300 * time.Millisecond)
	c.reinvite(t, c.sdp())
	c.sound.press('5')
	want(t, event(t, line), ivr.Keys, "5")
}
