package dialog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"careline/sip/dialog"
)

func TestCancelAfterRinging(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		inv  func(*dialog.Invite, context.CancelFunc)
		want error
	}{
		{"ring", func(i *dialog.Invite, _ context.CancelFunc) { i.Ring = time.Millisecond }, dialog.ErrNoAnswer},
		{"ctx", func(i *dialog.Invite, stop context.CancelFunc) {
			i.OnRinging = func(context.Context, dialog.Ringing) error { stop(); return nil }
		}, dialog.ErrCancelled},
		{"callback", func(i *dialog.Invite, _ context.CancelFunc) {
			i.OnRinging = func(context.Context, dialog.Ringing) error { return errors.New("ledger is gone") }
		}, dialog.ErrCancelled},
		{"sent", func(i *dialog.Invite, _ context.CancelFunc) {
			i.OnSent = func(context.Context) error { return errors.New("ledger is gone") }
		}, dialog.ErrCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{})
			p := newPeer(t, e.Addr())
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			inv := to(p)
			tt.inv(&inv, stop)
			done := call(ctx, e, inv)
			req := p.take("INVITE")
			p.reply(req, "180 Ringing", "a")
			cancel := p.take("CANCEL")
			checkCancel(t, cancel, req)
			p.reply(cancel, "200 OK", "a")
			p.reply(req, "487 Request Terminated", "a")
			p.take("ACK")
			if r := refused(t, done); !errors.Is(r, tt.want) || r.Code != 487 || !r.Rang {
				t.Errorf("Invite = %+v; want %v with 487", r, tt.want)
			}
		})
	}
}

// What was given up while it was challenged is not sent again, and the
// challenge is not how it ended.
func TestCancelOfAChallengedCall(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Credentials = dialog.Credentials{User: "u", Password: "p"}
	ready, challenged := make(chan bool), make(chan bool)
	inv.OnSent = func(context.Context) error {
		close(ready)
		<-challenged
		return errors.New("ledger is gone")
	}
	done := call(t.Context(), e, inv)
	get(t, "OnSent", ready)
	p.reply(p.take("INVITE"), "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n"`)
	p.take("ACK")
	close(challenged)
	if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || r.Code != 0 || !r.Heard {
		t.Errorf("Invite = %+v; want cancelled", r)
	}
	p.none("INVITE")
}

func checkCancel(t *testing.T, cancel, req msg) {
	t.Helper()
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		if cancel.get(name) != req.get(name) {
			t.Errorf("CANCEL has %s: %s; want %s", name, cancel.get(name), req.get(name))
		}
	}
	if cancel.get("CSeq") != "1 CANCEL" || cancel.start != "CANCEL"+req.start[len("INVITE"):] {
		t.Errorf("CANCEL is\n%s", cancel.raw)
	}
}

// CANCEL is held back until the peer has answered something.
func TestCancelWaitsForAProvisional(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	ctx, stop := context.WithCancel(t.Context())
	done := call(ctx, e, to(p))
	req := p.take("INVITE")
	stop()
	p.again(req, 4)
	p.none("CANCEL")
	p.reply(req, "100 Trying", "")
	p.reply(p.take("CANCEL"), "200 OK", "a")
	p.reply(req, "487 Request Terminated", "a")
	if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || r.Rang || !r.Heard {
		t.Errorf("Invite = %+v; want cancelled without ringing", r)
	}
}

func TestCancelOfASilentPeer(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Ring = time.Millisecond
	r := refused(t, call(t.Context(), e, inv))
	if !errors.Is(r, dialog.ErrNoResponse) || !errors.Is(r, dialog.ErrNoAnswer) {
		t.Errorf("Invite = %+v; want no response, and given up", r)
	}
	p.none("CANCEL")
}

// A 200 that crosses our CANCEL is a call that nobody wants: sipgo's own dialog
// leaves it up for ever.
func TestCancelCrossesAnAnswer(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	ctx, stop := context.WithCancel(t.Context())
	done := call(ctx, e, to(p))
	req := p.take("INVITE")
	p.reply(req, "180 Ringing", "a")
	stop()
	cancel := p.take("CANCEL")
	p.ok(req, "a")
	p.reply(cancel, "200 OK", "a")
	if ack := p.take("ACK"); toTag(ack) != "a" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	p.reply(p.take("BYE"), "200 OK", "")
	if r := refused(t, done); !errors.Is(r, dialog.ErrCancelled) || r.Code != 0 {
		t.Errorf("Invite = %+v; want cancelled", r)
	}
}

// No final response to our CANCEL: the call is dropped after 64*T1. What comes
// later is taken down nonetheless.
func TestCancelWithoutAFinalResponse(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Ring = time.Millisecond
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.reply(req, "180 Ringing", "a")
	p.reply(p.take("CANCEL"), "481 No Such Transaction", "a")
	if r := refused(t, done); !errors.Is(r, dialog.ErrNoAnswer) || r.Code != 0 || !r.Rang {
		t.Errorf("Invite = %+v; want not answered", r)
	}
	p.reply(req, "183 Session Progress", "b")
	p.reply(p.take("CANCEL"), "200 OK", "b")
	p.ok(req, "b")
	ack := p.take("ACK")
	bye := p.take("BYE")
	p.ok(req, "b")
	p.again(ack, 2)
	p.reply(bye, "200 OK", "")
	p.none("BYE")
}

// After a 401 the CANCEL is for the INVITE with credentials, once that has been
// heard of.
func TestCancelOfTheRepeatedInvite(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	inv := to(p)
	inv.Credentials = dialog.Credentials{User: "u", Password: "p"}
	ctx, stop := context.WithCancel(t.Context())
	done := call(ctx, e, inv)
	p.reply(p.take("INVITE"), "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n"`)
	p.take("ACK")
	req := p.take("INVITE")
	stop()
	p.again(req, 3)
	p.none("CANCEL")
	p.reply(req, "180 Ringing", "a")
	cancel := p.take("CANCEL")
	if cancel.get("CSeq") != "2 CANCEL" || branchOf(cancel) != inv.Leg.Branch+".2" {
		t.Errorf("CANCEL is\n%s", cancel.raw)
	}
	p.reply(cancel, "200 OK", "a")
	p.reply(req, "487 Request Terminated", "a")
	refused(t, done)
}

