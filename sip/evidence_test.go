package sip_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/audio/progress"
	"careline/call"
	"careline/campaigns"
	"careline/sip"
)

// causes and statuses are the map of facts that was agreed on, written once more.
var (
	causes = map[campaigns.Disposition][]int{
		campaigns.InvalidNumber: {1, 2, 3, 22, 28}, campaigns.Busy: {17}, campaigns.NoAnswer: {18, 19, 31},
		campaigns.Unreachable: {20, 27}, campaigns.Refused: {21},
		campaigns.Congestion: {34, 38, 41, 42, 47, 58, 102, 111, 127}, campaigns.Failure: {65, 70, 79, 88},
	}
	statuses = map[campaigns.Disposition][]int{
		campaigns.InvalidNumber: {404, 410, 484, 604}, campaigns.Busy: {486, 600}, campaigns.NoAnswer: {408, 480},
		campaigns.Unreachable: {502}, campaigns.Refused: {403, 603, 607, 608},
		campaigns.Congestion: {500, 503, 504, 513, 599}, campaigns.Failure: {400, 415, 420, 488, 606},
	}
)

// Every cause and every status leads to its disposition over the wire, and is
// kept as evidence.
func TestEveryRowOverTheWire(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	try := func(status, cause int) *call.Failure {
		o, _ := h.order()
		h.carrier.script(func(c *farCall) {
			c.say(180, "Ringing", nil) // else the trunk would be left alone for what it seems to do
			if cause == 0 {
				c.say(status, "No", nil)
				return
			}
			c.say(status, "No", nil, `Reason: SIP;cause=404, Q.850;cause=`+fmt.Sprint(cause))
		})
		_, err := h.Place(t.Context(), o)
		return failed(t, err)
	}
	for d, list := range causes {
		for _, cause := range list {
			f := try(480, cause)
			want := campaigns.Evidence{Status: 480, Cause: cause, Text: f.Evidence.Text, Reason: "SIP;cause=404, Q.850;cause=" + fmt.Sprint(cause), Rule: campaigns.ByCause}
			if f.Disposition != d || f.Evidence != want {
				t.Errorf("480 with cause %d is %s by %+v; want %s", cause, f.Disposition, f.Evidence, d)
			}
		}
	}
	for d, list := range statuses {
		for _, status := range list {
			if f := try(status, 0); f.Disposition != d || f.Evidence.Rule != campaigns.ByStatus || f.Evidence.Status != status {
				t.Errorf("%d is %s by %+v; want %s", status, f.Disposition, f.Evidence, d)
			}
		}
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	h.carrier.script(func(c *farCall) { c.say(486, "Busy Here", nil, "Retry-After: 90 (in a meeting)") })
	o, _ := h.order()
	_, err := h.Place(t.Context(), o)
	if f := failed(t, err); f.Evidence.RetryAfter != 90 {
		t.Errorf("evidence %+v; want Retry-After 90", f.Evidence)
	}
}

// What the network says by sound before it refuses the call decides, where it
// gives no Q.850 cause.
func TestEarlySound(t *testing.T) {
	t.Parallel()
	tone := func(ms int, hz ...float64) []int16 {
		return audio.Tone{Hz: hz, Level: -15}.PCM(time.Duration(ms) * time.Millisecond)
	}
	join := func(parts ...[]int16) (all []int16) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	busy := join(tone(350, 450), tone(350))
	r := rand.New(rand.NewPCG(3, 3))
	said := make([]int16, 0, 4*audio.Rate)
	for range 40 { // syllables
		said = append(said, tone(100, 300+1500*r.Float64(), 300+1500*r.Float64())...)
	}
	var known progress.Library
	if err := known.Add(progress.Announcement("2"), said); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		sound  []int16
		reason []string
		want   campaigns.Disposition
		heard  string
		rule   campaigns.Rule
	}{
		"vacant":         {join(tone(200), tone(380, 985.2), tone(274, 1370.6), tone(380, 1776.7), tone(200)), nil, campaigns.InvalidNumber, "sit_vacant", campaigns.BySound},
		"busy in china":  {join(busy, busy, busy, busy), nil, campaigns.Busy, "busy_tone", campaigns.BySound},
		"busy, but gone": {join(busy, busy, busy, busy), []string{"Reason: Q.850;cause=20"}, campaigns.Unreachable, "busy_tone", campaigns.ByCause},
		"switched off":   {join(tone(100), said), nil, campaigns.Unreachable, "announcement_2", campaigns.BySound},
		"ringing":        {tone(1500, 440, 480), nil, campaigns.NoAnswer, "", campaigns.ByStatus},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(o *sip.Options) { o.Announcements = &known })
			h.carrier.codec = audio.PCMA
			h.carrier.script(func(c *farCall) {
				c.say(183, "Session Progress", c.sdp())
				c.sound.await(t, "our silence, which some networks wait for", func(p []heardPacket) bool { return len(p) > 2 })
				c.sound.speak(t.Context(), tt.sound)
				c.say(480, "Temporarily Unavailable", nil, tt.reason...)
			})
			o, d := h.order()
			_, err := h.Place(t.Context(), o)
			f := failed(t, err)
			if f.Disposition != tt.want || f.Evidence.Heard != tt.heard || f.Evidence.Rule != tt.rule {
				t.Errorf("%s by %+v; want %s, %q, %s", f.Disposition, f.Evidence, tt.want, tt.heard, tt.rule)
			}
			for _, p := range d.list() {
				if p.Stage == call.Up {
					t.Error("183 was taken for an answer")
				}
			}
		})
	}
}

