package dialog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

var processes atomic.Int32

// process begins an endpoint that another one shall follow on the same port. It
// has an address of its own, so that no other test takes the port in between.
func process(t *testing.T) (e *dialog.Endpoint, stop func()) {
	t.Helper()
	return begin(t, dialog.Options{Wire: wire.Options{UDP: fmt.Sprintf("127.0.2.%d:0", processes.Add(1))}})
}

// crashed is a call whose process has ended, and the endpoint of the next one
// on the same port. The peer has said the given before.
func crashed(t *testing.T, status string, change func(*dialog.Invite)) (p *peer, req msg, l dialog.Lost, e *dialog.Endpoint) {
	t.Helper()
	before, stop := process(t)
	p = newPeer(t, before.Addr())
	inv := to(p)
	if change != nil {
		change(&inv)
	}
	done := call(t.Context(), before, inv)
	req = p.take("INVITE")
	if status != "" {
		p.reply(req, status, "a")
	}
	stop()
	if r := refused(t, done); !r.Sent || r.Code != 0 {
		t.Errorf("Invite = %+v when its endpoint ended; want sent, without a final status", r)
	}
	after := start(t, dialog.Options{Wire: wire.Options{UDP: before.Addr().String()}})
	return p, req, dialog.Lost{Leg: inv.Leg, Route: inv.Route}, after
}

func lose(t *testing.T, e *dialog.Endpoint, l dialog.Lost) <-chan error {
	t.Helper()
	ch := make(chan error, 1)
	go func() { ch <- e.CancelLost(t.Context(), l) }()
	return ch
}

// takeCancel answers the CANCELs for each INVITE that may have been sent, and
// returns the one that is for req.
func takeCancel(t *testing.T, p *peer, req msg) (found msg) {
	t.Helper()
	for range 4 {
		cancel := p.take("CANCEL")
		if cancel.get("Via") != req.get("Via") {
			p.reply(cancel, "481 No Such Transaction", "x")
			continue
		}
		p.reply(cancel, "200 OK", "a")
		found = cancel
	}
	return found
}

func TestCancelLost(t *testing.T) {
	t.Parallel()
	p, req, l, e := crashed(t, "180 Ringing", nil)
	done := lose(t, e, l)
	cancel := takeCancel(t, p, req)
	for _, name := range []string{"Call-ID", "To"} {
		if cancel.get(name) != req.get(name) {
			t.Errorf("CANCEL has %s: %s; want %s", name, cancel.get(name), req.get(name))
		}
	}
	if cancel.get("CSeq") != "1 CANCEL" || !strings.HasSuffix(cancel.get("From"), ";tag="+l.Leg.FromTag) {
		t.Errorf("CANCEL is\n%s", cancel.raw)
	}
	if err := get(t, "CancelLost", done); err != nil {
		t.Error(err)
	}
	p.reply(req, "487 Request Terminated", "a")
	if ack := p.take("ACK"); branchOf(ack) != branchOf(req) || toTag(ack) != "a" || ack.get("CSeq") != "1 ACK" {
		t.Errorf("ACK of the 487 is\n%s", ack.raw)
	}
}

// The INVITE with credentials is cancelled by its own branch and CSeq.
func TestCancelLostAfterAChallenge(t *testing.T) {
	t.Parallel()
	before, stop := process(t)
	p := newPeer(t, before.Addr())
	inv := to(p)
	inv.Leg.Target, inv.Route = "sip:callee@carrier.invalid", p.addr()
	inv.Credentials = dialog.Credentials{User: "u", Password: "p"}
	done := call(t.Context(), before, inv)
	p.reply(p.take("INVITE"), "401 Unauthorized", "x", `WWW-Authenticate: Digest realm="r", nonce="n"`)
	req := p.take("INVITE")
	p.reply(req, "180 Ringing", "a")
	stop()
	refused(t, done)
	e := start(t, dialog.Options{Wire: wire.Options{UDP: before.Addr().String()}})
	lost := lose(t, e, dialog.Lost{Leg: inv.Leg, Route: inv.Route})
	if cancel := takeCancel(t, p, req); cancel.get("CSeq") != "2 CANCEL" || cancel.start != "CANCEL sip:callee@carrier.invalid SIP/2.0" {
		t.Errorf("CANCEL is\n%s", cancel.raw)
	}
	if err := get(t, "CancelLost", lost); err != nil {
		t.Error(err)
	}
}

