package sip_test

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"careline/agents"
	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/sip"
)

// usage is what a process holds on to.
type usage struct{ goroutines, files int }

func used(t *testing.T) usage {
	t.Helper()
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return usage{goroutines: runtime.NumGoroutine(), files: len(open)}
}

// TestCallsLeaveNothingBehind is not parallel, as it counts for the process.
func TestCallsLeaveNothingBehind(t *testing.T) {
	lines := make(chan *sip.Line, 1)
	h := newHouse(t, func(o *sip.Options) {
		o.Ports = sip.Ports{First: 20000, Last: 29998}
		o.OnCall = func(ctx context.Context, in call.Incoming) {
			line, err := in.Answer(ctx, in.Info())
			if err != nil {
				t.Error(err)
				return
			}
			lines <- line.(*sip.Line)
			<-line.(*sip.Line).Done()
		}
	})
	li := newPhone(t, "li", "secret")
	rang := make(chan *farCall, 1)
	li.script(func(c *farCall) {
		answers(c)
		rang <- c
	})
	li.register(h.addr, "li", 60)
	round := func(i int) {
		c, _ := h.carrier.dial(t, h.addr, "10086", "+8613800138000")
		caller := next(t, "call", lines)
		start(t, caller, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")})
		agent, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		phone := next(t, "call to the phone", rang)
		joined := make(chan error, 1)
		go func() { joined <- caller.Join(t.Context(), agent.(*sip.Line)) }()
		if i%2 == 0 {
			c.hangUp()
		} else {
			phone.hangUp()
		}
		if err := next(t, "end of the join", joined); err != nil {
			t.Fatal(err)
		}
		agent.Hangup(t.Context())
		caller.Hangup(t.Context())
		h.carrier.forget(c)
		li.forget(phone)
	}
	round(0) // what is made once is there
	before := used(t)
	for i := range 150 {
		round(i)
	}
	look := time.NewTicker(50 * time.Millisecond) // transactions linger
	defer look.Stop()
	limit := time.After(15 * time.Second)
	for {
		now := used(t)
		if now.goroutines <= before.goroutines+10 && now.files <= before.files {
			break
		}
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("after 300 legs: %+v; before: %+v", now, before)
		}
	}
	if s := h.Stats(); s.Calls != 0 {
		t.Errorf("%d calls are up; want none", s.Calls)
	}
	for _, s := range h.Trunks() {
		if s.Taken != 0 || s.Calls != 0 {
			t.Errorf("trunk %s counts %d and %d calls; want none", s.Name, s.Calls, s.Taken)
		}
	}
}

// forget closes what the far end holds of a call that is over.
func (f *farEnd) forget(c *farCall) {
	c.sound.conn.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.calls, c.id)
}

// Callers who are in a queue when the service begins to end still get an agent.
func TestAgentsAreRungWhileDraining(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret").script(answers)
	li.register(h.addr, "li", 60)
	h.Drain()
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatalf("Place = %v; want the agent's phone rung for a caller who waits", err)
	}
	line.Hangup(t.Context())
	if res := li.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
		t.Errorf("REGISTER while draining: %v; want 200", res)
	}
	o, _ := h.order()
	_, err = h.Place(t.Context(), o)
	if f := failed(t, err); f.Sent {
		t.Errorf("Place by a trunk = %+v; want nothing sent", f)
	}
}

func TestPhoneThatDiesWhileItRings(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]bool{"rung out": false, "taken back": true} {
		h := newHouse(t, nil)
		li := newPhone(t, "li", "secret")
		li.register(h.addr, "li", 60)
		next(t, "presence", h.presence)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		li.script(func(c *farCall) {
			c.say(180, "Ringing", nil)
			li.vanish()
			if take {
				cancel()
			}
		})
		begun := time.Now()
		_, err := h.Place(ctx, call.Order{Phone: "li", Ring: 300 * time.Millisecond})
		failed(t, err)
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s: given up after %v; want 2 s after the CANCEL", name, took)
		}
		if got := next(t, "presence", h.presence); got != "li down" {
			t.Errorf("%s: presence %q; want li down", name, got)
		}
	}
}

// A phone that is killed once it has answered, before any sound, keeps its agent
// no longer than one that falls silent.
func TestPhoneWithoutASound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.FirstSound, o.NextSound = time.Minute, 300*time.Millisecond })
	li := newPhone(t, "li", "secret").script(answers)
	li.register(h.addr, "li", 60)
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-line.(*sip.Line).Done():
	case <-time.After(5 * time.Second):
		t.Error("the leg of a phone that has never sent a sound is still up")
	}
}

// stuck is a store that does not come back.
type stuck struct{ memory }

func (s *stuck) SaveBinding(ctx context.Context, _ agents.Binding) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestRegisterWhileTheStoreIsStuck(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Bindings = &stuck{} })
	li := newPhone(t, "li", "secret")
	if res := li.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
		t.Errorf("REGISTER answered %v; want 200 though it cannot be stored", res)
	}
}

func TestNamesArriveWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	rang := make(chan *farCall, 1)
	li.script(func(c *farCall) {
		rang <- c
		c.say(486, "Busy Here", nil)
	})
	li.register(h.addr, "li", 60)
	for name, want := range map[string]string{
		"张伟 (gold)":          `"张伟 (gold)" <sip:`,
		`Ann "Q" \ Lee`:      `"Ann \"Q\" \\ Lee" <sip:`,
		"Eve\r\nX-Evil: yes": `"EveX-Evil: yes" <sip:`,
		"李, <sip:x@y>;tag=1": `"李, <sip:x@y>;tag=1" <sip:`,
	} {
		_, err := h.Place(t.Context(), call.Order{Phone: "li", CallerID: "+8613800138000", Display: name, Ring: 5 * time.Second})
		if f := failed(t, err); f.Disposition != campaigns.Busy {
			t.Errorf("%q: Place = %+v; want busy", name, f)
		}
		c := next(t, "call", rang)
		if got := c.invite.From().Value(); len(got) < len(want) || got[:len(want)] != want {
			t.Errorf("%q arrives as %s; want %s", name, got, want)
		}
	}
}
