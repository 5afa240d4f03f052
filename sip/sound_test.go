package sip_test

import (
	"bytes"
	"fmt"
	"net"
	"testing"
	"time"

	"careline/ivr"
	"careline/sip"
)

// Some far ends send nothing before they hear us: behind a router nothing could
// come back. So they hear silence at once, before the call is answered too, and
// a ringing that is long and silent is no death of the call.
func TestSilenceDuringEarlyMedia(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.FirstSound, o.NextSound = 500*time.Millisecond, 500*time.Millisecond })
	pickUp := make(chan struct{})
	calls := make(chan *farCall, 1)
	h.carrier.script(func(c *farCall) {
		c.say(183, "Session Progress", c.sdp())
		calls <- c
		<-pickUp
		c.sound.talk(t, 600)
		c.pickUp()
	})
	o, _ := h.order()
	go func() {
		c := next(t, "call", calls)
		c.sound.await(t, "silence for 800 ms before the call is answered", func(p []heardPacket) bool {
			return len(p) > 0 && time.Since(p[0].at) >= 800*time.Millisecond
		})
		close(pickUp)
	}()
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	line.Hangup(t.Context())
}

// A re-INVITE moves the sound to another port: it follows, and the old one is a
// stranger from then on.
func TestSoundMoves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	exchanged(t, h, c, line)
	old := c.sound
	c.sound = newFarSound(t)
	c.sound.codec, c.sound.keyPT = old.codec, old.keyPT
	c.sound.heed(c.answer.Body())
	c.reinvite(t, c.sdp())
	c.sound.press('9') // the new address is known at once
	old.press('8')
	exchanged(t, h, c, line)
}

// An offer of several media is answered line by line.
func TestOfferOfSeveralMedia(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	more := append([]byte("v=0\no=far 1 2 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"+
		"m=video 4000 RTP/AVP 99\na=rtpmap:99 VP8/90000\nm=image 4002 udptl t38\n"), c.sdp()[bytes.Index(c.sdp(), []byte("m=audio")):]...)
	more = append(more, "a=ptime:30\r\na=rtcp-mux\r\nm=audio 4004 RTP/AVP 8\r\n"...)
	res := c.reinvite(t, more)
	var lines []string
	for l := range bytes.Lines(res.Body()) {
		if bytes.HasPrefix(l, []byte("m=")) || bytes.HasPrefix(l, []byte("a=ptime")) || bytes.HasPrefix(l, []byte("a=rtcp")) {
			lines = append(lines, string(bytes.TrimSpace(l)))
		}
	}
	port := mediaPort.FindSubmatch(c.answer.Body())[1]
	want := []string{"m=video 0 RTP/AVP 99", "m=image 0 UDPTL t38", fmt.Sprintf("m=audio %s RTP/AVP 0 101", port), "a=rtcp-mux", "a=ptime:30", "m=audio 0 RTP/AVP 8"}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("answered %q; want %q", lines, want)
	}
	from := c.sound.count()
	do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")})
	c.sound.await(t, "packets of 30 ms", func(p []heardPacket) bool {
		n := 0
		for _, x := range p[from:] {
			if len(x.payload) == 240 {
				n++
			}
		}
		return n > 5
	})
}

// A call that comes by IPv6 has its sound there too.
func TestCallByIPv6(t *testing.T) {
	t.Parallel()
	carrier := newFarEndAt(t, net.IPv6loopback)
	h := newHouseFor(t, carrier, func(o *sip.Options) { o.Listen = "[::1]:0" })
	c, line := h.answered(t)
	if !bytes.Contains(c.answer.Body(), []byte("c=IN IP6 ::1\r\n")) {
		t.Errorf("answered\n%s", c.answer.Body())
	}
	exchanged(t, h, c, line)
	line.Hangup(t.Context())

	calls := make(chan *farCall, 1)
	carrier.script(func(c *farCall) {
		calls <- c
		c.pickUp()
	})
	o, _ := h.order()
	out, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	exchanged(t, h, next(t, "call", calls), out)
	out.Hangup(t.Context())
}

// Sound that is described with an address of the other family cannot be had.
func TestSoundOfAnotherFamily(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.carrier.alter = func(sdp []byte) []byte {
		return bytes.ReplaceAll(sdp, []byte("IN IP4 127.0.0.1"), []byte("IN IP6 ::1"))
	}
	status := make(chan int, 1)
	go func() {
		_, s := h.carrier.dial(t, h.addr, "10086", "+8613800138000")
		status <- s
	}()
	in := next(t, "call", h.calls)
	if _, err := in.Answer(t.Context(), in.Info()); err == nil {
		t.Error("answered")
	}
	in.finish()
	if got := next(t, "answer", status); got != 488 {
		t.Errorf("answered %d; want 488", got)
	}
}