// A call with early sound that is answered after all goes on as any other.
func TestEarlySoundThenAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	calls := make(chan *farCall, 1)
	h.carrier.script(func(c *farCall) {
		c.say(183, "Session Progress", c.sdp())
		c.sound.speak(t.Context(), audio.Tone{Hz: []float64{450}, Level: -15}.PCM(400*time.Millisecond))
		calls <- c
		c.pickUp()
	})
	o, _ := h.order()
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c := next(t, "call", calls)
	start(t, line, gather(menu, "menu"))
	c.sound.hearsBegin(t, "the menu", h.voice["menu"])
	c.hangUp()
}

// The caller's own word on why they gave up is kept.
func TestReasonOfACaller(t *testing.T) {
	t.Parallel()
	s := newShelf()
	h := seenBy(t, s, func(o *sip.Options) { o.Trunks[0].Sources = []string{"127.0.0.1"} })
	to, err := net.ResolveUDPAddr("udp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, to)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send := func(method, more string) {
		msg := fmt.Sprintf("%s sip:10086@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKearly;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:1@%[3]s>;tag=a\r\nTo: <sip:10086@%[2]s>\r\nCall-ID: gave-up\r\nCSeq: 1 %[1]s\r\nContact: <sip:1@%[3]s>\r\n%[4]sContent-Length: 0\r\n\r\n",
			method, h.addr, conn.LocalAddr(), more)
		if _, err := conn.Write([]byte(msg)); err != nil {
			t.Error(err)
		}
	}
	send("INVITE", "")
	in := next(t, "call", h.calls)
	send("CANCEL", `Reason: SIP;cause=200;text="Call completed elsewhere"`+"\r\n")
	answer := make([]byte, 2000)
	for !strings.HasPrefix(string(answer), "SIP/2.0 487") {
		if _, err := conn.Read(answer); err != nil {
			t.Fatal(err)
		}
	}
	in.finish()
	got := next(t, "trace", s.kept)
	if got.Disposition != campaigns.Cancelled || got.Detail.Reason != `SIP;cause=200;text="Call completed elsewhere"` {
		t.Errorf("%s, %q; want cancelled, with the caller's reason", got.Disposition, got.Detail.Reason)
	}
}
