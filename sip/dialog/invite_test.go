package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/dialog"
)

func TestInviteIsAnswered(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Headers = []sipmsg.Header{sipmsg.NewHeader("X-Campaign", "expiry")}
	sent, rang := make(chan bool, 1), make(chan dialog.Ringing, 9)
	inv.OnSent = func(context.Context) error { sent <- true; return nil }
	inv.OnRinging = func(_ context.Context, r dialog.Ringing) error { rang <- r; return nil }
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	get(t, "OnSent", sent)
	checkInvite(t, e, p, inv, req)
	p.reply(req, "100 Trying", "")
	p.reply(req, "180 Ringing", "a")
	if r := get(t, "OnRinging", rang); r.Code != 180 || r.ToTag != "a" || r.SDP != nil {
		t.Errorf("OnRinging got %+v; want 180 of tag a without media", r)
	}
	p.ok(req, "a")
	ack := p.take("ACK")
	if got, want := ack.start, "ACK sip:callee@"+p.addr()+" SIP/2.0"; got != want {
		t.Errorf("ACK goes to %q; want %q, the Contact of the answer", got, want)
	}
	if ack.get("CSeq") != "1 ACK" || toTag(ack) != "a" || branchOf(ack) == branchOf(req) {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	d := answered(t, done)
	if string(d.RemoteSDP()) != sdp("peer") {
		t.Errorf("RemoteSDP = %q; want the answer", d.RemoteSDP())
	}
	if leg := d.Leg(); leg.ToTag != "a" || leg.Remote != "sip:callee@"+p.addr() || leg.CallID != inv.Leg.CallID {
		t.Errorf("Leg = %+v", leg)
	}
}

// An answer is confirmed only when it was told of, so that it can be stored
// before, and from then on each time that it comes.
func TestAnswerIsToldBeforeItIsConfirmed(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	told, stored := make(chan *dialog.Dialog, 1), make(chan bool)
	inv.OnAnswer = func(_ context.Context, d *dialog.Dialog) { told <- d; <-stored }
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.ok(req, "a")
	d := get(t, "OnAnswer", told)
	if leg := d.Leg(); leg.ToTag != "a" || leg.Remote != "sip:callee@"+p.addr() || string(d.RemoteSDP()) != sdp("peer") {
		t.Errorf("OnAnswer got %+v; want the whole answer", leg)
	}
	p.ok(req, "a")
	p.ok(req, "b") // another callee, who is hung up
	if bye := p.take("BYE"); toTag(bye) != "b" || toTag(p.take("ACK")) != "b" {
		t.Errorf("the second callee got\n%s", bye.raw)
	} else {
		p.reply(bye, "200 OK", "")
	}
	p.none("ACK")
	close(stored)
	ack := p.take("ACK")
	if toTag(ack) != "a" || answered(t, done) != d {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	p.ok(req, "a")
	p.again(ack, 2)
}

func checkInvite(t *testing.T, e *dialog.Endpoint, p *peer, inv dialog.Invite, req msg) {
	t.Helper()
	us := e.Addr().String()
	for name, want := range map[string]string{
		"Call-ID": inv.Leg.CallID, "CSeq": "1 INVITE", "Max-Forwards": "70", "X-Campaign": "expiry",
		"From":         `"Care \"line\" \\ 客服" <sip:1000@127.0.0.1>;tag=` + inv.Leg.FromTag,
		"To":           "<sip:callee@" + p.addr() + ">",
		"Contact":      "<sip:1000@" + us + ">",
		"Via":          "SIP/2.0/UDP " + us + ";branch=" + inv.Leg.Branch + ";rport",
		"Content-Type": "application/sdp", "Content-Length": fmt.Sprint(len(sdp("us"))),
	} {
		if got := req.get(name); got != want {
			t.Errorf("%s: %s; want %s", name, got, want)
		}
	}
	if req.start != "INVITE "+inv.Leg.Target+" SIP/2.0" || req.body != sdp("us") {
		t.Errorf("INVITE is\n%s", req.raw)
	}
}

// More than ten provisional responses make sipgo's own dialog give up.
func TestInviteTakesAnyNumberOfProvisionals(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	for i := range 40 {
		p.reply(req, "183 Session Progress", fmt.Sprint("fork", i%4))
	}
	p.ok(req, "fork3")
	p.take("ACK")
	answered(t, done)
}

func TestInviteTellsOfEachEarlyDialogOnce(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	rang := make(chan string, 99)
	inv.OnRinging = func(_ context.Context, r dialog.Ringing) error {
		rang <- fmt.Sprint(r.Code, r.ToTag, len(r.SDP) > 0)
		return nil
	}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	for _, step := range []struct{ status, tag, media, want string }{
		{"180 Ringing", "a", "", "180afalse"},
		{"183 Session Progress", "b", sdp("early"), "183btrue"},
		{"183 Session Progress", "a", sdp("early"), "183atrue"},
		{"182 Queued", "c", "", "182cfalse"},
	} {
		for range 2 { // the second one says nothing new
			p.reply(req, step.status, step.tag, sdpType, "", step.media)
		}
		if got := get(t, "OnRinging", rang); got != step.want {
			t.Errorf("OnRinging got %s; want %s", got, step.want)
		}
	}
	p.reply(req, "486 Busy Here", "a")
	refused(t, done)
	if len(rang) > 0 {
		t.Errorf("OnRinging was called again: %s", <-rang)
	}
}

func TestInviteIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, ring string
		more         []string
		want         dialog.RefusedError
	}{
		{status: "486 Busy Here", want: dialog.RefusedError{Code: 486, Reason: "Busy Here"}},
		{status: "486 Busy Here", ring: "180 Ringing", want: dialog.RefusedError{Code: 486, Reason: "Busy Here", Rang: true}},
		{status: "302 Moved", ring: "100 Trying", more: []string{"Contact: <sip:x@192.0.2.1>"}, want: dialog.RefusedError{Code: 302, Reason: "Moved"}},
		{
			status: "480 Temporarily Unavailable", ring: "183 Session Progress",
			more: []string{`Reason: SIP;cause=480;text="x", Q.850 ; cause=20 ; text="absent, \"sub\""`},
			want: dialog.RefusedError{Code: 480, Reason: "Temporarily Unavailable", Q850: 20, Text: `absent, "sub"`, Why: `SIP;cause=480;text="x", Q.850 ; cause=20 ; text="absent, \"sub\""`, Rang: true},
		},
		{status: "503 Service Unavailable", more: []string{"Retry-After: 7 (soon)"}, want: dialog.RefusedError{Code: 503, Reason: "Service Unavailable", RetryAfter: 7e9}},
		{status: "603", want: dialog.RefusedError{Code: 603}},
	} {
		t.Run(tt.status, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			done := call(t.Context(), e, to(p))
			req := p.take("INVITE")
			if tt.ring != "" {
				p.reply(req, tt.ring, "a")
			}
			p.reply(req, tt.status+" ", "a", tt.more...)
			ack := p.take("ACK")
			if branchOf(ack) != branchOf(req) {
				t.Errorf("ACK of a refusal has branch %s; want the INVITE's %s", branchOf(ack), branchOf(req))
			}
			tt.want.Sent, tt.want.Heard = true, true
			got := *refused(t, done)
			got.Reason = strings.TrimSpace(got.Reason)
			if got != tt.want {
				t.Errorf("Invite = %+v; want %+v", got, tt.want)
			}
			p.reply(req, tt.status+" ", "a", tt.more...) // as if the ACK had been lost
			p.again(ack, 2)
		})
	}
}

