package dialog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"careline/sip/dialog"
)

// slow answers offers once it is freed.
func slow(asked chan<- bool, free <-chan bool) dialog.Handlers {
	return dialog.Handlers{Offer: func(context.Context, []byte) ([]byte, error) {
		asked <- true
		<-free
		return []byte(sdp("re")), nil
	}}
}

// A re-INVITE of ours that the end of the call overtakes is brought to its end:
// what the peer says to it is confirmed.
func TestByeOvertakesOurReinvite(t *testing.T) {
	t.Parallel()
	for _, theirs := range []bool{true, false} {
		for _, status := range []string{"487 Request Terminated", "200 OK"} {
			t.Run(fmt.Sprint("theirs ", theirs, " ", status), func(t *testing.T) {
				t.Parallel()
				p, s, d := placed(t, nil)
				offer(t.Context(), d, "new")
				req := p.take("INVITE")
				if theirs {
					if res := s.do("BYE"); res.code() != 200 {
						t.Errorf("BYE got %s; want 200", res.start)
					}
				} else {
					ended := make(chan error, 1)
					go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
					p.reply(p.take("BYE"), "200 OK", "")
					get(t, "Bye", ended)
				}
				get(t, "Done", d.Done())
				p.reply(req, status, "", "Contact: <sip:callee@"+p.addr()+">")
				p.take("ACK", "2 ACK")
				p.none("BYE")
			})
		}
	}
}

// A re-INVITE of the peer that is not answered when the call ends gets 487.
func TestByeOvertakesTheirReinvite(t *testing.T) {
	t.Parallel()
	for _, theirs := range []bool{true, false} {
		t.Run(fmt.Sprint("theirs ", theirs), func(t *testing.T) {
			t.Parallel()
			asked, free := make(chan bool, 1), make(chan bool)
			p, s, d := up(t, slow(asked, free))
			inv := s.request("INVITE", sdpType, "", sdp("hold"))
			p.send(inv.raw)
			get(t, "offer", asked)
			if theirs {
				s.do("BYE")
			} else {
				go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
				p.reply(p.take("BYE"), "200 OK", "")
			}
			get(t, "Done", d.Done())
			close(free)
			if res := p.final(inv); res.code() != 487 {
				t.Errorf("re-INVITE got %s; want 487", res.start)
			}
		})
	}
}

// A CANCEL that comes after the answer changes nothing.
func TestCancelOfAnAnsweredInvite(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.invite()
	res := p.final(inv)
	cancel := s.with("CANCEL", branchOf(inv), 1)
	p.send(cancel.raw)
	if got := p.final(cancel); got.code() != 200 {
		t.Errorf("CANCEL got %s; want 200", got.start)
	}
	s.ack(res)
	if c := get(t, "call", calls); c.err != nil {
		t.Errorf("Answer = %v", c.err)
	}
	p.none("SIP/2.0 487")
	if res := s.do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS in the call got %s; want 200", res.start)
	}
}

// A re-INVITE that its sender has cancelled gets 487, however late the answer to
// its offer is there, and the next one is taken.
func TestCancelOfTheirReinvite(t *testing.T) {
	t.Parallel()
	asked, free := make(chan bool, 2), make(chan bool)
	p, s, d := up(t, slow(asked, free))
	inv := s.request("INVITE", sdpType, "", sdp("hold"))
	p.send(inv.raw)
	get(t, "offer", asked)
	cancel := s.with("CANCEL", branchOf(inv), s.cseq)
	p.send(cancel.raw)
	if got := p.final(cancel); got.code() != 200 {
		t.Errorf("CANCEL got %s; want 200", got.start)
	}
	res := p.final(inv)
	if res.code() != 487 {
		t.Errorf("re-INVITE got %s; want 487", res.start)
	}
	close(free)
	p.again(p.take("SIP/2.0 487"), 2)
	p.none("SIP/2.0 200", " INVITE")
	p.send(s.with("ACK", branchOf(inv), s.cseq).raw)
	next := s.do("INVITE", sdpType, "", sdp("hold"))
	if next.code() != 200 {
		t.Errorf("the next re-INVITE got %s; want 200", next.start)
	}
	s.ack(next)
	if d.Ending().By != "" {
		t.Errorf("Ending = %+v", d.Ending())
	}
}