// inOrder waits for two messages and fails unless they come in this order.
func (p *peer) inOrder(first, second string) {
	p.t.Helper()
	var a, b int
	p.until(first+" and "+second, func() bool {
		a = slices.IndexFunc(p.box, func(m msg) bool { return m.is(first) })
		b = slices.IndexFunc(p.box, func(m msg) bool { return m.is(second) })
		return a >= 0 && b >= 0
	})
	if a > b {
		p.t.Errorf("%s came after %s", first, second)
	}
}

// The peer answers nonetheless: each time confirmed, once hung up, and that
// first, since it is not heard of again once it is confirmed.
func TestLostCallIsAnsweredLate(t *testing.T) {
	t.Parallel()
	p, req, l, e := crashed(t, "", nil)
	if err := e.Expect(l); err != nil {
		t.Fatal(err)
	}
	p.ok(req, "b", "Record-Route: <sip:192.0.2.1;lr>, <sip:"+p.addr()+";lr>")
	p.inOrder("BYE", "ACK")
	ack := p.take("ACK")
	if toTag(ack) != "b" || ack.get("CSeq") != "1 ACK" || len(ack.all("Route")) != 2 {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	bye := p.take("BYE")
	if toTag(bye) != "b" || bye.get("CSeq") != "2 BYE" {
		t.Errorf("BYE is\n%s", bye.raw)
	}
	p.ok(req, "b", "Record-Route: <sip:192.0.2.1;lr>, <sip:"+p.addr()+";lr>")
	p.again(ack, 2)
	p.reply(bye, "200 OK", "")
	p.none("BYE")
}

// A peer that takes no BYE before the ACK gets another one after it.
func TestLateAnswerIsHungUpTwice(t *testing.T) {
	t.Parallel()
	p, req, l, e := crashed(t, "", nil)
	if err := e.Expect(l); err != nil {
		t.Fatal(err)
	}
	p.ok(req, "a")
	early := p.take("BYE")
	p.take("ACK")
	p.reply(early, "481 Not Yet", "")
	if bye := p.take("BYE"); bye.get("CSeq") != "3 BYE" {
		t.Errorf("the second BYE is\n%s", bye.raw)
	} else {
		p.reply(bye, "200 OK", "")
	}
}

func TestLostCallRingsLate(t *testing.T) {
	t.Parallel()
	p, req, l, e := crashed(t, "", nil)
	done := lose(t, e, l)
	cancel := takeCancel(t, p, req)
	if err := get(t, "CancelLost", done); err != nil {
		t.Error(err)
	}
	for range 3 {
		p.reply(req, "180 Ringing", "a")
	}
	p.again(cancel, 2)
	p.reply(cancel, "200 OK", "a")
	stranger := req
	stranger.lines = append([]string(nil), req.lines...)
	for i, line := range stranger.lines {
		if strings.HasPrefix(line, "Call-ID:") {
			stranger.lines[i] = "Call-ID: not-ours"
		}
	}
	p.ok(stranger, "z")
	p.ok(req, "a")
	p.take("ACK")
	p.reply(p.take("BYE"), "200 OK", "")
	p.none("ACK")
}

func TestByeLost(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"200 OK", "481 Gone", "500 Oops"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			before, stop := process(t)
			p := newPeer(t, before.Addr())
			done := call(t.Context(), before, to(p))
			p.ok(p.take("INVITE"), "a")
			p.take("ACK")
			leg := answered(t, done).Leg()
			stop()
			e := start(t, dialog.Options{Wire: wire.Options{UDP: before.Addr().String()}})
			ended := make(chan error, 1)
			go func() { ended <- e.ByeLost(t.Context(), dialog.Lost{Leg: leg}) }()
			bye := p.take("BYE")
			if bye.start != "BYE sip:callee@"+p.addr()+" SIP/2.0" || toTag(bye) != "a" || bye.get("Call-ID") != leg.CallID {
				t.Errorf("BYE is\n%s", bye.raw)
			}
			p.reply(bye, status, "")
			if err := get(t, "ByeLost", ended); (err != nil) != (status == "500 Oops") {
				t.Errorf("ByeLost = %v", err)
			}
		})
	}
}

func TestLostCallThatIsNotKnownWellEnough(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	leg := dialog.NewLeg("sip:x@127.0.0.1:9")
	if err := e.ByeLost(t.Context(), dialog.Lost{Leg: leg}); !errors.Is(err, dialog.ErrNotSent) {
		t.Errorf("ByeLost without a To-tag = %v; want ErrNotSent", err)
	}
	leg.Target = "nonsense"
	if err := e.CancelLost(t.Context(), dialog.Lost{Leg: leg}); err == nil {
		t.Error("CancelLost of no target succeeded")
	}
	if err := e.ByeLost(t.Context(), dialog.Lost{Leg: leg}); err == nil {
		t.Error("ByeLost of no target succeeded")
	}
}
