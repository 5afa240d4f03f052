package dialog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"careline/sip/dialog"
)

// rings is a call whose callees may want their 18x confirmed, and what it told
// of ringing.
func rings(t *testing.T, change func(*dialog.Invite)) (p *peer, req msg, rang chan dialog.Ringing, done <-chan result) {
	t.Helper()
	e := start(t, dialog.Options{})
	p = newPeer(t, e.Addr())
	inv := to(p)
	rang = make(chan dialog.Ringing, 999)
	inv.OnRinging = func(_ context.Context, r dialog.Ringing) error { rang <- r; return nil }
	if change != nil {
		change(&inv)
	}
	done = call(t.Context(), e, inv)
	return p, p.take("INVITE"), rang, done
}

// reliable sends an 18x that asks to be confirmed.
func (p *peer) reliable(req msg, status, tag string, rseq int, more ...string) {
	p.t.Helper()
	p.reply(req, status, tag, append([]string{
		"Require: 100rel", fmt.Sprint("RSeq: ", rseq), "Contact: <sip:" + tag + "@" + p.addr() + ">",
	}, more...)...)
}

// prack waits for the PRACK of one 18x, and accepts it.
func (p *peer) prack(rack string) msg {
	p.t.Helper()
	var m msg
	p.until("PRACK of "+rack, func() bool {
		i := slices.IndexFunc(p.box, func(m msg) bool { return m.is("PRACK") && m.get("RAck") == rack })
		if i < 0 {
			return false
		}
		m = p.box[i]
		p.box = slices.Delete(p.box, i, i+1)
		return true
	})
	p.reply(m, "200 OK", "")
	return m
}

// Each reliable 18x is confirmed once, in order, within the early dialog that it
// names; what it answered is the session.
func TestReliableRinging(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, nil)
	if !strings.Contains(req.get("Supported"), "100rel") {
		t.Errorf("Supported: %s; want 100rel", req.get("Supported"))
	}
	routes := []string{"Record-Route: <sip:192.0.2.8;lr>, <sip:" + p.addr() + ";lr>"}
	ring := append(routes, sdpType, "", sdp("early"))
	p.reliable(req, "183 Session Progress", "a", 700, ring...)
	prack := p.prack("700 1 INVITE")
	if prack.start != "PRACK sip:a@"+p.addr()+" SIP/2.0" || prack.get("CSeq") != "2 PRACK" || toTag(prack) != "a" || prack.body != "" ||
		fmt.Sprint(prack.all("Route")) != "[<sip:"+p.addr()+";lr> <sip:192.0.2.8;lr>]" || len(prack.all("Contact")) > 0 {
		t.Errorf("PRACK is\n%s", prack.raw)
	}
	if r := get(t, "OnRinging", rang); !r.Reliable || string(r.SDP) != sdp("early") || r.Code != 183 {
		t.Errorf("OnRinging got %+v; want the confirmed 183", r)
	}
	p.reliable(req, "183 Session Progress", "a", 700, ring...) // once more
	p.reliable(req, "180 Ringing", "a", 702)                   // before its time
	p.reliable(req, "180 Ringing", "a", 701)
	if prack := p.prack("701 1 INVITE"); prack.get("CSeq") != "3 PRACK" {
		t.Errorf("the second PRACK is\n%s", prack.raw)
	}
	p.reliable(req, "180 Ringing", "a", 702)
	p.prack("702 1 INVITE")
	p.reply(req, "200 OK", "a", append(routes, "Contact: <sip:moved@"+p.addr()+">")...)
	if ack := p.take("ACK"); ack.start != "ACK sip:moved@"+p.addr()+" SIP/2.0" || ack.get("CSeq") != "1 ACK" {
		t.Errorf("ACK is\n%s", ack.raw)
	}
	d := answered(t, done)
	if string(d.RemoteSDP()) != sdp("early") {
		t.Errorf("RemoteSDP = %q; want that of the 183", d.RemoteSDP())
	}
	if len(rang) > 0 {
		t.Errorf("OnRinging was called again: %+v", <-rang)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	if bye.get("CSeq") != "5 BYE" {
		t.Errorf("BYE has CSeq %s; want the one after the last PRACK", bye.get("CSeq"))
	}
	p.reply(bye, "200 OK", "")
	if err := get(t, "Bye", ended); err != nil {
		t.Error(err)
	}
}