// The ringing counts even when the goroutine of the refusal is faster.
func TestInviteRangBeforeARefusalOnItsHeels(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	for range 30 {
		done := call(t.Context(), e, to(p))
		req := p.take("INVITE")
		p.reply(req, "180 Ringing", "a")
		p.reply(req, "486 Busy Here", "a")
		if r := refused(t, done); !r.Rang || r.Code != 486 {
			t.Fatalf("Invite = %+v; want Rang and 486", r)
		}
	}
}

func TestInviteWithoutAnyResponse(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.again(req, 4) // T1 doubling
	r := refused(t, done)
	if !errors.Is(r, dialog.ErrNoResponse) || errors.Is(r, dialog.ErrNotSent) || !r.Sent || r.Heard || r.Code != 0 {
		t.Errorf("Invite = %+v; want no response, sent", r)
	}
	p.none("CANCEL")
}

func TestInviteThatCannotBeSent(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	for name, change := range map[string]func(*dialog.Invite){
		"target":    func(i *dialog.Invite) { i.Leg.Target = "sip:" },
		"scheme":    func(i *dialog.Invite) { i.Leg.Target = "tel:+4412345" },
		"line":      func(i *dialog.Invite) { i.Leg.Target += "\r\nX: y" },
		"transport": func(i *dialog.Invite) { i.Leg.Target += ";transport=sctp" },
		"tag":       func(i *dialog.Invite) { i.Leg.FromTag = "" },
		"route":     func(i *dialog.Invite) { i.Route = "nowhere.invalid:5060" },
		"size":      func(i *dialog.Invite) { i.Offer = make([]byte, 60000) },
		"header":    func(i *dialog.Invite) { i.Headers = []sipmsg.Header{sipmsg.NewHeader("X", "a\r\nVia: b")} },
		"tcp":       func(i *dialog.Invite) { i.Leg.Target, i.Route = "sip:x@127.0.0.1:1;transport=tcp", "" },
	} {
		inv := to(p)
		inv.OnSent = func(context.Context) error { t.Errorf("%s: OnSent was called", name); return nil }
		change(&inv)
		r := refused(t, call(t.Context(), e, inv))
		if !errors.Is(r, dialog.ErrNotSent) || r.Sent {
			t.Errorf("%s: Invite = %+v; want ErrNotSent", name, r)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r := refused(t, call(ctx, e, to(p))); !errors.Is(r, dialog.ErrNotSent) || !errors.Is(r, context.Canceled) {
		t.Errorf("Invite with an ended ctx = %+v; want ErrNotSent", r)
	}
	p.none("INVITE")
}

func TestInviteTwiceWithOneIdentity(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	if r := refused(t, call(t.Context(), e, inv)); !errors.Is(r, dialog.ErrNotSent) {
		t.Errorf("second Invite = %+v; want ErrNotSent", r)
	}
	p.ok(req, "a")
	p.take("ACK")
	answered(t, done)
}

// A 200 from each fork: the first is the call; the others are confirmed with
// their own tag and hung up. sipgo confirms the second with the first one's.
func TestInviteAnsweredByTwoForks(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	other := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.ok(req, "a")
	p.take("ACK")
	d := answered(t, done)
	second := other.response(req, "200 OK", "b", "Contact: <sip:second@"+other.addr()+">", sdpType, "", sdp("b"))
	p.send(second)
	if ack := other.take("ACK"); toTag(ack) != "b" {
		t.Errorf("second fork got an ACK for tag %q; want b", toTag(ack))
	}
	bye := other.take("BYE")
	if toTag(bye) != "b" || bye.start != "BYE sip:second@"+other.addr()+" SIP/2.0" {
		t.Errorf("second fork got\n%s", bye.raw)
	}
	other.reply(bye, "200 OK", "")
	p.none("BYE")
	select {
	case <-d.Done():
		t.Error("the first fork's call has ended")
	default:
	}
}

// An answer is confirmed each time that it comes, also after the transaction.
func TestInviteConfirmsEachRepetition(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.ok(req, "a")
	ack := p.take("ACK")
	d := answered(t, done)
	for n := 2; n < 5; n++ {
		p.ok(req, "a")
		p.again(ack, n)
	}
	late := dialog.NewLeg(p.target("x")) // a call that is given up after 64*T1 tells that the first transaction is over
	inv := to(p)
	inv.Leg = late
	refused(t, call(t.Context(), e, inv))
	p.ok(req, "a")
	p.again(ack, 5)
	if d.Leg().ToTag != "a" {
		t.Errorf("Leg = %+v", d.Leg())
	}
	p.none("BYE")
}

func TestInviteFollowsRecordRoute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, near, wantURI, lastRoute string }{
		{"loose", ";lr", "sip:callee@192.0.2.9", ""},
		{"strict", "", "", "<sip:callee@192.0.2.9>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			done := call(t.Context(), e, to(p))
			req := p.take("INVITE")
			near, far := "sip:"+p.addr()+tt.near, "sip:192.0.2.8;lr"
			p.reply(req, "200 OK", "a", "Record-Route: <"+far+">, <"+near+">", "Contact: <sip:callee@192.0.2.9>", sdpType, "", sdp("x"))
			wantURI, want := tt.wantURI, []string{"<" + near + ">", "<" + far + ">"}
			if tt.name == "strict" {
				wantURI, want = near, []string{"<" + far + ">", tt.lastRoute}
			}
			check := func(m msg, method string) {
				t.Helper()
				if m.start != method+" "+wantURI+" SIP/2.0" || fmt.Sprint(m.all("Route")) != fmt.Sprint(want) {
					t.Errorf("%s\nRoute %q; want %s with Route %q", m.start, m.all("Route"), wantURI, want)
				}
			}
			check(p.take("ACK"), "ACK")
			d := answered(t, done)
			ended := make(chan error, 1)
			go func() { ended <- d.Bye(t.Context(), dialog.Reason{Q850: 16, Text: "Normal"}) }()
			bye := p.take("BYE")
			check(bye, "BYE")
			if got, want := bye.get("Reason"), `Q.850;cause=16;text="Normal"`; got != want {
				t.Errorf("Reason: %s; want %s", got, want)
			}
			p.reply(bye, "200 OK", "")
			if err := get(t, "Bye", ended); err != nil {
				t.Error(err)
			}
		})
	}
}

// A phone behind NAT gives a Contact that cannot be reached; its requests go
// where its own came from.
func TestInviteOfAPhoneBehindNAT(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	p.reply(req, "200 OK", "a", "Contact: <sip:callee@0.0.0.0:5060>", sdpType, "", sdp("x"))
	if ack := p.take("ACK"); ack.start != "ACK sip:callee@0.0.0.0:5060 SIP/2.0" {
		t.Errorf("got %s", ack.start)
	}
	answered(t, done)
}

// A callback that takes its time, as the ledger may, must not hold up the
// transaction: sipgo's stands still, with its lock held, until it is read.
func TestInviteGoesOnDuringACallback(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	acked := make(chan bool)
	inv.OnRinging = func(context.Context, dialog.Ringing) error {
		<-acked
		return nil
	}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	for i := range 20 {
		p.reply(req, "180 Ringing", fmt.Sprint("fork", i))
	}
	p.ok(req, "a")
	p.take("ACK")
	close(acked)
	answered(t, done)
}
