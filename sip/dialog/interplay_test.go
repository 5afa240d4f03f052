package dialog_test

import (
	"context"
	"errors"
	"testing"

	"careline/sip/dialog"
)

// A call may be given up while a PRACK of ours is on its way: its CANCEL does not
// wait for that, and both come to their end.
func TestCancelWhilePrackIsPending(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	ctx, stop := cancellable(t)
	done := call(ctx, e, to(p))
	req := p.take("INVITE")
	p.reliable(req, "183 Session Progress", "a", 1, sdpType, "", sdp("early"))
	prack := p.take("PRACK")
	stop()
	cancel := p.take("CANCEL")
	p.reply(cancel, "200 OK", "a")
	p.reply(req, "487 Request Terminated", "a")
	p.take("ACK")
	if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || !r.Rang {
		t.Errorf("Invite = %+v; want ErrCancelled, after ringing", r)
	}
	p.again(prack, 2) // it is said until it was heard
	p.reply(prack, "200 OK", "")
	p.none("BYE")
}

// While a transfer is under way the session goes on: it is refreshed, and may be
// put on hold, as phones do with who is transferred.
func TestRefreshAndHoldDuringATransfer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, s, d := upWith(t, holds(offers), brief, "Supported: timer", "Session-Expires: 1;refresher=uas", "Allow: INVITE, ACK, BYE, UPDATE, REFER, NOTIFY")
	refer, result := handed(t, p, d, dialog.Refer{Target: "sip:1@example.com"})
	p.reply(refer, "202 Accepted", "")
	last := cseqOf(refer)
	for range 2 {
		req := p.take("UPDATE")
		if n := cseqOf(req); n <= last {
			t.Errorf("UPDATE has CSeq %d after %d", n, last)
		} else {
			last = n
		}
		p.reply(req, "200 OK", "", "Session-Expires: 1;refresher=uac", "Require: timer")
		hold := s.invite()
		res := p.final(hold)
		if res.code() != 200 {
			t.Errorf("hold during a transfer got %s", res.start)
		}
		s.ack(res)
	}
	if res := s.do("NOTIFY", "Event: refer", "Subscription-State: terminated;reason=noresource", "Content-Type: message/sipfrag", "", "SIP/2.0 200 OK\n"); res.code() != 200 {
		t.Errorf("NOTIFY got %s", res.start)
	}
	if err := get(t, "Refer", result); err != nil {
		t.Errorf("Refer: %v", err)
	}
}

// The peer may ask for a transfer while an offer of ours is not answered: neither
// waits for the other.
func TestTransferWhileOurOfferIsPending(t *testing.T) {
	t.Parallel()
	p, s, d := up(t, dialog.Handlers{Refer: func(ctx context.Context, r *dialog.Referral) {
		r.Accept(ctx)
		r.Tell(ctx, 200, "OK")
	}})
	changed := make(chan error, 1)
	go func() {
		_, err := d.ReInvite(t.Context(), []byte(sdp("changed")))
		changed <- err
	}()
	inv := p.take("INVITE")
	p.reply(inv, "100 Trying", "")
	if res := s.do("REFER", "Refer-To: <sip:1002@example.com>"); res.code() != 202 {
		t.Errorf("REFER got %s", res.start)
	}
	for range 2 {
		p.reply(p.take("NOTIFY"), "200 OK", "")
	}
	p.ok(inv, "")
	p.take("ACK")
	if err := get(t, "ReInvite", changed); err != nil {
		t.Error(err)
	}
}

// A hang-up in the middle of all that ends it all, once.
func TestHangUpInTheMiddle(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, d := up(t, refers(referrals, over))
	p.send(s.request("REFER", "Refer-To: <sip:1002@example.com>").raw)
	r := get(t, "referral", referrals)
	r.Accept(t.Context())
	p.reply(p.take("NOTIFY"), "200 OK", "")
	changed := make(chan error, 1)
	go func() {
		_, err := d.ReInvite(t.Context(), []byte(sdp("changed")))
		changed <- err
	}()
	inv := p.take("INVITE")
	p.reply(inv, "100 Trying", "")
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	p.reply(bye, "200 OK", "")
	if err := get(t, "ReInvite", changed); !errors.Is(err, dialog.ErrOver) {
		t.Errorf("ReInvite = %v; want ErrOver", err)
	}
	p.ok(inv, "") // it crosses: it is confirmed, and no second BYE follows
	p.take("ACK")
	close(over)
	if n := p.take("NOTIFY"); n.body != "SIP/2.0 500 Server Internal Error\r\n" {
		t.Errorf("NOTIFY says %q", n.body)
	} else {
		p.reply(n, "200 OK", "")
	}
	p.none("BYE")
}
