package sip_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"careline/call"
	"careline/campaigns"
	"careline/sip"
)

// A carrier may send a call to another of its hosts. Where it went is told
// before it leaves, and all that is told later names the same INVITE.
func TestCarrierRedirects(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	other := newFarEnd(t)
	h.carrier.script(func(c *farCall) {
		c.say(302, "Moved Temporarily", nil, "Contact: <sip:"+somebody+";rn=+8610@"+other.addr+">")
	})
	o, d := h.order()
	calls := make(chan *farCall, 1)
	other.script(func(c *farCall) {
		calls <- c
		c.say(180, "Ringing", nil)
		c.wait("our noticing that it rings", d.rings)
		c.pickUp()
	})
	line, err := h.Place(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	branch, _ := next(t, "INVITE", calls).invite.Via().Params.Get("branch")
	var stages []call.Stage
	for _, p := range d.list() {
		stages = append(stages, p.Stage)
		if p.Stage != call.Sent && (p.Leg.Branch != branch || p.Leg.CSeq != 2 || p.Leg.Target != o.Leg.Target || !strings.Contains(p.Leg.Moved, other.addr)) {
			t.Errorf("%s: the leg is %+v; want that of the INVITE which left", p.Stage, p.Leg)
		}
	}
	if len(stages) != 4 || stages[1] != call.Moved {
		t.Errorf("stages %v; want sent, moved, ringing, up", stages)
	}
	line.Hangup(t.Context())
}

// No redirect decides who is called: not to another number, nor to a host that
// is not the carrier's, nor when it cannot be stored.
func TestCarrierRedirectsToStrangers(t *testing.T) {
	t.Parallel()
	for name, contact := range map[string]string{
		"another number":      "<sip:+449098790000@%s>",
		"another host":        "<sip:" + somebody + "@premium.example>",
		"another address":     "<sip:" + somebody + "@192.0.2.7>",
		"a ledger that fails": "<sip:" + somebody + "@%s>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(o *sip.Options) { o.Trunks[0].Sources = []string{"198.51.100.0/24"} })
			other := newFarEnd(t)
			h.carrier.script(func(c *farCall) {
				c.say(302, "Moved Temporarily", nil, "Contact: "+strings.ReplaceAll(contact, "%s", other.addr))
			})
			o, _ := h.order()
			o.Progress = func(_ context.Context, p call.Progress) error {
				if p.Stage == call.Moved {
					return errors.New("disk full")
				}
				return nil
			}
			_, err := h.Place(t.Context(), o)
			if f := failed(t, err); f.Disposition != campaigns.Failure || f.Evidence.Status != 302 || !strings.Contains(f.Evidence.Text, "redirect not followed") {
				t.Errorf("Place = %+v; want a failure by 302", f)
			}
			if other.rang() != 0 {
				t.Error("the redirect was followed")
			}
		})
	}
}