// takes is an endpoint whose calls are given to the test.
func takes(t *testing.T) (e *dialog.Endpoint, calls <-chan *dialog.Incoming) {
	t.Helper()
	ch := make(chan *dialog.Incoming, 99)
	e = start(t, dialog.Options{OnInvite: func(_ context.Context, in *dialog.Incoming) {
		ch <- in
		<-in.Done() // or answered by the test
	}})
	return e, ch
}

func TestCallerCancels(t *testing.T) {
	t.Parallel()
	e, calls := takes(t)
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	in := get(t, "call", calls)
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	ringing := p.take("SIP/2.0 180")
	p.send(s.with("CANCEL", branchOf(inv), 1).raw)
	if res := p.take("SIP/2.0 200", "CANCEL"); toTag(res) != toTag(ringing) {
		t.Errorf("200 to CANCEL has tag %s; want %s as in 180", toTag(res), toTag(ringing))
	}
	res := p.take("SIP/2.0 487", "INVITE")
	if toTag(res) != toTag(ringing) {
		t.Errorf("487 has tag %s; want %s as in 180", toTag(res), toTag(ringing))
	}
	p.again(res, 2) // until the ACK
	p.send(s.with("ACK", branchOf(inv), 1).raw)
	get(t, "Done", in.Done())
	if _, err := in.Answer(t.Context(), nil, dialog.Handlers{}); !errors.Is(err, dialog.ErrGone) {
		t.Errorf("Answer = %v; want ErrGone", err)
	}
	if err := in.Ring(); !errors.Is(err, dialog.ErrGone) {
		t.Errorf("Ring = %v; want ErrGone", err)
	}
	if err := in.Refuse(486, "Busy Here"); !errors.Is(err, dialog.ErrGone) {
		t.Errorf("Refuse = %v; want ErrGone", err)
	}
	p.none("SIP/2.0 200", "INVITE")
}

// sipgo handles each message in a goroutine of its own, so a CANCEL may
// overtake its INVITE; on the network it may as well.
func TestCancelOvertakesItsInvite(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{OnInvite: func(context.Context, *dialog.Incoming) {
		t.Error("OnInvite was called for a call that is cancelled")
	}})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.request("INVITE", sdpType, "", sdp("x"))
	p.send(s.with("CANCEL", branchOf(inv), 1).raw)
	p.send(inv.raw)
	p.take("SIP/2.0 200", "CANCEL")
	p.take("SIP/2.0 487", "INVITE")
}

func TestCancelOnTheHeelsOfItsInvite(t *testing.T) {
	t.Parallel()
	e, calls := takes(t)
	p := newPeer(t, e.Addr())
	for range 50 {
		s := p.caller("100")
		inv := s.invite()
		p.send(s.with("CANCEL", branchOf(inv), 1).raw)
		if res := p.final(inv); res.code() != 487 {
			t.Fatalf("INVITE got %s; want 487", res.start)
		}
		if res := p.final(s.with("CANCEL", branchOf(inv), 1)); res.code() != 200 && res.code() != 481 {
			t.Fatalf("CANCEL got %s; want 200, or 481 on a machine too busy for its INVITE", res.start)
		}
		p.send(s.with("ACK", branchOf(inv), 1).raw)
	}
	for len(calls) > 0 {
		get(t, "Done", (<-calls).Done())
	}
}

func TestCancelOfNothing(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	cancel := s.with("CANCEL", "z9hG4bK-none", 1)
	p.send(cancel.raw)
	if res := p.final(cancel); res.code() != 481 {
		t.Errorf("CANCEL got %s; want 481", res.start)
	}
}

// An answer and a CANCEL at the same moment: either the call stands and is
// confirmed, or it is over, never one for us and the other for the caller.
func TestCancelRacesWithTheAnswer(t *testing.T) {
	t.Parallel()
	outcome := make(chan error, 1)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		_, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
		outcome <- err
	}})
	p := newPeer(t, e.Addr())
	for range 60 {
		s := p.caller("100")
		inv := s.invite()
		p.send(s.with("CANCEL", branchOf(inv), 1).raw)
		res := p.final(inv)
		if res.code() == 200 {
			s.ack(res)
		} else {
			p.send(s.with("ACK", branchOf(inv), 1).raw)
		}
		switch err := get(t, "Answer", outcomeOrRefusal(outcome, res)); {
		case res.code() == 200 && err != nil:
			t.Fatalf("the caller got 200, Answer = %v", err)
		case res.code() == 487 && !errors.Is(err, dialog.ErrGone):
			t.Fatalf("the caller got 487, Answer = %v", err)
		}
	}
}

// outcomeOrRefusal is what Answer returned, or ErrGone where it was not called
// at all as the call had been cancelled before.
func outcomeOrRefusal(outcome chan error, res msg) <-chan error {
	if res.code() == 487 {
		select {
		case err := <-outcome:
			outcome <- err
		case <-time.After(t1):
			one := make(chan error, 1)
			one <- dialog.ErrGone
			return one
		}
	}
	return outcome
}
