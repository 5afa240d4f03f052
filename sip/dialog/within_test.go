package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"careline/sip/dialog"
)

// asks are the requests that we send within a call. Each is run until the peer
// has answered.
var asks = []struct {
	method string
	send   func(context.Context, *dialog.Dialog)
}{
	{"INVITE", func(ctx context.Context, d *dialog.Dialog) { _, _ = d.ReInvite(ctx, []byte(sdp("changed"))) }},
	{"REFER", func(ctx context.Context, d *dialog.Dialog) {
		_ = d.Refer(ctx, dialog.Refer{Target: "sip:1@example.com"})
	}},
	{"BYE", func(ctx context.Context, d *dialog.Dialog) { _ = d.Bye(ctx, dialog.Reason{}) }},
}

// Each request within a call may be challenged, whoever has placed it, with a
// nonce of its own; each repeat has a CSeq of its own.
func TestRequestsWithinACallAreChallenged(t *testing.T) {
	t.Parallel()
	login := dialog.Credentials{User: "u", Password: "p"}
	for name, begin := range map[string]func(t *testing.T) (*peer, *dialog.Dialog){
		"placed": func(t *testing.T) (*peer, *dialog.Dialog) {
			t.Helper()
			p, _, d := placed(t, func(i *dialog.Invite) { i.Credentials = login })
			return p, d
		},
		"taken": func(t *testing.T) (*peer, *dialog.Dialog) {
			t.Helper()
			calls := make(chan inbound, 1)
			take := answering(calls, dialog.Handlers{})
			e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
				in.Credentials = login
				take(ctx, in)
			}})
			p := newPeer(t, e.Addr())
			s := p.caller("100")
			s.ack(p.final(s.invite()))
			return p, get(t, "call", calls).d
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, d := begin(t)
			last := 0
			for _, ask := range asks {
				done := make(chan bool)
				go func() {
					defer close(done)
					ask.send(t.Context(), d)
				}()
				nonce := unique("nonce-")
				req := p.take(ask.method)
				p.reply(req, "407 Proxy Authentication Required", "", `Proxy-Authenticate: Digest realm="r", qop="auth", nonce="`+nonce+`"`)
				again := p.take(ask.method)
				if !strings.Contains(again.get("Proxy-Authorization"), nonce) || branchOf(again) == branchOf(req) {
					t.Errorf("challenged %s is\n%s", ask.method, again.raw)
				}
				for _, m := range []msg{req, again} {
					if n := cseqOf(m); n <= last {
						t.Errorf("%s has CSeq %d after %d", ask.method, n, last)
					} else {
						last = n
					}
				}
				if ask.method == "INVITE" {
					p.ok(again, "")
					p.take("ACK", fmt.Sprint(last, " ACK"))
				} else {
					p.reply(again, "200 OK", "", "Refer-Sub: false")
				}
				get(t, "end of "+ask.method, done)
			}
		})
	}
}

func cseqOf(m msg) int {
	n, _ := strconv.Atoi(strings.Fields(m.get("CSeq"))[0])
	return n
}

// A transfer is told of after the hang-up as well: between a BYE and its repeat
// with credentials there may be a NOTIFY.
func TestByeIsChallengedWhileATransferIsTold(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, d := placed(t, func(i *dialog.Invite) {
		i.Credentials, i.Handlers = dialog.Credentials{User: "u", Password: "p"}, refers(referrals, over)
	})
	defer close(over)
	p.send(s.request("REFER", "Refer-To: <sip:1002@example.com>").raw)
	r := get(t, "referral", referrals)
	r.Accept(t.Context())
	p.reply(p.take("NOTIFY"), "200 OK", "")
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	r.Tell(t.Context(), 200, "OK")
	notify := p.take("NOTIFY")
	p.reply(notify, "200 OK", "")
	p.reply(bye, "401 Unauthorized", "", `WWW-Authenticate: Digest realm="r", nonce="n"`)
	again := p.take("BYE")
	p.reply(again, "200 OK", "")
	if a, b, c := cseqOf(bye), cseqOf(notify), cseqOf(again); a >= b || b >= c {
		t.Errorf("CSeq of BYE %d, NOTIFY %d, BYE again %d; want them to rise", a, b, c)
	}
}