// Each callee has a dialog of its own: Contact, route set and CSeq.
func TestReliableRingingOfTwoCallees(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, nil)
	p.reliable(req, "183 Session Progress", "a", 1, sdpType, "", sdp("a"))
	p.prack("1 1 INVITE")
	p.reliable(req, "183 Session Progress", "b", 9, sdpType, "", sdp("b"))
	if prack := p.prack("9 1 INVITE"); prack.start != "PRACK sip:b@"+p.addr()+" SIP/2.0" || toTag(prack) != "b" || prack.get("CSeq") != "2 PRACK" {
		t.Errorf("PRACK of the second callee is\n%s", prack.raw)
	}
	for _, tag := range []string{"a", "b"} {
		if r := get(t, "OnRinging", rang); r.ToTag != tag || string(r.SDP) != sdp(tag) {
			t.Errorf("OnRinging got %+v; want %s", r, tag)
		}
	}
	p.ok(req, "a")
	p.take("ACK")
	if d := answered(t, done); string(d.RemoteSDP()) != sdp("a") {
		t.Errorf("RemoteSDP = %q; want what the callee had agreed on", d.RemoteSDP())
	}
}

// The answer does not wait for the PRACK, and the PRACK not for the answer.
func TestAnswerWhilePrackIsPending(t *testing.T) {
	t.Parallel()
	p, req, _, done := rings(t, nil)
	p.reliable(req, "180 Ringing", "a", 1)
	prack := p.take("PRACK")
	p.ok(req, "a")
	p.take("ACK")
	if d := answered(t, done); string(d.RemoteSDP()) != sdp("peer") {
		t.Errorf("RemoteSDP = %q; want that of the 200", d.RemoteSDP())
	}
	p.again(prack, 2)
	p.reply(prack, "200 OK", "")
}

func TestPrackIsRefused(t *testing.T) {
	t.Parallel()
	p, req, _, done := rings(t, func(i *dialog.Invite) { i.Credentials = dialog.Credentials{User: "u", Password: "p"} })
	p.reliable(req, "180 Ringing", "a", 1)
	prack := p.take("PRACK")
	p.reply(prack, "407 Proxy", "", `Proxy-Authenticate: Digest realm="r", nonce="n"`)
	again := p.take("PRACK", "3 PRACK")
	proves(t, again.get("Proxy-Authorization"), "PRACK", "p")
	p.reply(again, "481 No Such Call", "")
	p.reliable(req, "180 Ringing", "a", 2)
	if prack := p.prack("2 1 INVITE"); prack.get("CSeq") != "4 PRACK" {
		t.Errorf("PRACK is\n%s", prack.raw)
	}
	p.reply(req, "504 Not Confirmed", "a") // as callees do that wait in vain
	if r := refused(t, done); r.Code != 504 || !r.Rang {
		t.Errorf("Invite = %+v; want 504", r)
	}
}

func TestReliableRingingIsNotWanted(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, func(i *dialog.Invite) { i.Reliable = dialog.NeverReliable })
	if strings.Contains(req.get("Supported"), "100rel") {
		t.Errorf("Supported: %s; want no 100rel", req.get("Supported"))
	}
	p.reliable(req, "180 Ringing", "a", 1)
	if r := get(t, "OnRinging", rang); r.Reliable {
		t.Errorf("OnRinging got %+v", r)
	}
	p.ok(req, "a")
	p.take("ACK")
	answered(t, done)
	p.none("PRACK")
}

func TestReliableRingingIsRequired(t *testing.T) {
	t.Parallel()
	p, req, _, done := rings(t, func(i *dialog.Invite) { i.Reliable = dialog.MustBeReliable })
	if req.get("Require") != "100rel" {
		t.Errorf("Require: %s; want 100rel", req.get("Require"))
	}
	p.reply(req, "420 Bad Extension", "x", "Unsupported: 100rel")
	again := p.take("INVITE", "2 INVITE")
	if len(again.all("Require")) > 0 {
		t.Errorf("the repeated INVITE is\n%s", again.raw)
	}
	p.ok(again, "a")
	p.take("ACK")
	answered(t, done)
}

