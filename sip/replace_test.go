package sip_test

import (
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/ivr"
	"careline/sip"
)

// unconfirmed calls as dialWith does, and sends no ACK.
func (f *farEnd) unconfirmed(host, user, from string, headers ...string) (*farCall, int) {
	req := f.new(sipmsg.INVITE, "sip:"+user+"@"+host, "sip:"+from+"@"+f.addr, "sip:"+user+"@"+host)
	c := f.newCall(req.CallID().Value())
	c.invite = req
	req.SetBody(c.sdp())
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	for _, h := range headers {
		req.AppendHeader(sipmsg.NewHeader(cutHeader(h)))
	}
	if c.answer = f.authed(req); c.answer == nil {
		return c, 0
	}
	return c, c.answer.StatusCode
}

// A call that would take the place of another and is never confirmed takes
// nothing: who is on the line goes on hearing and being heard.
func TestReplacementIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	thief, status := h.carrier.unconfirmed(h.addr, "10086", "+8613800138001", replacesOf(c))
	if status != 200 {
		t.Fatalf("INVITE with Replaces: %d; want 200", status)
	}
	for range 2 { // while it may still be confirmed, and when it was given up
		want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
		c.sound.hears(t, "what the line plays", h.voice["welcome"])
		thief.wait("the BYE of who did not confirm", thief.ended)
	}
	if thief.sound.count() > 0 {
		t.Error("sound went to a call that was never confirmed")
	}
	start(t, line, gather(menu, "menu"))
	c.sound.press('5')
	want(t, event(t, line), ivr.Keys, "5")
	c.hangUp()
	next(t, "end of the line", line.Done())
}

// A call may be confirmed that shall take the place of another just when that is
// being hung up, by whichever side. It is not left without a line.
func TestReplacementMeetsTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for name, end := range map[string]func(*farCall, *sip.Line){
		"we hang up": func(c *farCall, l *sip.Line) {
			go l.Hangup(t.Context())
			c.wait("our BYE", c.ended)
		},
		"they hang up": func(c *farCall, _ *sip.Line) { c.hangUp() },
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				c, line := h.answered(t)
				other, status := h.carrier.unconfirmed(h.addr, "10086", "+8613800138001", replacesOf(c))
				if status != 200 {
					t.Fatalf("INVITE with Replaces: %d; want 200", status)
				}
				end(c, line)
				other.confirm(t)
				go line.Hangup(t.Context()) // where it was just in time
				other.wait("the BYE of a call without a line", other.ended)
				next(t, "end of the line", line.Done())
			}
		})
	}
}

// confirm sends the ACK of a call that was placed.
func (c *farCall) confirm(t *testing.T) {
	t.Helper()
	ack := c.request(sipmsg.ACK)
	ack.CSeq().SeqNo = c.invite.CSeq().SeqNo
	if err := c.f.client.WriteRequest(ack); err != nil {
		t.Errorf("send ACK: %v", err)
	}
}

// Of two calls that want the same place one gets it, and the other is hung up.
func TestTwoReplacements(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	calls := make([]*farCall, 2)
	for i := range calls {
		var status int
		if calls[i], status = h.carrier.unconfirmed(h.addr, "10086", "+8613800138001", replacesOf(c)); status != 200 {
			t.Fatalf("INVITE with Replaces: %d; want 200", status)
		}
		calls[i].sound.heed(calls[i].answer.Body())
	}
	calls[0].confirm(t)
	c.wait("our BYE", c.ended)
	calls[1].confirm(t)
	calls[1].wait("the BYE of the second", calls[1].ended)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	calls[0].sound.hears(t, "what the line plays", h.voice["welcome"])
	calls[0].hangUp()
	next(t, "end of the line", line.Done())
}

// An agent may go on with a call on another phone of theirs; a colleague may not
// take it from them.
func TestAgentGoesOnAtAnotherPhone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.onPhone(t)
	wang := newPhone(t, "wang", "geheim")
	wang.register(h.addr, "wang", 60)
	if _, status := wang.dialWith(t, h.addr, "202", "wang", replacesOf(c)); status != 403 {
		t.Errorf("a colleague takes the call: %d; want 403", status)
	}
	if _, status := h.carrier.dialWith(t, h.addr, "10086", "+8613800138001", replacesOf(c)); status != 403 {
		t.Errorf("a caller takes the agent's place: %d; want 403", status)
	}
	second := newPhone(t, "li", "secret")
	second.register(h.addr, "li", 60)
	next, status := second.dialWith(t, h.addr, "202", "li", replacesOf(c))
	if status != 200 {
		t.Fatalf("INVITE with Replaces: %d; want 200", status)
	}
	c.wait("our BYE", c.ended)
	referrals := make(chan *call.Referral, 1)
	go func() {
		r := <-line.Referrals()
		r.Refuse(t.Context(), call.Forbidden)
		referrals <- r
	}()
	if status := next.refer("sip:202@" + h.addr); status != 403 {
		t.Errorf("REFER from the other phone answered %d; want 403", status)
	}
	line.Hangup(t.Context())
	next.wait("our BYE", next.ended)
}
