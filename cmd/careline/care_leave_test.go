package main

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"careline/campaigns"
	"careline/sim/people"
)

// No call leaves once the last agent has left, be it for a break or without a
// word. Those that ring are let ring for as long as the rules ask, and who answers
// hears who has called.
func TestLastAgentLeaves(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		leave, comes func(h *house, phones map[string]*people.Phone)
	}{
		{
			"break",
			func(h *house, _ map[string]*people.Phone) {
				h.must("agent", "break", "lina")
				h.must("agent", "break", "wang")
			},
			func(h *house, _ map[string]*people.Phone) { h.must("agent", "ready", "lina") },
		},
		{
			"dies",
			func(_ *house, phones map[string]*people.Phone) { phones["lina"].Kill(); phones["wang"].Kill() },
			func(h *house, _ map[string]*people.Phone) { h.agent("lina", time.Second) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, phones := ringingHouse(t)
			left := time.Now()
			tt.leave(h, phones)
			since := h.unstaffed()
			if tt.name == "break" { // until then an agent may yet be given somebody
				left = since
			}
			await(t, 2*generous, "the calls to end", func() bool { return h.number("SELECT COUNT(*) FROM attempts WHERE ended_at = 0") == 0 })
			is := h.standing()
			if !slices.Contains(is.Reasons, campaigns.NoAgents) || h.text("SELECT state FROM campaigns") != "running" {
				t.Errorf("once the calls have ended the campaign stands as %+v; want it running, without agents", is)
			}
			came := time.Now()
			before := len(h.net.Invites())
			tt.comes(h, phones)
			await(t, generous, "a call for the agent who is back", func() bool { return len(h.net.Invites()) > before })
			for _, i := range h.net.Invites() {
				if i.At.After(since.Add(time.Second)) && i.At.Before(came) { // what was begun may leave within a second
					t.Errorf("%s was called %v after the last agent had left", i.Who, i.At.Sub(since))
				}
			}
			h.ringsOut(left, before)
		})
	}
}

// ringingHouse has several people's phones ring for two agents, of which a third
// do not answer.
func ringingHouse(t *testing.T) (*house, map[string]*people.Phone) {
	t.Helper()
	var customers []people.Subscriber
	for i := range 18 {
		p := people.Subscriber{Personas: []people.Persona{people.Complies}, Greets: 500 * time.Millisecond}
		if i%3 == 0 {
			p.Personas[0] = people.NoAnswer
		}
		customers = append(customers, p)
	}
	h := careOf(t, "power\nratio: 3", customers, people.Behaviour{RingMin: 5 * time.Second, RingMax: 7 * time.Second})
	phones := map[string]*people.Phone{"lina": h.agent("lina", time.Second), "wang": h.agent("wang", time.Second)}
	h.dials()
	rings := map[string]bool{}
	if _, err := h.net.Wait(t.Context(), func(e people.Entry) bool {
		if e.Kind == people.KindRinging {
			rings[e.CallID] = true
		}
		return len(rings) >= 5
	}); err != nil {
		t.Fatal(err)
	}
	return h, phones
}

// standing is what the service does for the campaign, as it was last noted.
func (h *house) standing() (is campaigns.Standing) {
	h.Helper()
	if text := h.text("SELECT standing FROM dialing_status"); text != "" {
		if err := json.Unmarshal([]byte(text), &is); err != nil {
			h.Fatal("read the standing:", err)
		}
	}
	return is
}

// unstaffed waits until the service says that there is no agent, and returns since
// when it has said so at the latest.
func (h *house) unstaffed() (since time.Time) {
	h.Helper()
	await(h, generous, "the service to say that there are no agents", func() bool {
		is := h.standing()
		since = is.At
		return slices.Contains(is.Reasons, campaigns.NoAgents)
	})
	return since
}

// ringsOut checks the calls that rang when the last agent left: of the first so
// many of all.
func (h *house) ringsOut(left time.Time, first int) {
	h.Helper()
	heard := map[string][]string{}
	for _, l := range h.net.Legs() {
		heard[l.CallID] = l.Heard
	}
	rangOut, told := 0, 0
	for _, i := range h.net.Invites()[:first] {
		rang := i.Cancelled.Sub(i.At)
		switch {
		case !i.Cancelled.IsZero() && rang < campaigns.MinRing-100*time.Millisecond: // by the far end's clock
			h.Errorf("%s was rung for %v; want at least %v", i.Who, rang, campaigns.MinRing)
		case !i.Cancelled.IsZero():
			rangOut++
		case i.Answered.After(left):
			if told++; !slices.Equal(heard[i.CallID], []string{"care/nobody"}) {
				h.Errorf("%s answered when no agent was left, and heard %q; want the message", i.Who, heard[i.CallID])
			}
		}
	}
	if rangOut == 0 || told == 0 {
		h.Errorf("%d rang out, %d answered; nothing is shown by that", rangOut, told)
	}
	const silent = `SELECT COUNT(*) FROM attempts WHERE disposition = 'answered' AND connected_at = 0 AND message_at = 0`
	if n := h.number(silent); n != 0 {
		h.Errorf("%d people heard nothing", n)
	}
}
