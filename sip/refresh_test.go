package sip_test

import (
	"bytes"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/ivr"
	"careline/sip"
)

// A far end that is gone without a word is noticed by its signalling, also on
// hold, when nobody waits for its sound.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.SessionExpires, o.MinSE = time.Second, time.Second })
	c, line := h.answered(t)
	req := c.request(sipmsg.UPDATE)
	req.AppendHeader(c.contact())
	req.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	req.AppendHeader(sipmsg.NewHeader("Session-Expires", "1;refresher=uac"))
	res := h.carrier.do(req)
	if res == nil || res.StatusCode != sipmsg.StatusOK || res.GetHeader("Session-Expires") == nil {
		t.Fatalf("UPDATE got %v; want 200 with Session-Expires", res)
	}
	c.wait("our BYE", c.ended)
	if h := c.bye.GetHeader("Reason"); h == nil || h.Value() != `Q.850;cause=102;text="Session expired"` {
		t.Errorf("Reason of our BYE is %v", h)
	}
	<-line.Done()
	if line.Ending() != call.Broken {
		t.Errorf("Ending = %q; want %q", line.Ending(), call.Broken)
	}
}

// What refreshes a session says no more than was said before, under the same
// version. A far end that moves its sound by its answer is followed.
func TestSessionIsRefreshed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.SessionExpires, o.MinSE = 3*time.Second, time.Second })
	refreshed := make(chan *farCall, 9)
	h.carrier.script(func(c *farCall) {
		refreshed <- c
		c.pickUp()
	})
	c, line := h.answered(t)
	req := c.request(sipmsg.UPDATE)
	req.AppendHeader(c.contact())
	req.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	req.AppendHeader(sipmsg.NewHeader("Allow", "INVITE, ACK, BYE"))
	req.AppendHeader(sipmsg.NewHeader("Session-Expires", "3;refresher=uas"))
	if res := h.carrier.do(req); res == nil || res.StatusCode != sipmsg.StatusOK {
		t.Fatalf("UPDATE got %v; want 200", res)
	}
	for range 2 {
		again := next(t, "refresh", refreshed)
		if !bytes.Equal(again.invite.Body(), c.answer.Body()) {
			t.Errorf("refreshed with\n%s\nwant\n%s", again.invite.Body(), c.answer.Body())
		}
		again.wait("the ACK", again.acked)
		want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
		again.sound.hears(t, "the welcome", h.voice["welcome"])
	}
}
