package sip_test

import (
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
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
