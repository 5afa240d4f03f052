package sip_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/audio"
	"careline/ivr"
	"careline/media"
	"careline/sip"
)

func TestHold(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.NextSound = 600 * time.Millisecond })
	c, line := h.answered(t)
	hush := c.sound.talk(t, 600)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	first := c.answer.Body()
	res := c.reinvite(t, bytes.Replace(c.sdp(), []byte("a=sendrecv"), []byte("a=sendonly"), 1))
	if !bytes.Contains(res.Body(), []byte("a=recvonly")) {
		t.Errorf("hold answered with\n%s", res.Body())
	}
	if bytes.Equal(origin(first), origin(res.Body())) {
		t.Errorf("a changed description has the same version: %s", origin(first))
	}
	hush()
	res = c.reinvite(t, bytes.Replace(c.sdp(), []byte("a=sendrecv"), []byte("a=inactive"), 1))
	if !bytes.Contains(res.Body(), []byte("a=inactive")) {
		t.Errorf("hold answered with\n%s", res.Body())
	}
	select {
	case <-line.Done():
		t.Error("ended, though the far end had said that it would be silent")
	case <-time.After(1200 * time.Millisecond):
	}
	c.reinvite(t, c.sdp())
	c.sound.talk(t, 600)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	c.sound.hears(t, "the welcome after the hold", h.voice["welcome"])
}

func origin(sdp []byte) []byte {
	for line := range bytes.Lines(sdp) {
		if bytes.HasPrefix(line, []byte("o=")) {
			return line
		}
	}
	return nil
}

// reinvite offers a changed session within the call; nil asks for an offer.
func (c *farCall) reinvite(t *testing.T, sdp []byte) *sipmsg.Response {
	t.Helper()
	req := c.request(sipmsg.INVITE)
	if sdp != nil {
		req.SetBody(sdp)
		req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	}
	req.AppendHeader(c.contact())
	res := c.f.do(req)
	if res == nil || res.StatusCode != sipmsg.StatusOK {
		t.Fatalf("re-INVITE answered %v; want 200", res)
	}
	ack := c.request(sipmsg.ACK)
	ack.CSeq().SeqNo = req.CSeq().SeqNo
	if sdp == nil {
		ack.SetBody(c.sdp())
		ack.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	}
	if err := c.f.client.WriteRequest(ack); err != nil {
		t.Fatal(err)
	}
	return res
}

func TestDelayedOffer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	req := h.carrier.new(sipmsg.INVITE, "sip:10086@"+h.addr, "sip:1@"+h.carrier.addr, "sip:10086@"+h.addr)
	c := h.carrier.newCall(req.CallID().Value())
	c.invite = req
	answered := make(chan *sipmsg.Response, 1)
	go func() {
		res := h.carrier.do(req)
		if res != nil && res.StatusCode == sipmsg.StatusOK {
			c.answer = res
			c.sound.heed(res.Body())
			ack := c.request(sipmsg.ACK)
			ack.CSeq().SeqNo = req.CSeq().SeqNo
			ack.SetBody(c.sdp())
			ack.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
			if err := h.carrier.client.WriteRequest(ack); err != nil {
				t.Error(err)
			}
		}
		answered <- res
	}()
	in := next(t, "call", h.calls)
	t.Cleanup(in.finish)
	line, err := in.Answer(t.Context(), in.Info())
	if err != nil {
		t.Fatal(err)
	}
	if res := next(t, "answer", answered); !bytes.Contains(res.Body(), []byte("RTP/AVP 8 0 101")) {
		t.Errorf("offered\n%s", res.Body())
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	c.sound.hears(t, "the welcome", h.voice["welcome"])
}

