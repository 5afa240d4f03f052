package dialog_test

import (
	"crypto/tls"
	"net"
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

func TestKnock(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	good, other := ca.issue("good", []string{"carrier.example"}, nil), ca.issue("other", []string{"other.example"}, nil)
	e := start(t, dialog.Options{Secure: dialog.Secure{CA: good.CA}})
	listen := func(conf *tls.Config) netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if conf != nil {
			l = tls.NewListener(l, conf)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if c, ok := conn.(*tls.Conn); ok {
					_ = c.Handshake()
				}
				conn.Close()
			}
		}()
		return netip.MustParseAddrPort(l.Addr().String())
	}
	serves := func(s dialog.Secure) netip.AddrPort {
		return listen(&tls.Config{Certificates: []tls.Certificate{ca.pair(s)}}) //nolint:gosec // a test
	}
	for _, tt := range []struct {
		name      string
		transport string
		at        netip.AddrPort
		cert      string // that it shows
		err       string
	}{
		{"tcp", "TCP", listen(nil), "", ""},
		{"nobody there", "TCP", netip.MustParseAddrPort("127.0.0.1:9"), "", "connect: "},
		{"tls", "TLS", serves(good), "carrier.example", ""},
		{"of another", "TLS", serves(other), "other.example", "certificate is for other.example, not for carrier.example"},
	} {
		cert, err := e.Knock(t.Context(), dialog.Hop{Transport: tt.transport, Addr: tt.at, Name: "carrier.example"})
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.err)
		}
		if (cert == nil) != (tt.cert == "") || cert != nil && cert.DNSNames[0] != tt.cert {
			t.Errorf("%s: certificate %+v; want that of %q", tt.name, cert, tt.cert)
		}
	}
}
