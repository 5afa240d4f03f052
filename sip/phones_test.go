package sip_test

import (
	"context"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/agents"
	"careline/audio"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/sip"
)

// newPhone is a phone of an agent.
func newPhone(t *testing.T, agent, password string) *farEnd {
	t.Helper()
	f := newFarEnd(t)
	f.user, f.pass = agent, password
	return f.script(answers)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	kept := &memory{kept: make(map[string]agents.Binding)}
	h := newHouse(t, func(o *sip.Options) { o.Bindings = kept })
	li := newPhone(t, "li", "secret")
	res := li.register(h.addr, "li", 3600)
	if res == nil || res.StatusCode != sipmsg.StatusOK {
		t.Fatalf("REGISTER answered %v; want 200", res)
	}
	if c := res.GetHeader("Contact"); c == nil || !strings.Contains(c.Value(), "expires=120") && !strings.Contains(c.Value(), "expires=119") {
		t.Errorf("granted %v; want at most 120 s", c)
	}
	if got := next(t, "presence", h.presence); got != "li up" {
		t.Errorf("presence %q; want li up", got)
	}
	if p := h.Phones(); len(p) != 1 || p[0].Agent != "li" || !p[0].Reachable || p[0].Source != li.addr {
		t.Errorf("Phones = %+v", p)
	}
	if b, _ := kept.LoadBindings(t.Context(), time.Now()); len(b) != 1 {
		t.Errorf("%d registrations are stored; want 1", len(b))
	}
	if res := li.register(h.addr, "li", 0); res == nil || res.StatusCode != sipmsg.StatusOK {
		t.Fatalf("REGISTER to leave answered %v", res)
	}
	if got := next(t, "presence", h.presence); got != "li down" {
		t.Errorf("presence %q; want li down", got)
	}
	if b, _ := kept.LoadBindings(t.Context(), time.Now()); len(b) != 0 {
		t.Errorf("%d registrations are stored after it left", len(b))
	}
}

func TestRegisterSurvivesARestart(t *testing.T) {
	t.Parallel()
	kept := &memory{kept: make(map[string]agents.Binding)}
	withStore := func(o *sip.Options) { o.Bindings = kept }
	h := newHouse(t, withStore)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 100)
	next(t, "presence", h.presence)
	h.end()
	again := newHouse(t, withStore)
	if got := next(t, "presence after the restart", again.presence); got != "li up" {
		t.Errorf("presence %q; want li up", got)
	}
	line, err := again.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	line.Hangup(t.Context())
}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for _, tt := range []struct{ name, user, pass, agent string }{
		{"wrong password", "li", "guess", "li"},
		{"unknown name", "mallory", "secret", "mallory"},
		{"another agent's place", "li", "secret", "wang"},
	} {
		p := newPhone(t, tt.user, tt.pass)
		if res := p.register(h.addr, tt.agent, 60); res == nil || res.StatusCode != sipmsg.StatusForbidden {
			t.Errorf("%s: %v; want 403", tt.name, res)
		}
	}
	guesser := newPhone(t, "wang", "guess")
	for range 6 {
		guesser.register(h.addr, "wang", 60)
	}
	guesser.pass = "geheim"
	if res := guesser.register(h.addr, "wang", 60); res == nil || res.StatusCode != sipmsg.StatusForbidden {
		t.Errorf("the right password after many wrong ones: %v; want 403 for a while", res)
	}
	if len(h.Phones()) != 0 {
		t.Errorf("Phones = %+v; want none", h.Phones())
	}
}