// Odd numbers are not confirmed, and harm nobody.
func TestReliableRingingWithoutANumber(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, nil)
	for i, rseq := range []string{"RSeq: 0", "RSeq: x", "RSeq: 4294967296", "X: y"} {
		p.reply(req, "180 Ringing", fmt.Sprint("t", i), "Require: 100rel", rseq)
		get(t, "OnRinging", rang)
	}
	p.reply(req, "183 Session Progress", "", "Require: 100rel", "RSeq: 1")
	get(t, "OnRinging", rang)
	p.ok(req, "a")
	p.take("ACK")
	answered(t, done)
	p.none("PRACK")
}

// Before the answer the callee may change the session once it has agreed on one.
func TestUpdateBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	offers := make(chan string, 9)
	p, req, _, done := rings(t, func(i *dialog.Invite) { i.Handlers = holds(offers) })
	s := p.callee(req, "a")
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 500 || res.get("Retry-After") == "" {
		t.Errorf("UPDATE before anything got\n%s", res.raw)
	}
	p.reliable(req, "180 Ringing", "a", 1)
	p.prack("1 1 INVITE")
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 491 {
		t.Errorf("UPDATE while our offer is open got %s; want 491", res.start)
	}
	p.reliable(req, "183 Session Progress", "a", 2, sdpType, "", sdp("early"))
	p.prack("2 1 INVITE")
	if res := s.do("UPDATE", sdpType, "", sdp("hold")); res.code() != 200 || res.body != sdp("re") {
		t.Errorf("UPDATE after the answer got\n%s", res.raw)
	}
	get(t, "offer", offers)
	if res := s.do("INVITE", sdpType, "", sdp("hold")); res.code() != 491 {
		t.Errorf("INVITE before the answer got %s; want 491", res.start)
	}
	p.reply(req, "200 OK", "a", "Contact: <sip:a@"+p.addr()+">")
	p.take("ACK")
	d := answered(t, done)
	if string(d.RemoteSDP()) != sdp("hold") {
		t.Errorf("RemoteSDP = %q; want that of the UPDATE", d.RemoteSDP())
	}
	if res := s.do("INVITE", sdpType, "", sdp("hold")); res.code() != 200 {
		t.Errorf("INVITE after the answer got %s", res.start)
	}
}

// Hundreds of 18x: the call is none the worse, and OnRinging is not called for
// each. A 183 is no answer, whatever it brings.
func TestProvisionalStorm(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, nil)
	for i := range 400 {
		p.reliable(req, "183 Session Progress", fmt.Sprint("t", i%200), 1+i/200, sdpType, "", sdp(fmt.Sprint("s", i)))
		if i%20 == 0 { // so that the socket keeps up
			p.reply(req, "182 Queued", "q")
			get(t, "OnRinging of the first", rang)
		}
		if len(done) > 0 {
			t.Fatal("a 183 was taken for an answer")
		}
	}
	p.ok(req, "t7")
	p.take("ACK")
	answered(t, done)
	if n := len(rang); n > 64 {
		t.Errorf("OnRinging was called %d times", n)
	}
}

func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	p, req, rang, done := rings(t, nil)
	for _, step := range []struct {
		status string
		more   []string
		want   string // empty is nothing new
	}{
		{"183 Session Progress", []string{"P-Early-Media: inactive", sdpType, "", sdp("a")}, "183 {inactive false}"},
		{"180 Ringing", nil, ""},
		{"183 Session Progress", []string{"P-Early-Media: sendrecv, recvonly , gated"}, "183 {sendrecv true}"},
		{"183 Session Progress", []string{sdpType, "", sdp("b")}, "183 {sendrecv true}"},
	} {
		p.reply(req, step.status, "a", step.more...)
		if step.want == "" {
			continue
		}
		if r := get(t, "OnRinging", rang); fmt.Sprint(r.Code, r.Media) != step.want {
			t.Errorf("OnRinging got %+v; want %s", r, step.want)
		}
	}
	p.reply(req, "200 OK", "a", "Contact: <sip:a@"+p.addr()+">") // the session was said before
	p.take("ACK")
	if d := answered(t, done); string(d.RemoteSDP()) != sdp("b") {
		t.Errorf("RemoteSDP = %q; want the latest one", d.RemoteSDP())
	}
}
