package sip_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/sip"
)

// refer asks for a transfer within the call.
func (c *farCall) refer(to string) int {
	c.f.t.Helper()
	req := c.request(sipmsg.REFER)
	req.AppendHeader(sipmsg.NewHeader("Refer-To", "<"+to+">"))
	req.AppendHeader(sipmsg.NewHeader("Contact", "<sip:far@"+c.f.addr+">"))
	res := c.f.do(req)
	if res == nil {
		return 0
	}
	return res.StatusCode
}

// onPhone is a call that is up on li's phone.
func (h *house) onPhone(t *testing.T) (*farCall, *sip.Line) {
	t.Helper()
	li := newPhone(t, "li", "secret")
	calls := make(chan *farCall, 1)
	li.script(func(c *farCall) {
		calls <- c
		answers(c)
	})
	li.register(h.addr, "li", 60)
	line, err := h.Place(t.Context(), call.Order{Phone: "li", Ring: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return next(t, "call", calls), line.(*sip.Line)
}

func TestPhoneAsksForATransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.onPhone(t)
	referrals := make(chan *call.Referral, 1)
	go func() {
		r := <-line.Referrals()
		r.Accept(t.Context())
		r.Done(t.Context(), &call.Failure{Disposition: campaigns.Busy, Evidence: campaigns.Evidence{Status: 486, Text: "Busy Here"}})
		referrals <- r
	}()
	if status := c.refer("sip:202@" + h.addr); status != 202 {
		t.Errorf("REFER answered %d; want 202", status)
	}
	if r := next(t, "transfer", referrals); r.To != "202" || r.Other != "" {
		t.Errorf("Referral = %+v", r)
	}
	for _, want := range []string{"SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"} {
		if n := next(t, "NOTIFY", c.f.notes); strings.TrimSpace(string(n.Body())) != want {
			t.Errorf("NOTIFY says %q; want %q", n.Body(), want)
		}
	}
	line.Hangup(t.Context())
}

func TestTransferWithNobodyOnTheOtherSide(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.onPhone(t)
	if status := c.refer("sip:202@" + h.addr); status != 480 {
		t.Errorf("REFER answered %d; want 480", status)
	}
	if status := c.refer("sip:202@" + h.addr + "?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db"); status != 481 {
		t.Errorf("REFER that names no call answered %d; want 481", status)
	}
	line.Hangup(t.Context())
}

// A transfer that a caller asks for would place calls for strangers.
func TestCallerByATrunkAsksForATransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	before := h.carrier.rang()
	if status := c.refer("sip:+8613900000000@" + h.addr); status != 603 {
		t.Errorf("REFER answered %d; want 603", status)
	}
	if h.carrier.rang() != before {
		t.Error("a call was placed")
	}
	line.Hangup(t.Context())
}

func TestAttendedTransferNamesTheOtherLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.onPhone(t)
	other := make(chan call.Line, 1)
	go func() {
		in := next(t, "call to a colleague", h.codes)
		l, err := in.Answer(t.Context(), in.Info())
		if err != nil {
			t.Error(err)
		}
		other <- l
	}()
	aside, status := c.f.dial(t, h.addr, "202", "li")
	if status != 200 {
		t.Fatalf("call to 202: %d", status)
	}
	second := next(t, "line", other).(*sip.Line)
	named := make(chan string, 1)
	go func() {
		r := <-line.Referrals()
		named <- r.Other
		r.Refuse(t.Context(), call.Forbidden)
	}()
	to, _ := aside.answer.To().Params.Get("tag")
	from, _ := aside.invite.From().Params.Get("tag")
	if status := c.refer("sip:202@" + h.addr + "?Replaces=" + aside.id + "%3Bto-tag%3D" + to + "%3Bfrom-tag%3D" + from); status != 403 {
		t.Errorf("REFER answered %d; want 403", status)
	}
	if got := next(t, "the other call", named); got != second.ID() {
		t.Errorf("Other = %s; want %s", got, second.ID())
	}
	second.Hangup(t.Context())
	line.Hangup(t.Context())
}