func TestPhoneRings(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	calls := make(chan *farCall, 1)
	li.codec = audio.PCMA
	li.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	li.register(h.addr, "li", 60)
	line, err := h.Place(t.Context(), call.Order{
		Phone: "li", CallerID: "+8613800138000", Display: `陈"伟 (gold)`, Ring: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := next(t, "call", calls)
	if from := c.invite.From(); !strings.Contains(from.Value(), "陈") || !strings.Contains(from.Value(), "(gold)") || from.Address.User != "+8613800138000" {
		t.Errorf("From: %s; want the customer's name, segment and number", from.Value())
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	c.sound.hears(t, "the welcome", h.voice["welcome"])
	line.Hangup(t.Context())
	c.wait("our BYE", c.ended)
}

func TestFeatureCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	status := make(chan int, 1)
	go func() {
		_, s := li.dial(t, h.addr, "*1", "li")
		status <- s
	}()
	in := next(t, "feature code", h.codes)
	if info := in.Info(); info.Phone != "li" || info.To != "*1" || info.Trunk != "" {
		t.Errorf("Info = %+v; want *1 from li", info)
	}
	line, err := in.Answer(t.Context(), in.Info())
	if err != nil {
		t.Fatal(err)
	}
	if s := next(t, "answer", status); s != 200 {
		t.Errorf("*1 answered %d; want 200", s)
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}, ivr.Action{Kind: ivr.Hangup}), ivr.HungUp, "")
	in.finish()

	li.pass = "guess"
	if _, s := li.dial(t, h.addr, "*1", "li"); s != 403 {
		t.Errorf("*1 with a wrong password: %d; want 403", s)
	}
}

func TestKilledPhoneIsNoticed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.ProbeEvery, o.ProbeWait = 200*time.Millisecond, 200*time.Millisecond })
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	if got := next(t, "presence", h.presence); got != "li up" {
		t.Fatalf("presence %q; want li up", got)
	}
	li.die()
	if got := next(t, "presence", h.presence); got != "li down" {
		t.Errorf("presence %q; want li down", got)
	}
	_, err := h.Place(t.Context(), call.Order{Phone: "li"})
	failed(t, err)
}

func TestLegOfAKilledPhoneEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.NextSound = time.Second })
	li := newPhone(t, "li", "secret")
	calls := make(chan *farCall, 1)
	li.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	li.register(h.addr, "li", 60)
	agent, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	phone := next(t, "call", calls)
	c, caller := h.answered(t)
	c.sound.talk(t, 600)
	hush := phone.sound.talk(t, 1000)
	joined := make(chan error, 1)
	go func() { joined <- caller.Join(t.Context(), agent.(*sip.Line)) }()
	c.sound.hearsTone(t, 1000)
	hush()
	li.die()
	if err := next(t, "end of the join", joined); err != nil {
		t.Errorf("Join = %v", err)
	}
	want(t, event(t, agent), ivr.HungUp, "")
	want(t, do(t, caller, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
}

func TestSilentPhoneIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.PhoneWait = 300 * time.Millisecond })
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	next(t, "presence", h.presence)
	li.die()
	begun := time.Now()
	_, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 20 * time.Second})
	if f := failed(t, err); f.Disposition != campaigns.NotKnown || !f.Sent {
		t.Errorf("Place = %+v; want unknown, sent", f)
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("given up after %v; want 300ms", took)
	}
	if got := next(t, "presence", h.presence); got != "li down" {
		t.Errorf("presence %q; want li down", got)
	}
}

func TestPhoneCallTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	ctx, cancel := context.WithCancel(t.Context())
	li.script(func(c *farCall) {
		c.say(180, "Ringing", nil)
		cancel()
		c.wait("our CANCEL", c.cancelled)
	})
	_, err := h.Place(ctx, call.Order{Phone: "li", Ring: 20 * time.Second})
	if f := failed(t, err); f.Disposition != campaigns.Cancelled {
		t.Errorf("Place = %+v; want cancelled", f)
	}
	if p := h.Phones(); len(p) != 1 || !p[0].Reachable {
		t.Errorf("Phones = %+v; want the phone still there", p)
	}
}

func TestPhoneHasNoWayToATrunk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	status := make(chan int, 1)
	go func() {
		_, s := li.dial(t, h.addr, somebody, "li")
		status <- s
	}()
	in := next(t, "call from the phone", h.codes)
	in.Reject(t.Context(), call.UnknownNumber)
	in.finish()
	if s := next(t, "answer", status); s != 404 {
		t.Errorf("a number dialed on a phone: %d; want 404", s)
	}
	if h.carrier.rang() != 0 || len(h.calls) != 0 {
		t.Error("a phone has reached a trunk")
	}
}