// The side that made the Call-ID waits longer after glare than the other may.
func TestGlareOfTheCaller(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, nil)
	done := offer(t.Context(), d, "new")
	req := p.take("INVITE")
	begin := time.Now()
	p.reply(req, "491 Request Pending", "")
	req = p.take("INVITE")
	if took := time.Since(begin); took < 210*t1/50 {
		t.Errorf("offered again after %v; want at least %v", took, 210*t1/50)
	}
	p.ok(req, "")
	if r := get(t, "ReInvite", done); r.err != nil {
		t.Error(r.err)
	}
}

// Requests of ours go to the Contact that the peer named last, be it in a
// re-INVITE or in the answer to one.
func TestTargetOfAnAnswer(t *testing.T) {
	t.Parallel()
	p, _, d := placed(t, nil)
	for n := range 2 {
		done := offer(t.Context(), d, "new")
		contact := fmt.Sprintf("sip:moved%d@%s", n, p.addr())
		p.reply(p.take("INVITE"), "200 OK", "", "Contact: <"+contact+">", sdpType, "", sdp("peer"))
		if ack := p.take("ACK"); ack.start != "ACK "+contact+" SIP/2.0" {
			t.Errorf("got %s; want it sent to %s", ack.start, contact)
		}
		if r := get(t, "ReInvite", done); r.err != nil {
			t.Error(r.err)
		}
	}
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	if bye := p.take("BYE"); bye.start != "BYE sip:moved1@"+p.addr()+" SIP/2.0" {
		t.Errorf("got %s", bye.start)
	}
}

// A strict router before us puts our Contact behind its own address: requests are
// told by their call, wherever they were addressed. Ours go to a strict router
// with the target last.
func TestStrictRouter(t *testing.T) {
	t.Parallel()
	ch := make(chan inbound, 1)
	e := start(t, dialog.Options{OnInvite: answering(ch, holds(make(chan string, 9)))})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	strict, far := "sip:"+p.addr(), "sip:192.0.2.8;lr"
	res := p.final(s.invite("Record-Route: <"+strict+">", "Record-Route: <"+far+">"))
	s.ack(res)
	d := get(t, "call", ch).d
	ours := s.uri
	s.uri, s.routes = strict, []string{"<" + ours + ">"}
	for _, method := range []string{"UPDATE", "INVITE"} {
		if got := s.do(method, sdpType, "", sdp("hold")); got.code() != 200 {
			t.Errorf("%s by a strict router got %s; want 200", method, got.start)
		}
	}
	p.send(s.with("ACK", unique("z9hG4bK-ack-"), s.cseq).raw)
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	want := fmt.Sprint([]string{"<" + far + ">", "<sip:caller@" + p.addr() + ">"})
	if bye.start != "BYE "+strict+" SIP/2.0" || fmt.Sprint(bye.all("Route")) != want {
		t.Errorf("BYE is\n%s\nwant it sent to %s with Route %s", bye.raw, strict, want)
	}
	p.reply(bye, "200 OK", "")
	get(t, "Done", d.Done())
}

// Max-Forwards limits who passes a request on; whom it reaches takes it
// (RFC 4475 section 3.1.2.9).
func TestMaxForwardsIsUsedUp(t *testing.T) {
	t.Parallel()
	e, calls := answers(t, dialog.Handlers{})
	p := newPeer(t, e.Addr())
	s := p.caller("100")
	inv := s.request("INVITE", sdpType, "", sdp("peer"))
	inv.raw = replaceLine(inv.raw, "Max-Forwards: 70", "Max-Forwards: 0")
	p.send(inv.raw)
	res := p.final(inv)
	if res.code() != 200 {
		t.Errorf("INVITE got %s; want 200", res.start)
	}
	s.ack(res)
	get(t, "call", calls)
}