func TestKeysByInfo(t *testing.T) {
	for _, tt := range []struct {
		name   string
		events bool
		want   string
	}{
		{"of a phone without events", false, "6"},
		{"dropped beside events, which bring them too", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			c, line := h.answered(t)
			if !tt.events {
				sdp := bytes.ReplaceAll(c.sdp(), []byte("telephone-event"), []byte("x-none"))
				c.reinvite(t, sdp)
			}
			spec := menu
			spec.Timeout = 400 * time.Millisecond
			start(t, line, gather(spec, ""))
			req := c.request("INFO")
			req.SetBody([]byte("Signal=6\r\nDuration=160\r\n"))
			req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/dtmf-relay"))
			if res := h.carrier.do(req); res == nil || res.StatusCode != sipmsg.StatusOK {
				t.Errorf("INFO answered %v", res)
			}
			want(t, event(t, line), ivr.Keys, tt.want)
		})
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := newHouse(t, func(o *sip.Options) { o.Record = dir })
	c, line := h.answered(t)
	c.sound.talk(t, 600)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	line.Hangup(t.Context())
	f, err := os.Open(filepath.Join(dir, line.ID()+".wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tape, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	if tape.Channels != 2 || tape.Duration() < h.voice["welcome"].Duration() {
		t.Fatalf("%d channels of %v; want both sides, at least %v", tape.Channels, tape.Duration(), h.voice["welcome"].Duration())
	}
	if level := audio.Goertzel(tape.Channel(int(media.FarEnd)), 600); level < -20 {
		t.Errorf("the far end's tone was recorded at %.0f dBm0", level)
	}
	if got, said := audio.Level(tape.Channel(int(media.NearEnd))), audio.Level(h.voice["welcome"].PCM()); got < said-6 {
		t.Errorf("the prompt was recorded at %.0f dBm0; it was said at %.0f", got, said)
	}
}

// journal collects the messages of a log.
type journal struct {
	slog.Handler
	lines chan string
}

func (j journal) Handle(_ context.Context, r slog.Record) error {
	j.lines <- r.Message
	return nil
}

func (j journal) WithAttrs([]slog.Attr) slog.Handler { return j }
func (j journal) WithGroup(string) slog.Handler      { return j }
func (j journal) Enabled(context.Context, slog.Level) bool {
	return true
}

func TestMissingPromptIsLoggedOnce(t *testing.T) {
	t.Parallel()
	j := journal{lines: make(chan string, 1000)}
	h := newHouse(t, func(o *sip.Options) { o.Log = slog.New(j) })
	_, line := h.answered(t)
	for range 3 {
		want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("nothing")}), ivr.Failed, "")
	}
	said := 0
	for len(j.lines) > 0 {
		if strings.Contains(<-j.lines, "prompt cannot be said") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("a prompt that is missing was logged %d times; want once", said)
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	if err := h.Idle(t.Context()); err != nil {
		t.Errorf("Idle without calls = %v", err)
	}
	_, line := h.answered(t)
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := h.Idle(soon); err == nil {
		t.Error("idle though a call is up")
	}
	line.Hangup(t.Context())
}

// A caller who asks for our offer and does not answer it is hung up on: nobody
// could hear anybody.
func TestDelayedOfferWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	req := h.carrier.new(sipmsg.INVITE, "sip:10086@"+h.addr, "sip:1@"+h.carrier.addr, "sip:10086@"+h.addr)
	c := h.carrier.newCall(req.CallID().Value())
	c.invite = req
	go func() {
		if res := h.carrier.do(req); res != nil && res.StatusCode == sipmsg.StatusOK {
			c.answer = res
			ack := c.request(sipmsg.ACK)
			ack.CSeq().SeqNo = req.CSeq().SeqNo
			if err := h.carrier.client.WriteRequest(ack); err != nil {
				t.Error(err)
			}
		}
	}()
	in := next(t, "call", h.calls)
	t.Cleanup(in.finish)
	if _, err := in.Answer(t.Context(), in.Info()); err == nil {
		t.Error("answered, though nothing was agreed on")
	}
	c.wait("our BYE", c.ended)
	if got := h.Stats().Calls; got != 0 {
		t.Errorf("%d calls are up; want none", got)
	}
}

// An offer that cannot be taken leaves the sound as it was.
func TestOfferInTheCallIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, old, new string }{
		{"no codec of ours", "RTP/AVP 0 101", "RTP/AVP 18"},
		{"no address", "c=IN IP4 127.0.0.1\r\n", ""},
		{"no sound", "m=audio", "m=image"},
		{"nonsense", "m=audio ", "m=audio 99999"},
	} {
		for _, method := range []sipmsg.RequestMethod{sipmsg.INVITE, sipmsg.UPDATE} {
			t.Run(tt.name+" by "+string(method), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, nil)
				c, line := h.answered(t)
				req := c.request(method)
				req.SetBody(bytes.Replace(c.sdp(), []byte(tt.old), []byte(tt.new), 1))
				req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
				req.AppendHeader(c.contact())
				if res := h.carrier.do(req); res == nil || res.StatusCode != 488 {
					t.Errorf("offer answered %v; want 488", res)
				}
				want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
				c.sound.hears(t, "the welcome", h.voice["welcome"])
			})
		}
	}
}
