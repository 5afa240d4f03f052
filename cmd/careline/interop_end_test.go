package main

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"careline/sim/people"
)

// listening has a subscriber call the long story, and returns when it sounds.
// The leg follows when the call is over.
func (h *house) listening() <-chan people.Leg {
	h.Helper()
	legs := make(chan people.Leg, 1)
	go func() {
		defer close(legs)
		leg, err := h.net.Call(h.Context(), "+442079460301", "1002", people.Script{Persona: people.Silent})
		if err != nil {
			h.Errorf("call: %v", err)
			return
		}
		legs <- leg
	}()
	ctx, cancel := context.WithTimeout(h.Context(), generous)
	defer cancel()
	_, err := h.net.Wait(ctx, func(e people.Entry) bool { return e.Kind == people.KindHearing && e.Label == "long/story" })
	if err != nil {
		h.Fatal("wait for the story:", err)
	}
	return legs
}

// signal sends SIGTERM.
func (h *house) signal() {
	h.Helper()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.Fatal(err)
	}
}

// left waits until the process has ended, and asserts that it ended well.
func (h *house) left() {
	h.Helper()
	select {
	case <-h.gone:
	case <-time.After(generous):
		h.Fatal("the service does not end")
	}
	if h.err != nil {
		h.Errorf("the service ended with %v", h.err)
	}
}

// After SIGTERM nobody is let in nor called, and who is on the line stays to the
// end of the flow.
func TestSignal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0302\n"})
	net := h.people(people.Options{})
	h.open()
	up := h.listening()
	h.signal()
	await(t, generous, "the service to drain", func() bool { return h.logged("draining") > 0 })
	h.campaign()
	late, err := net.Call(t.Context(), "+442079460303", "1001", people.Script{Persona: people.Silent})
	if err != nil || late.Status != 503 {
		t.Errorf("a call after SIGTERM was answered by %d, %v; want 503", late.Status, err)
	}
	leg := <-up
	h.left()
	if !slices.Equal(leg.Heard, []string{"long/story"}) || leg.ByeBy != people.Service {
		t.Errorf("the call that was up heard %q and was ended by the %s; want all of the story, and the service", leg.Heard, leg.ByeBy)
	}
	if got := h.text("SELECT ending FROM calls"); got != "flow" {
		t.Errorf("the call's ending is %q; want flow", got)
	}
	if got := h.number("SELECT COUNT(*) FROM answers WHERE result = 'told'"); got != 1 {
		t.Errorf("%d answers; want 1", got)
	}
	if n := len(net.Invites()); n != 0 {
		t.Errorf("%d people were called after SIGTERM", n)
	}
}

// A second SIGTERM ends the calls at once, with BYE.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	h.people(people.Options{})
	h.open()
	up := h.listening()
	h.signal()
	await(t, generous, "the service to drain", func() bool { return h.logged("draining") > 0 })
	h.signal()
	leg := <-up
	h.left()
	if len(leg.Heard) > 0 || leg.ByeBy != people.Service {
		t.Errorf("the call heard %q and was ended by the %s; want BYE by the service before the end", leg.Heard, leg.ByeBy)
	}
	if got := h.text("SELECT ending FROM calls"); got != "service" {
		t.Errorf("the call's ending is %q; want service", got)
	}
}
