package dialog_test

import (
	"net/netip"
	"strings"
	"testing"

	"careline/sip/dialog"
)

func TestAskTellsHowWeAreSeen(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	replies := make(chan dialog.Reply, 1)
	go func() {
		r, err := e.Ask(t.Context(), dialog.Question{Target: "sip:carrier.invalid", Route: p.addr()})
		if err != nil {
			t.Error(err)
		}
		replies <- r
	}()
	req := p.take("OPTIONS")
	answer := p.response(req, "503 Service Unavailable", "r", "Server: Box/1", "Allow: INVITE, ACK", "Retry-After: 7 (soon)")
	p.send(strings.Replace(answer, ";rport", ";received=203.0.113.9;rport=1024", 1))
	r := get(t, "reply", replies)
	if r.Code != 503 || r.RetryAfter.Seconds() != 7 || r.Server != "Box/1" || r.Allow != "INVITE, ACK" {
		t.Errorf("Ask = %+v", r)
	}
	if r.Seen != netip.MustParseAddrPort("203.0.113.9:1024") || r.Sent != e.Addr() {
		t.Errorf("seen as %v, said %v; want 203.0.113.9:1024 and %v", r.Seen, r.Sent, e.Addr())
	}
}

// TestAskForBindings: whether a password is right can be asked without changing
// what is registered.
func TestAskForBindings(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	replies := make(chan dialog.Reply, 1)
	go func() {
		r, err := e.Ask(t.Context(), dialog.Question{
			Target: "sip:carrier.invalid", Route: p.addr(), User: "acme", Credentials: dialog.Credentials{User: "acme", Password: "secret"},
		})
		if err != nil {
			t.Error(err)
		}
		replies <- r
	}()
	p.reply(p.take("REGISTER"), "401 Unauthorized", "r", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`)
	req := p.take("REGISTER")
	proves(t, req.get("Authorization"), "REGISTER", "secret")
	if req.get("Contact") != "" || req.get("Expires") != "" || req.get("To") != "<sip:acme@carrier.invalid>" {
		t.Errorf("REGISTER is\n%s", req.raw)
	}
	p.reply(req, "200 OK", "r", "Contact: <sip:acme@192.0.2.1>;expires=60", "Contact: <sip:acme@192.0.2.2>")
	if r := get(t, "reply", replies); r.Code != 200 || len(r.Contacts) != 2 {
		t.Errorf("Ask = %+v; want two bindings", r)
	}
}
