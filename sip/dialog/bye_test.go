package dialog_test

import (
	"context"
	"errors"
	"testing"

	"careline/sip/dialog"
)

// placed is a call of the endpoint that the peer has answered.
func placed(t *testing.T, change func(*dialog.Invite)) (p *peer, s *side, d *dialog.Dialog) {
	t.Helper()
	e := start(t, dialog.Options{})
	p = newPeer(t, e.Addr())
	inv := to(p)
	if change != nil {
		change(&inv)
	}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.ok(req, "a")
	p.take("ACK")
	return p, p.callee(req, "a"), answered(t, done)
}

func TestByeOfThePeer(t *testing.T) {
	t.Parallel()
	p, s, d := placed(t, nil)
	if res := s.do("BYE", `Reason: Q.850;cause=16;text="normal"`); res.code() != 200 {
		t.Errorf("BYE got %s; want 200", res.start)
	}
	get(t, "Done", d.Done())
	if got := d.Ending(); got.By != dialog.ByRemote || got.Reason != (dialog.Reason{Q850: 16, Text: "normal"}) || got.At.IsZero() {
		t.Errorf("Ending = %+v", got)
	}
	if err := d.Bye(t.Context(), dialog.Reason{}); err != nil {
		t.Errorf("Bye of an ended call = %v; want nil", err)
	}
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("a second BYE got %s; want 200", res.start)
	}
	if res := s.do("INFO"); res.code() != 481 {
		t.Errorf("INFO in an ended call got %s; want 481", res.start)
	}
	p.none("BYE")
}

func TestByeOfOurs(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"200 OK", "481 Gone", "408 Timeout", "500 Oops"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			p, s, d := placed(t, nil)
			ended := make(chan error, 1)
			go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
			bye := p.take("BYE")
			get(t, "Done", d.Done())
			if d.Ending().By != dialog.ByUs {
				t.Errorf("Ending = %+v", d.Ending())
			}
			if bye.get("CSeq") != "2 BYE" || bye.get("Reason") != "" {
				t.Errorf("BYE is\n%s", bye.raw)
			}
			if res := s.do("BYE"); res.code() != 200 { // crosses ours
				t.Errorf("crossing BYE got %s", res.start)
			}
			p.again(bye, 3)
			p.reply(bye, status, "")
			if err := get(t, "Bye", ended); (err != nil) != (status == "500 Oops") {
				t.Errorf("Bye = %v", err)
			}
		})
	}
}

func TestByeToASilentPeer(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := d.Bye(ctx, dialog.Reason{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Bye = %v; want that ctx is over", err)
	}
	p.again(p.take("BYE"), 3) // it goes on

	_, _, d = placed(t, nil)
	if err := d.Bye(t.Context(), dialog.Reason{}); !errors.Is(err, dialog.ErrNoResponse) {
		t.Errorf("Bye = %v; want no response", err)
	}
}

func TestByeIsChallenged(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, func(i *dialog.Invite) { i.Credentials = dialog.Credentials{User: "u", Password: "p"} })
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	p.reply(bye, "407 Proxy Authentication Required", "", `Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=MD5`)
	again := p.take("BYE")
	if again.get("CSeq") != "3 BYE" || again.get("Proxy-Authorization") == "" || branchOf(again) == branchOf(bye) {
		t.Errorf("second BYE is\n%s", again.raw)
	}
	p.reply(again, "200 OK", "")
	if err := get(t, "Bye", ended); err != nil {
		t.Error(err)
	}
}

// A BYE right behind the 200 may be handled before it.
func TestByeOnTheHeelsOfTheAnswer(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	for range 50 {
		done := call(t.Context(), e, to(p))
		req := p.take("INVITE")
		s := p.callee(req, "a")
		bye := s.request("BYE", "Reason: Q.850;cause=31")
		p.ok(req, "a")
		p.send(bye.raw)
		if res := p.final(bye); res.code() != 200 {
			t.Fatalf("BYE got %s; want 200", res.start)
		}
		p.take("ACK")
		d := answered(t, done)
		get(t, "Done", d.Done())
		if d.Ending().By != dialog.ByRemote || d.Ending().Reason.Q850 != 31 {
			t.Fatalf("Ending = %+v", d.Ending())
		}
	}
	p.none("BYE")
}

// A caller may end a call that rings by BYE (RFC 3261 section 15).
func TestByeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	e, calls := takes(t)
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	in := get(t, "call", calls)
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	s.other = p.take("SIP/2.0 180").get("To")
	if res := s.do("BYE"); res.code() != 200 {
		t.Errorf("BYE got %s; want 200", res.start)
	}
	if res := p.final(inv); res.code() != 487 {
		t.Errorf("INVITE got %s; want 487", res.start)
	}
	get(t, "Done", in.Done())
}

func TestByeOfAnUnknownCall(t *testing.T) {
	t.Parallel()
	p, s, d := placed(t, nil)
	if res := p.caller("x").do("BYE"); res.code() != 481 {
		t.Errorf("BYE out of the blue got %s; want 481", res.start)
	}
	other := *s
	other.callID = "other"
	if res := other.do("BYE"); res.code() != 481 {
		t.Errorf("BYE of another Call-ID got %s; want 481", res.start)
	}
	select {
	case <-d.Done():
		t.Error("the call has ended")
	default:
	}
}

func TestCSeqOutOfOrder(t *testing.T) {
	t.Parallel()
	p, s, d := placed(t, nil)
	if res := s.do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	for _, method := range []string{"BYE", "INFO", "OPTIONS", "UPDATE", "INVITE"} {
		old := s.with(method, unique("z9hG4bK-old-"), 50)
		p.send(old.raw)
		if res := p.final(old); res.code() != 500 {
			t.Errorf("%s with a lower CSeq got %s; want 500", method, res.start)
		}
	}
	select {
	case <-d.Done():
		t.Error("the call has ended")
	default:
	}
}