func TestCarrierIsAskedForATransfer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	result := make(chan error, 1)
	go func() { result <- line.Refer(t.Context(), somebody) }()
	req := next(t, "REFER", h.carrier.refers)
	if to := req.GetHeader("Refer-To").Value(); !strings.Contains(to, string(somebody)+"@"+h.carrier.addr) {
		t.Errorf("Refer-To: %s", to)
	}
	n := c.request(sipmsg.NOTIFY)
	n.AppendHeader(sipmsg.NewHeader("Event", "refer"))
	n.AppendHeader(sipmsg.NewHeader("Subscription-State", "terminated;reason=noresource"))
	n.AppendHeader(sipmsg.NewHeader("Content-Type", "message/sipfrag"))
	n.SetBody([]byte("SIP/2.0 200 OK\r\n"))
	if res := h.carrier.do(n); res == nil || res.StatusCode != 200 {
		t.Errorf("NOTIFY answered %v", res)
	}
	if err := next(t, "Refer", result); err != nil {
		t.Errorf("Refer = %v; want nil", err)
	}
	h.carrier.refuses(405)
	if err := line.Refer(t.Context(), somebody); !errors.Is(err, call.ErrNoRefer) {
		t.Errorf("Refer to a carrier that takes none = %v; want ErrNoRefer", err)
	}
	var f *call.Failure
	if err := line.Refer(t.Context(), "+99999"); !errors.As(err, &f) || f.Sent {
		t.Errorf("Refer to a number that the trunk does not permit = %v; want a failure, and nothing sent", err)
	}
	line.Hangup(t.Context())
}

func TestFlowDialsThroughTheQueue(t *testing.T) {
	t.Parallel()
	q := &desk{seen: make(chan call.Waiting, 1), kind: ivr.Busy}
	h := newHouse(t, func(o *sip.Options) { o.Queue = q })
	_, line := h.answered(t)
	want(t, do(t, line, ivr.Action{Kind: ivr.Dial, Dial: &ivr.DialSpec{Number: "1"}}), ivr.Busy, "")
	if w := <-q.seen; w.Trunk != "east" {
		t.Errorf("Waiting = %+v; want the trunk that the call came by", w)
	}
	line.Hangup(context.WithoutCancel(t.Context()))
}

func TestCallTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, line := h.answered(t)
	stranger := newPhone(t, "li", "secret")
	stranger.register(h.addr, "li", 60)
	replaces := replacesOf(c)
	if _, status := stranger.dialWith(t, h.addr, "10086", "li", replaces); status != 403 {
		t.Errorf("another's call was to be replaced: %d; want 403", status)
	}
	next, status := h.carrier.dialWith(t, h.addr, "10086", "+8613800138001", replaces)
	if status != 200 {
		t.Fatalf("INVITE with Replaces: %d; want 200", status)
	}
	c.wait("our BYE", c.ended)
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("welcome")}), ivr.Played, "")
	next.sound.hears(t, "what the line plays", h.voice["welcome"])
	next.hangUp()
	want(t, event(t, line), ivr.HungUp, "")
}

// replacesOf is the header that names a call of the far end's, as its other side
// sees it.
func replacesOf(c *farCall) string {
	from, _ := c.invite.From().Params.Get("tag")
	if c.tx != nil { // we were called: our tag is theirs to name
		return "Replaces: " + c.id + ";to-tag=" + from + ";from-tag=" + c.tag
	}
	to, _ := c.answer.To().Params.Get("tag")
	return "Replaces: " + c.id + ";to-tag=" + to + ";from-tag=" + from
}

func TestCarrierIsAskedToConnectTwoCalls(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].HandOver = true })
	_, caller := h.answered(t)
	c, branch := h.answered(t)
	result := make(chan error, 1)
	go func() { result <- caller.HandTo(t.Context(), branch) }()
	req := next(t, "REFER", h.carrier.refers)
	named := strings.TrimPrefix(replacesOf(c), "Replaces: ")
	// The carrier reads the tags the other way round: it is asked to replace us.
	parts := strings.Split(named, ";")
	theirs := parts[0] + ";to-tag=" + strings.TrimPrefix(parts[2], "from-tag=") + ";from-tag=" + strings.TrimPrefix(parts[1], "to-tag=")
	if to, _ := url.QueryUnescape(req.GetHeader("Refer-To").Value()); !strings.Contains(to, "Replaces="+theirs) {
		t.Errorf("Refer-To: %s; want Replaces=%s", to, theirs)
	}
	branch.Hangup(t.Context())
	caller.Hangup(t.Context())
	if err := next(t, "HandTo", result); err != nil {
		t.Errorf("HandTo = %v; want nil: the call is over, after 202", err)
	}
}

func TestCallsAreHandedOverToTheirCarrierAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	_, caller := h.answered(t)
	_, branch := h.answered(t)
	if err := caller.HandTo(t.Context(), branch); !errors.Is(err, call.ErrNoRefer) {
		t.Errorf("HandTo on a trunk that is not set up for it = %v; want ErrNoRefer", err)
	}
	branch.Hangup(t.Context())
	caller.Hangup(t.Context())
}