// Who asks for a transfer may never confirm what it is told, or be gone. Nobody
// waits for that: a caller is to be joined.
func TestTransferDoesNotWaitForItsNews(t *testing.T) {
	t.Parallel()
	referrals, over := make(chan *dialog.Referral, 1), make(chan bool)
	p, s, _ := up(t, refers(referrals, over))
	defer close(over)
	p.send(s.request("REFER", "Refer-To: <sip:1002@example.com>").raw)
	r := get(t, "referral", referrals)
	r.Accept(t.Context()) // an answer to the NOTIFY is not awaited here
	r.Tell(t.Context(), 200, "OK")
	trying := p.take("NOTIFY") // the other one waits, as they would overtake each other
	p.none("NOTIFY")
	p.reply(trying, "200 OK", "")
	ok := p.take("NOTIFY")
	if ok.body != "SIP/2.0 200 OK\r\n" || cseqOf(ok) <= cseqOf(trying) {
		t.Errorf("NOTIFY after the first one is\n%s", ok.raw)
	}
	p.reply(ok, "200 OK", "")
	p.send(s.request("REFER", "Refer-To: <sip:1003@example.com>").raw)
	get(t, "another referral", referrals).Refuse(403, "Forbidden")
}

// A Refer-To can ask for any method (RFC 3515): BYE there would end calls.
func TestTransferByAnotherMethod(t *testing.T) {
	t.Parallel()
	p, s, _ := up(t, dialog.Handlers{Refer: func(_ context.Context, r *dialog.Referral) { r.Refuse(403, "Forbidden") }})
	for method, want := range map[string]int{"BYE": 400, "MESSAGE": 400, "invite": 403} {
		if res := s.do("REFER", "Refer-To: <sip:1002@example.com;method="+method+">"); res.code() != want {
			t.Errorf("REFER to %s got %s; want %d", method, res.start, want)
		}
	}
	p.none("NOTIFY")
}

// A peer that does not know the call any more is not transferred, and not called
// for either.
func TestTransferOfAForgottenCall(t *testing.T) {
	t.Parallel()
	p, _, d := up(t, dialog.Handlers{})
	refer, result := handed(t, p, d, dialog.Refer{Target: "sip:1@example.com"})
	p.reply(refer, "481 Call Does Not Exist", "")
	if err := get(t, "Refer", result); !errors.Is(err, dialog.ErrOver) || errors.Is(err, dialog.ErrNoRefer) {
		t.Errorf("Refer: %v; want ErrOver", err)
	}
	get(t, "Done", d.Done())
	if d.Ending().By != dialog.Vanished {
		t.Errorf("Ending = %+v", d.Ending())
	}
	p.reply(p.take("BYE"), "200 OK", "")
}

// Until the ACK brings the answer to an offer of ours, another offer would cross
// it (RFC 3311 section 5.2, RFC 3261 section 14.2).
func TestOfferWhileOursIsInAnAnswer(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{
		Offer:    func(context.Context, []byte) ([]byte, error) { return []byte(sdp("us")), nil },
		Answered: func([]byte) {},
	})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	body := []string{sdpType, "", sdp("peer")}
	for _, what := range []string{"first answer", "answer within the call"} {
		inv := s.request("INVITE")
		p.send(inv.raw)
		res := p.final(inv)
		s.other, s.uri = res.get("To"), addrSpec(res.get("Contact"))
		n := cseqOf(inv)
		for _, method := range []string{"UPDATE", "INVITE"} {
			again := s.request(method, body...)
			p.send(again.raw)
			got := p.final(again)
			if got.code() != 491 {
				t.Errorf("%s before the ACK of our %s got %s; want 491", method, what, got.start)
			}
			if method == "INVITE" {
				p.send(s.with("ACK", branchOf(again), cseqOf(again)).raw)
			}
		}
		p.send(s.with("ACK", unique("z9hG4bK-ack-"), n, body...).raw)
		if what == "first answer" {
			get(t, "call", calls)
		}
	}
	for range 20 { // the ACK may be handled after it
		if res := s.do("UPDATE", body...); res.code() == 200 {
			return
		}
	}
	t.Error("UPDATE after the ACK was not taken")
}
