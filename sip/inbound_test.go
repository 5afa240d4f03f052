package sip_test

import (
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/audio"
	"careline/call"
	"careline/ivr"
	"careline/sip"
)

var menu = ivr.GatherSpec{MinDigits: 1, MaxDigits: 1, Timeout: 5 * time.Second, InterDigit: 2 * time.Second, BargeIn: true}

func gather(spec ivr.GatherSpec, word string) ivr.Action {
	a := ivr.Action{Kind: ivr.Gather, Gather: &spec}
	if word != "" {
		a.Prompt = say(word)
	}
	return a
}

func TestInboundCallHearsPrompts(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.PCMA} {
		t.Run(codec.String(), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			h.carrier.codec = codec
			c, line := h.answered(t)
			want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}, ivr.Action{Kind: ivr.Play, Prompt: say("menu")}), ivr.Played, "")
			c.sound.hears(t, "the welcome", h.voice["welcome"])
			c.sound.hears(t, "the menu", h.voice["menu"])
			want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}, ivr.Action{Kind: ivr.Hangup}), ivr.HungUp, "")
			c.sound.hears(t, "what plays before the hang-up", h.voice["sorry"])
			c.wait("our BYE", c.ended)
			want(t, event(t, line), ivr.HungUp, "")
			if got := line.Ending(); got != call.ByFlow {
				t.Errorf("Ending = %q; want %q", got, call.ByFlow)
			}
		})
	}
}

func TestInboundInfo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].Region = "CN" })
	go h.carrier.dial(t, h.addr, "10086", "013800138000")
	in := next(t, "call", h.calls)
	defer in.finish()
	info := in.Info()
	if info.From != "+8613800138000" || info.To != "10086" || info.Trunk != "east" || info.ID == "" || info.Phone != "" {
		t.Errorf("Info = %+v", info)
	}
	in.Reject(t.Context(), call.BusyHere)
}

func TestReject(t *testing.T) {
	for _, tt := range []struct {
		reason call.Rejection
		want   int
	}{
		{call.UnknownNumber, 404}, {call.Forbidden, 403}, {call.BusyHere, 486}, {call.Overloaded, 503},
	} {
		t.Run(string(tt.reason), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			got := make(chan int, 1)
			go func() {
				_, status := h.carrier.dial(t, h.addr, "10086", "+8613800138000")
				got <- status
			}()
			in := next(t, "call", h.calls)
			in.Reject(t.Context(), tt.reason)
			in.finish()
			if status := next(t, "answer", got); status != tt.want {
				t.Errorf("rejected as %s: %d; want %d", tt.reason, status, tt.want)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	for _, pt := range []uint8{101, 97} {
		t.Run(map[uint8]string{101: "payload type 101", 97: "payload type 97"}[pt], func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			h.carrier.keyPT = pt
			c, line := h.answered(t)
			start(t, line, gather(menu, "sorry"))
			c.sound.hears(t, "the question", h.voice["sorry"])
			c.sound.press('3')
			want(t, event(t, line), ivr.Keys, "3")

			several := menu
			several.MaxDigits, several.FinishOnKey = 6, "#"
			start(t, line, gather(several, ""))
			for _, k := range []byte("10*86#") {
				c.sound.press(k)
			}
			want(t, event(t, line), ivr.Keys, "10*86")
		})
	}
}

func TestBargeIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	long := noise(9, time.Minute)
	h.voice["long"] = long
	start(t, line, gather(menu, "long"))
	c.sound.hearsBegin(t, "a long prompt", long)
	c.sound.press('7')
	want(t, event(t, line), ivr.Keys, "7")
	// Had the prompt not been stopped this one would not be heard within a minute.
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	c.sound.hears(t, "what follows", h.voice["sorry"])
}

func TestNoBargeIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	deaf := menu
	deaf.BargeIn, deaf.Timeout = false, 200*time.Millisecond
	start(t, line, gather(deaf, "menu"))
	c.sound.hearsBegin(t, "the menu", h.voice["menu"])
	c.sound.press('7')
	c.sound.hears(t, "all of the menu", h.voice["menu"])
	want(t, event(t, line), ivr.Keys, "")
}

func TestTypeAhead(t *testing.T) {
	for _, tt := range []struct {
		name      string
		typeAhead bool
		bargeIn   bool
		want      string
	}{
		{"dropped", false, true, ""},
		{"kept", true, true, "4"},
		{"kept over a prompt that must be heard", true, false, "4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			h.voice["welcome"] = noise(8, 2*time.Second) // the key must arrive before its end, on a busy machine too
			c, line := h.answered(t)
			start(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")})
			c.sound.hearsBegin(t, "the welcome", h.voice["welcome"])
			c.sound.press('4')
			want(t, event(t, line), ivr.Played, "")
			spec := menu
			spec.TypeAhead, spec.BargeIn, spec.Timeout = tt.typeAhead, tt.bargeIn, 100*time.Millisecond
			want(t, do(t, line, gather(spec, "sorry")), ivr.Keys, tt.want)
			if !tt.bargeIn {
				c.sound.hears(t, "the prompt that must be heard", h.voice["sorry"])
			}
		})
	}
}

func TestNoInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	spec := menu
	spec.Timeout = 300 * time.Millisecond
	begun := time.Now()
	want(t, do(t, line, gather(spec, "welcome")), ivr.Keys, "")
	if took := time.Since(begun); took < h.voice["welcome"].Duration()+spec.Timeout-50*time.Millisecond {
		t.Errorf("gave up after %v; silence counts from the end of a prompt of %v", took, h.voice["welcome"].Duration())
	}
	c.sound.hears(t, "the prompt", h.voice["welcome"])
}

func TestHangUpDuringPrompt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	h.voice["long"] = noise(9, time.Minute)
	start(t, line, gather(menu, "long"))
	c.sound.hearsBegin(t, "a long prompt", h.voice["long"])
	c.hangUp()
	want(t, event(t, line), ivr.HungUp, "")
	want(t, event(t, line), ivr.HungUp, "")
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("menu")}), ivr.HungUp, "")
	if got := line.Ending(); got != call.ByCaller {
		t.Errorf("Ending = %q; want %q", got, call.ByCaller)
	}
	if got := h.Stats().Calls; got != 0 {
		t.Errorf("%d calls up after the only one ended", got)
	}
}

func TestKeyJustBeforeHangUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for range 10 {
		c, line := h.answered(t)
		start(t, line, gather(menu, "menu"))
		c.sound.hearsBegin(t, "the question", h.voice["menu"])
		c.sound.press('5')
		c.hangUp()
		want(t, event(t, line), ivr.Keys, "5")
		want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.HungUp, "")
	}
}

func TestMissingPrompt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) {
		o.Apology = func(string) ivr.Prompt { return *say("sorry") }
	})
	c, line := h.answered(t)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("nothing")}), ivr.Failed, "")
	c.sound.hears(t, "the apology", h.voice["sorry"])
	want(t, do(t, line, gather(menu, "nothing")), ivr.Failed, "")
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
}

func TestSilentCallEnds(t *testing.T) {
	t.Run("never heard", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, func(o *sip.Options) { o.FirstSound = 300 * time.Millisecond })
		c, line := h.answered(t)
		want(t, event(t, line), ivr.HungUp, "")
		c.wait("our BYE", c.ended)
		if got := line.Ending(); got != call.Broken {
			t.Errorf("Ending = %q; want %q", got, call.Broken)
		}
	})
	t.Run("heard before", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, func(o *sip.Options) { o.NextSound = 400 * time.Millisecond })
		c, line := h.answered(t)
		hush := c.sound.talk(t, 600)
		want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
		hush()
		want(t, event(t, line), ivr.HungUp, "")
		c.wait("our BYE", c.ended)
	})
}

func TestLongestCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.MaxCall = 500 * time.Millisecond })
	c, line := h.answered(t)
	h.voice["long"] = noise(9, time.Minute)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("long")}), ivr.HungUp, "")
	c.wait("our BYE", c.ended)
	if got := line.Ending(); got != call.ByService {
		t.Errorf("Ending = %q; want %q", got, call.ByService)
	}
}

func TestStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	stranger := newFarEnd(t)
	for _, dials := range []struct{ number, from, password string }{
		{"10086", "+8613800138000", ""},
		{somebody, "+8613800138000", ""},
		{"*1", "li", "secret"}, // the password alone does not let an INVITE in
	} {
		stranger.user, stranger.pass = dials.from, dials.password
		before := h.Stats().Dropped
		if _, status := stranger.dial(t, h.addr, dials.number, dials.from); status != 0 {
			t.Errorf("a stranger's INVITE to %s: %d; want no answer", dials.number, status)
		}
		if h.Stats().Dropped == before {
			t.Errorf("a stranger's INVITE to %s was read", dials.number)
		}
	}
	if len(h.calls)+len(h.codes) != 0 || h.carrier.rang() != 0 {
		t.Error("a stranger's call was handed on")
	}
}

func TestBadOffers(t *testing.T) {
	for _, tt := range []struct {
		name, sdp string
		want      int
	}{
		{"no SDP at all", "hello\r\n", 400},
		{"no codec of ours", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", 488},
		{"no audio", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 4000 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n", 488},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			req := h.carrier.new(sipmsg.INVITE, "sip:10086@"+h.addr, "sip:1@"+h.carrier.addr, "sip:10086@"+h.addr)
			req.SetBody([]byte(tt.sdp))
			req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
			got := make(chan *sipmsg.Response, 1)
			go func() { got <- h.carrier.do(req) }()
			in := next(t, "call", h.calls)
			if _, err := in.Answer(t.Context(), in.Info()); err == nil {
				t.Error("answered")
			}
			in.finish()
			if res := next(t, "answer", got); res == nil || res.StatusCode != tt.want {
				t.Errorf("answered %v; want %d", res, tt.want)
			}
		})
	}
}

func TestPortsFull(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Ports = onePort(t) })
	_, line := h.answered(t)
	got := make(chan int, 1)
	go func() {
		_, status := h.carrier.dial(t, h.addr, "10086", "+8613800138001")
		got <- status
	}()
	in := next(t, "call", h.calls)
	if _, err := in.Answer(t.Context(), in.Info()); err == nil {
		t.Error("answered without a port")
	}
	in.finish()
	if status := next(t, "answer", got); status != 503 {
		t.Errorf("a call without a port: %d; want 503", status)
	}
	_, err := h.Place(t.Context(), call.Order{Trunk: "east", Number: "+8613800138002"})
	if f := failed(t, err); f.Sent || f.Disposition != "not_placed" {
		t.Errorf("Place without a port = %+v; want not_placed", f)
	}
	line.Hangup(t.Context())
}
