package dialog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// within is a message of a call that is up, whose own lines are as they must be:
// the rest is the fuzzer's.
func within(s *side, method, headers, body string) string {
	s.cseq++
	method = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, method)
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%s\r\n%s",
		method, s.uri, s.p.addr(), unique("z9hG4bK-"), s.local, s.other, s.callID, s.cseq, method, headers, body)
}

// callUp makes a call that stays up.
func callUp(t testing.TB, p *peer) *side {
	t.Helper()
	s := p.caller("good")
	res := p.insist(s.request("INVITE", "X-Good: 1", sdpType, "", sdp("peer")))
	if res.code() != 200 {
		t.Fatalf("a good call got %s", res.start)
	}
	s.ack(res)
	return s
}

// insist sends a request again and again until its final response has come, as
// packets get lost where many are sent.
func (p *peer) insist(req msg) msg {
	p.t.Helper()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(4 * t1); ; {
			_ = p.write([]byte(req.raw))
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	defer func() {
		close(done)
		<-stopped
	}()
	return p.final(req)
}

// confirm sends the ACKs of the refusals in the box, which are repeated else.
func (p *peer) confirm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.box {
		if m.code() >= 300 && m.is("SIP/2.0", "INVITE") {
			_ = p.write([]byte(fmt.Sprintf("ACK sip:x SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s ACK\r\n\r\n",
				m.get("Via"), m.get("From"), m.get("To"), m.get("Call-ID"), strings.TrimSuffix(m.get("CSeq"), " INVITE"))))
		}
	}
}

// forget empties the peer's box.
func (p *peer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.box, p.seen = nil, make(map[string]int)
}

const (
	someContact = "Contact: <sip:x@127.0.0.1:9>\r\n"
	someOffer   = someContact + sdpType + "\r\n"
)

// withins are messages of a call that is up: method, headers, body.
var withins = [][3]string{
	{"INVITE", someOffer, sdp("x")},
	{"INVITE", someContact, ""},
	{"INVITE", someOffer + "Session-Expires: 90;refresher=uac\r\nMin-SE: 90\r\nRequire: timer\r\n", sdp("x")},
	{"INVITE", someOffer + "Record-Route: <sip:a;lr>\r\nReplaces: a;to-tag=b;from-tag=c\r\n", "v=0"},
	{"UPDATE", someOffer + "Session-Expires: 0\r\n", sdp("x")},
	{"ACK", sdpType + "\r\n", sdp("x")},
	{"BYE", "Reason: Q.850;cause=16;text=\"x\"\r\n", ""},
	{"CANCEL", "Reason: SIP;cause=200\r\n", ""},
	{"INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=160\r\n"},
	{"INFO", "Content-Type: application/dtmf\r\n", "11"},
	{"PRACK", "RAck: 1 1 INVITE\r\n", ""},
	{"REFER", "Refer-To: <sip:a@b?Replaces=c%3Bto-tag%3Dd%3Bfrom-tag%3De>\r\nReferred-By: <sip:c@d>\r\n" + someContact, ""},
	{"NOTIFY", "Event: refer;id=1\r\nSubscription-State: active;expires=60\r\nContent-Type: message/sipfrag\r\n", "SIP/2.0 200 OK\r\n"},
	{"MESSAGE", "Content-Type: multipart/mixed;boundary=b\r\n", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--"},
	{"OPTIONS", "Accept: text/plain, */*;q=0\r\n", ""},
}

func FuzzWithinCall(f *testing.F) {
	e, p := robust(f)
	for _, m := range withins {
		f.Add(m[0], m[1], m[2])
	}
	s := callUp(f, p)
	f.Cleanup(func() {
		p.t = f
		p.insist(s.request("BYE"))
	})
	f.Fuzz(func(t *testing.T, method, headers, body string) {
		p.t = t
		p.raw(within(s, method, headers, body))
		if res := p.insist(s.request("OPTIONS")); res.code() == 481 { // it has ended the call
			s = callUp(t, p)
		}
		p.confirm()
		p.forget()
		if s := e.Stats(); s.Panics > 0 {
			t.Errorf("%+v after %q, %q, %q", s, method, headers, body)
		}
	})
}

// FuzzResponse answers a call of ours by what the fuzzer makes of it.
func FuzzResponse(f *testing.F) {
	e := start(f, dialog.Options{})
	p := newPeer(f, e.Addr())
	for _, m := range [][3]string{
		{"180 Ringing", "a", "Contact: <sip:x@127.0.0.1:9>\nRequire: 100rel\nRSeq: 1"},
		{"183 Session Progress", "b", "P-Early-Media: sendrecv"},
		{"200 OK", "c", "Contact: <sip:x@127.0.0.1:9>\nRecord-Route: <sip:127.0.0.1:9;lr>\nSession-Expires: 90;refresher=uas"},
		{"302 Moved", "d", "Contact: <sip:x@127.0.0.1:9>;q=0.5, <sip:y@127.0.0.1:9>\nDiversion: <sip:a@b>;reason=busy"},
		{"401 Unauthorized", "e", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`},
		{"407 Proxy", "f", `Proxy-Authenticate: Digest realm="r", nonce="n", stale=true`},
		{"422 Too Small", "g", "Min-SE: 4000000000"},
		{"486 Busy", "", "Reason: Q.850;cause=17"},
		{"503 Unavailable", "h", "Retry-After: 99999999999 (x);duration=1"},
	} {
		f.Add(m[0], m[1], m[2])
	}
	f.Fuzz(func(t *testing.T, status, tag, headers string) {
		p.t = t
		inv := to(p)
		inv.Credentials = dialog.Credentials{User: "u", Password: "p"}
		ctx, stop := context.WithCancel(t.Context())
		done := call(ctx, e, inv)
		req := p.take("INVITE")
		status, headers = strings.ReplaceAll(status, "\n\n", "\n"), strings.ReplaceAll(strings.ReplaceAll(headers, "\r", ""), "\n\n", "\n")
		p.reply(req, status, tag, append(strings.Split(headers, "\n"), sdpType, "", sdp("peer"))...)
		p.reply(req, "603 Decline", "z")
		stop()
		r := get(t, "Invite", done)
		if r.err == nil {
			go func() { _ = r.d.Bye(context.Background(), dialog.Reason{}) }()
		}
		p.forget()
		if s := e.Stats(); s.Panics > 0 {
			t.Errorf("%+v after %q, %q, %q", s, status, tag, headers)
		}
	})
}
