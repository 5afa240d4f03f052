package main

import (
	"context"
	"testing"
	"time"

	"careline/sim/people"
)

// As long as a campaign's calls run on after SIGTERM nobody else is let in, and
// all of it takes no longer than the drain time.
func TestSignalDuringACampaign(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0302\n"})
	net := h.people(people.Options{Subscribers: []people.Subscriber{
		{Number: "+442079460302", Personas: []people.Persona{people.Silent}},
	}})
	h.open()
	h.campaign()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	if _, err := net.Wait(ctx, func(e people.Entry) bool { return e.Label == "quick/question" }); err != nil {
		t.Fatal("wait for the question:", err)
	}
	h.signal()
	await(t, generous, "the service to drain", func() bool { return h.logged("dialer draining") > 0 })
	late, err := net.Call(ctx, "+442079460303", "1001", people.Script{Persona: people.Silent})
	if err != nil || late.Status != 503 {
		t.Errorf("a call after SIGTERM was answered by %d, %v; want 503", late.Status, err)
	}
	h.left()
	if got := h.text("SELECT ending FROM calls"); got != "flow" {
		t.Errorf("the campaign's call ended by %q; want flow, at its end", got)
	}
}

// What is left when the drain time is over is hung up then, whoever waited for
// what before.
func TestDrainTimeIsOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{list: "key,number\nA,020 7946 0302\n", drain: 2 * time.Second})
	h.people(people.Options{Subscribers: []people.Subscriber{
		{Number: "+442079460302", Personas: []people.Persona{people.Silent}},
	}})
	h.open()
	h.campaign()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	if _, err := h.net.Wait(ctx, func(e people.Entry) bool { return e.Label == "quick/question" }); err != nil {
		t.Fatal("wait for the question:", err)
	}
	legs := h.listening() // 6 s
	h.signal()
	begun := time.Now()
	leg := <-legs
	if took := time.Since(begun); took > 3500*time.Millisecond {
		t.Errorf("a call was hung up %v after SIGTERM; want 2s", took)
	}
	if leg.ByeBy != people.Service {
		t.Errorf("the call was ended by the %s; want the service", leg.ByeBy)
	}
	h.left()
}
