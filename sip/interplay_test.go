package sip_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/ivr"
	"careline/sip"
)

// offers sends a re-INVITE and returns what it is answered with.
func (c *farCall) offers(sdp []byte) *sipmsg.Response {
	c.f.t.Helper()
	req := c.request(sipmsg.INVITE)
	req.SetBody(sdp)
	req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	req.AppendHeader(c.contact())
	res := c.f.do(req)
	if res == nil {
		c.f.t.Fatal("re-INVITE was not answered")
	}
	return res
}

// A phone of IPv6 puts us on hold by the address of nobody, too.
func TestHoldByTheAddressOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouseFor(t, newFarEndAt(t, net.IPv6loopback), func(o *sip.Options) { o.Listen = "[::1]:0" })
	c, line := h.answered(t)
	exchanged(t, h, c, line)
	c.held(t, "c=IN IP6 ::1", "c=IN IP6 ::", "a=recvonly")
	c.sound.fallsSilent(t)
	c.reinvite(t, c.sdp())
	exchanged(t, h, c, line)
}

// A call whose sound goes by IPv4 cannot move to IPv6: the offer is refused, and
// all goes on as it was.
func TestOfferOfAnotherFamilyInTheCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	other := bytes.ReplaceAll(c.sdp(), []byte("IN IP4 127.0.0.1"), []byte("IN IP6 2001:db8::1"))
	if res := c.offers(other); res.StatusCode != 488 {
		t.Errorf("an offer of IPv6 in a call by IPv4 got %d; want 488", res.StatusCode)
	}
	exchanged(t, h, c, line)
}

// A phone that takes its registration back in the middle of a call goes on
// talking, and can hang up.
func TestPhoneUnregistersInACall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.onPhone(t)
	if res := c.f.register(h.addr, "li", 0); res == nil || res.StatusCode != 200 {
		t.Fatalf("REGISTER that takes it back: %v", res)
	}
	c.sound.heed(c.invite.Body())
	exchanged(t, h, c, line)
	c.hangUp()
	next(t, "end of the line", line.Done())
	if line.Ending() != call.ByCaller {
		t.Errorf("Ending = %q; want %q", line.Ending(), call.ByCaller)
	}
}

// Likewise in a call that it has placed.
func TestPhoneUnregistersInItsCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	li := newPhone(t, "li", "secret")
	li.register(h.addr, "li", 60)
	lines := make(chan call.Line, 1)
	go func() {
		in := <-h.codes
		l, err := in.Answer(t.Context(), in.Info())
		if err != nil {
			t.Error(err)
		}
		lines <- l
	}()
	c, status := li.dial(t, h.addr, "*1", "li")
	if status != 200 {
		t.Fatalf("call from the phone: %d", status)
	}
	line := next(t, "line", lines).(*sip.Line)
	li.register(h.addr, "li", 0)
	c.hangUp()
	next(t, "end of the line", line.Done())
}

// Who listens in knows all names of a call. From where nobody is known nothing is
// read all the same, and from elsewhere no sound is moved.
func TestStrangerWhoKnowsTheCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	stranger := newFarEnd(t)
	mine := stranger.newCall(c.id)
	done := make(chan bool)
	for _, method := range []sipmsg.RequestMethod{sipmsg.BYE, sipmsg.INVITE, sipmsg.UPDATE, sipmsg.REFER, sipmsg.INFO, sipmsg.CANCEL} {
		req := c.request(method)
		req.AppendHeader(sipmsg.NewHeader("Contact", "<sip:far@"+stranger.addr+">"))
		if method == sipmsg.REFER {
			req.AppendHeader(sipmsg.NewHeader("Refer-To", "<sip:+8613900000000@"+h.addr+">"))
		} else if method != sipmsg.BYE && method != sipmsg.CANCEL {
			req.SetBody(mine.sdp())
			req.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		}
		go func() {
			if res := stranger.do(req); res != nil {
				t.Errorf("a stranger's %s got %d; want no answer", method, res.StatusCode)
			}
			done <- true
		}()
	}
	exchanged(t, h, c, line)
	for range 6 {
		next(t, "end of the stranger's request", done)
	}
	exchanged(t, h, c, line)
	if mine.sound.count() > 0 {
		t.Error("sound went to a stranger")
	}
	c.hangUp()
	next(t, "end of the line", line.Done())
}

// A phone may put its caller on hold and hang up; a refresh of the session
// meanwhile keeps them on hold.
func TestRefreshOnHold(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.SessionExpires, o.MinSE = 2*time.Second, time.Second })
	refreshed := make(chan *farCall, 9)
	c, line := h.answered(t)
	h.carrier.script(func(again *farCall) {
		refreshed <- again
		again.say(200, "OK", bytes.Replace(c.sdp(), []byte("a=sendrecv"), []byte("a=sendonly"), 1))
	})
	req := c.request(sipmsg.UPDATE)
	req.AppendHeader(c.contact())
	req.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	req.AppendHeader(sipmsg.NewHeader("Allow", "INVITE, ACK, BYE"))
	req.AppendHeader(sipmsg.NewHeader("Session-Expires", "2;refresher=uas"))
	if res := h.carrier.do(req); res == nil || res.StatusCode != sipmsg.StatusOK {
		t.Fatalf("UPDATE got %v; want 200", res)
	}
	c.held(t, "a=sendrecv", "a=sendonly", "a=recvonly")
	again := next(t, "refresh", refreshed)
	if !bytes.Contains(again.invite.Body(), []byte("a=recvonly")) {
		t.Errorf("refreshed on hold with\n%s", again.invite.Body())
	}
	c.sound.fallsSilent(t)
	start(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")})
	c.reinvite(t, c.sdp())
	want(t, event(t, line), ivr.Played, "")
	c.sound.hearsWithPauses(t, h.voice["welcome"])
}
