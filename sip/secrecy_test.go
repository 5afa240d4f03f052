package sip_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/sip"
	"careline/sip/sdp"
)

// secretly has the house and its carrier encrypt.
func secretly(s sdp.Security, more ...func(*sip.Options)) func(*sip.Options) {
	return func(o *sip.Options) {
		o.Trunks[0].SRTP = s
		for _, m := range more {
			m(o)
		}
	}
}

// exchanged checks that both sides hear each other.
func exchanged(t *testing.T, h *house, c *farCall, line call.Line) {
	t.Helper()
	before := c.sound.count()
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	clip := h.voice["sorry"]
	c.sound.await(t, "the prompt", func(heard []heardPacket) bool { return c.sound.find(heard[before:], clip) })
	start(t, line, gather(menu, ""))
	c.sound.press('3')
	want(t, event(t, line), ivr.Keys, "3")
}

func TestEncryptedCallsIn(t *testing.T) {
	for _, tt := range []struct {
		name     string
		security sdp.Security
		proto    string
		secret   bool
		status   int
		answer   string // in the m= line
	}{
		{"required, offered", sdp.Required, "RTP/SAVP", true, 200, "RTP/SAVP 8 101"},
		{"required, offered as one likes", sdp.Required, "RTP/AVP", true, 200, "RTP/AVP 8 101"},
		{"required, not offered", sdp.Required, "RTP/AVP", false, 488, ""},
		{"required, offered without keys", sdp.Required, "RTP/SAVP", false, 488, ""},
		{"optional, offered", sdp.Optional, "RTP/SAVP", true, 200, "RTP/SAVP 8 101"},
		{"optional, not offered", sdp.Optional, "RTP/AVP", false, 200, "RTP/AVP 8 101"},
		{"off, offered", sdp.Off, "RTP/SAVP", true, 488, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, secretly(tt.security))
			h.carrier.speaks(tt.proto, tt.secret)
			type dialed struct {
				c      *farCall
				status int
			}
			up := make(chan dialed, 1)
			go func() {
				c, status := h.carrier.dial(t, h.addr, "10086", "+8613800138000")
				up <- dialed{c, status}
			}()
			in := next(t, "call", h.calls)
			defer in.finish()
			line, err := in.Answer(t.Context(), in.Info())
			if tt.status != 200 {
				if err == nil {
					t.Error("answered")
				}
				in.finish()
				if d := next(t, "answer", up); d.status != tt.status {
					t.Errorf("answered %d; want %d", d.status, tt.status)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			d := next(t, "answer", up)
			if !bytes.Contains(d.c.answer.Body(), []byte(tt.answer)) || bytes.Contains(d.c.answer.Body(), []byte("a=crypto")) != tt.secret {
				t.Errorf("answered\n%s", d.c.answer.Body())
			}
			exchanged(t, h, d.c, line)
		})
	}
}

