package dialog_test

import (
	"errors"
	"strings"
	"testing"

	"careline/sip/dialog"
)

// waits is a call without an offer of ours.
func waits(t *testing.T, offers chan string) (p *peer, req msg, done <-chan result) {
	t.Helper()
	p, req, _, done = rings(t, func(i *dialog.Invite) { i.Offer, i.Handlers = nil, holds(offers) })
	if req.body != "" || req.get("Content-Type") != "" {
		t.Errorf("the INVITE is\n%s", req.raw)
	}
	return p, req, done
}

func TestInviteWithoutAnOffer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, req, done := waits(t, offers)
	p.ok(req, "a")
	ack := p.take("ACK")
	if ack.body != sdp("re") || ack.get("Content-Type") != "application/sdp" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	if got := get(t, "offer", offers); got != sdp("peer") {
		t.Errorf("Offer got %q; want the 200's", got)
	}
	answered(t, done)
	p.ok(req, "a")
	p.again(ack, 2) // with the answer, each time
}

// What cannot be talked on is confirmed, and hung up.
func TestInviteWithoutAnOfferThatFits(t *testing.T) {
	t.Parallel()
	for _, body := range []string{sdp("bad"), ""} {
		p, req, done := waits(t, make(chan string, 9))
		p.reply(req, "200 OK", "a", "Contact: <sip:callee@"+p.addr()+">", sdpType, "", body)
		if ack := p.take("ACK"); ack.body != "" {
			t.Errorf("ACK is\n%s", ack.raw)
		}
		bye := p.take("BYE")
		if !strings.HasPrefix(bye.get("Reason"), "Q.850;cause=88") {
			t.Errorf("BYE has Reason: %s", bye.get("Reason"))
		}
		p.reply(bye, "200 OK", "")
		if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || r.Code != 0 {
			t.Errorf("Invite = %+v; want cancelled", r)
		}
	}
}

// The offer may come in an 18x; its PRACK has the answer then, and the ACK none.
func TestOfferInReliableRinging(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, req, done := waits(t, offers)
	p.reliable(req, "183 Session Progress", "a", 1, sdpType, "", sdp("early"))
	if prack := p.prack("1 1 INVITE"); prack.body != sdp("re") {
		t.Errorf("PRACK is\n%s", prack.raw)
	}
	p.reliable(req, "180 Ringing", "a", 2)
	if prack := p.prack("2 1 INVITE"); prack.body != "" {
		t.Errorf("the second PRACK is\n%s", prack.raw)
	}
	p.reply(req, "200 OK", "a", "Contact: <sip:callee@"+p.addr()+">")
	if ack := p.take("ACK"); ack.body != "" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	if d := answered(t, done); string(d.RemoteSDP()) != sdp("early") || len(offers) != 1 {
		t.Errorf("RemoteSDP = %q after %d offers", d.RemoteSDP(), len(offers))
	}
}

func TestOfferInReliableRingingThatDoesNotFit(t *testing.T) {
	t.Parallel()
	p, req, done := waits(t, make(chan string, 9))
	p.reliable(req, "183 Session Progress", "a", 1, sdpType, "", sdp("bad"))
	p.prack("1 1 INVITE")
	p.reply(p.take("CANCEL"), "200 OK", "a")
	p.reply(req, "487 Request Terminated", "a")
	if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || r.Code != 487 {
		t.Errorf("Invite = %+v; want cancelled", r)
	}
}