func TestEncryptedCallsOut(t *testing.T) {
	for _, tt := range []struct {
		name     string
		security sdp.Security
		proto    string // of the answer
		secret   bool   // the answer has a key
		up       bool
		offer    string
	}{
		{"required, taken", sdp.Required, "RTP/SAVP", true, true, "RTP/SAVP 8 0 101"},
		{"required, answered without keys", sdp.Required, "RTP/SAVP", false, false, "RTP/SAVP 8 0 101"},
		{"required, answered plain", sdp.Required, "RTP/AVP", false, false, "RTP/SAVP 8 0 101"},
		{"optional, taken", sdp.Optional, "RTP/AVP", true, true, "RTP/AVP 8 0 101"},
		{"optional, not taken", sdp.Optional, "RTP/AVP", false, true, "RTP/AVP 8 0 101"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, secretly(tt.security))
			h.carrier.speaks(tt.proto, tt.secret)
			calls := make(chan *farCall, 1)
			h.carrier.script(func(c *farCall) {
				calls <- c
				c.pickUp()
			})
			o, _ := h.order()
			line, err := h.Place(t.Context(), o)
			c := next(t, "call", calls)
			if offer := c.invite.Body(); !bytes.Contains(offer, []byte(tt.offer)) || bytes.Count(offer, []byte("a=crypto")) != 3 {
				t.Errorf("offered\n%s", offer)
			}
			if !tt.up {
				if f := failed(t, err); !f.Sent || f.Disposition != "failed" || !strings.Contains(f.Evidence.Text, "no encryption") {
					t.Errorf("Place = %+v; want it failed for want of encryption", f)
				}
				c.wait("our BYE", c.ended)
				if n := c.sound.count(); n > 0 {
					t.Errorf("%d packets of plain sound were sent", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer line.Hangup(t.Context())
			exchanged(t, h, c, line)
		})
	}
}

// The peer changes its key by a re-INVITE: ours changes too, and both go on. The
// same key again changes nothing.
func TestNewKeysWithinACall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, secretly(sdp.Required))
	h.carrier.speaks("RTP/SAVP", true)
	c, line := h.answered(t)
	exchanged(t, h, c, line)
	first := farKey.FindSubmatch(c.answer.Body())[2]
	res := c.reinvite(t, c.sdp())
	if got := farKey.FindSubmatch(res.Body())[2]; !bytes.Equal(got, first) {
		t.Error("our key has changed, though the peer's had not")
	}
	exchanged(t, h, c, line)
	c.sound.secret.renew()
	res = c.reinvite(t, c.sdp())
	if got := farKey.FindSubmatch(res.Body())[2]; bytes.Equal(got, first) {
		t.Error("our key is the same, though the peer's has changed")
	}
	c.sound.heed(res.Body())
	exchanged(t, h, c, line)
	second := farKey.FindSubmatch(res.Body())[2]
	res = c.reinvite(t, nil) // we offer: with what is in force
	if keys := bytes.Count(res.Body(), []byte("a=crypto")); keys != 1 || !bytes.Contains(res.Body(), second) || !bytes.Contains(res.Body(), []byte("RTP/SAVP")) {
		t.Errorf("offered within the call\n%s", res.Body())
	}
	exchanged(t, h, c, line)
}

func TestPhonesEncrypt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.SRTP = sdp.Required })
	li := newPhone(t, "li", "secret")
	li.speaks("RTP/SAVP", true)
	calls := make(chan *farCall, 1)
	li.script(func(c *farCall) {
		calls <- c
		c.pickUp()
	})
	li.register(h.addr, "li", 60)
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Hangup(t.Context())
	exchanged(t, h, next(t, "call", calls), line)
}

func TestReadableKeysAreToldOf(t *testing.T) {
	log := &text{}
	var key string
	t.Run("call", func(t *testing.T) {
		h := newHouse(t, secretly(sdp.Required, func(o *sip.Options) {
			o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}))
		h.carrier.speaks("RTP/SAVP", true)
		c, line := h.answered(t)
		key = c.sound.secret.peer
		c.reinvite(t, c.sdp())
		line.Hangup(context.WithoutCancel(t.Context()))
	})
	if s := log.String(); !strings.Contains(s, "keys of a trunk's srtp can be read") || !strings.Contains(s, "trunk=east") {
		t.Errorf("nobody is told that the keys can be read:\n%s", s)
	}
	if s := log.String(); strings.Contains(s, key) || strings.Contains(s, "inline:") {
		t.Errorf("the log shows a key:\n%s", s)
	}
	for transport, readable := range map[string]bool{"": true, "udp": true, "tls": false, "TLS": false} {
		if got := (sip.Trunk{SRTP: sdp.Optional, Transport: transport}).KeysReadable(); got != readable {
			t.Errorf("by %q keys are readable: %v", transport, got)
		}
	}
	if (sip.Trunk{}).KeysReadable() {
		t.Error("keys are readable of a trunk that has none")
	}
}
