package dialog_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
	"careline/sip/wire"
	"careline/sip/wire/wiretest"
)

// dialTLS connects to an endpoint as a client that checks nothing.
func dialTLS(t *testing.T, to netip.AddrPort, pairs ...tls.Certificate) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", to.String(), &tls.Config{InsecureSkipVerify: true, Certificates: pairs}) //nolint:gosec // the test looks for itself
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// overTLS is a peer on a connection with TLS.
func overTLS(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	p := overTCP(t, conn)
	p.transport = "TLS"
	return p
}

// A call comes in over TLS and goes by the connection that its caller has made.
func TestCallOverTLS(t *testing.T) {
	t.Parallel()
	a := wiretest.NewAuthority(t)
	var r tracer
	dialogs := make(chan *dialog.Dialog, 1)
	e := start(t, dialog.Options{
		Wire: wire.Options{TLS: "127.0.0.1:0", Secure: a.Issue("us", []string{"127.0.0.1"}, nil), Trace: r.note},
		OnInvite: func(ctx context.Context, in *dialog.Incoming) {
			if in.Transport() != "TLS" {
				t.Errorf("Transport = %s; want TLS", in.Transport())
			}
			d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
			if err != nil {
				t.Error(err)
			}
			dialogs <- d
		},
	})
	p := overTLS(t, dialTLS(t, e.TLSAddr()))
	s := p.caller("100")
	s.uri = "sips:100@" + e.TLSAddr().String()
	res := p.final(s.invite())
	if got, want := addrSpec(res.get("Contact")), "sips:100@"+e.TLSAddr().String(); got != want {
		t.Errorf("Contact is %s; want %s", got, want)
	}
	s.ack(res)
	d := get(t, "dialog", dialogs)
	ended := make(chan error, 1)
	go func() { ended <- d.Bye(t.Context(), dialog.Reason{}) }()
	bye := p.take("BYE")
	if !strings.HasPrefix(bye.get("Via"), "SIP/2.0/TLS "+e.TLSAddr().String()) {
		t.Errorf("BYE has Via: %s", bye.get("Via"))
	}
	p.reply(bye, "200 OK", "")
	if err := get(t, "Bye", ended); err != nil {
		t.Error(err)
	}
	got := r.of(s.callID)
	if len(got) < 5 || got[0] != "< INVITE sips:100@"+e.TLSAddr().String()+" SIP/2.0" {
		t.Errorf("traced %q; want it in plain text", got)
	}
}

// What is asked for by sips must not arrive in the clear.
func TestSIPSNeedsTLS(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	s := p.caller("x")
	s.uri = "sips:x@" + e.Addr().String()
	if res := s.do("OPTIONS"); res.code() != 480 || !strings.HasPrefix(res.get("Warning"), "380 ") {
		t.Errorf("OPTIONS of sips over UDP got %s, Warning %q; want 480 with 380", res.start, res.get("Warning"))
	}
}

// server is a carrier with TLS, played by the test.
func server(t *testing.T, c *tls.Config) (l net.Listener, port string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return l, port
}

// accept takes connections, and finishes their handshakes, until the listener
// is closed.
func accept(l net.Listener) <-chan net.Conn {
	conns := make(chan net.Conn, 4)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if conn.(*tls.Conn).Handshake() == nil {
				conns <- conn
			} else {
				conn.Close()
			}
		}
	}()
	return conns
}

// A server is believed only with a certificate that is of today, of a known
// authority, and of the name that was asked for; what is wrong is said.
func TestCertificates(t *testing.T) {
	t.Parallel()
	a, stranger := wiretest.NewAuthority(t), wiretest.NewAuthority(t)
	old := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	for _, tt := range []struct {
		name  string
		shown wire.Secure
		route string // parameters
		want  string // empty: accepted
	}{
		{"dns name", a.Issue("dns", []string{"carrier.example"}, nil), ";name=carrier.example", ""},
		{"sip domain", a.Issue("sip", []string{"sip:carrier.example", "host.example"}, nil), ";name=carrier.example", ""},
		{"address", a.Issue("ip", []string{"127.0.0.1"}, nil), "", ""},
		{"another name", a.Issue("other", []string{"other.example"}, nil), ";name=carrier.example", "certificate is for other.example, not for carrier.example"},
		{"a name in the subject alone", a.Issue("none", nil, nil), ";name=carrier.example", "certificate is for nobody"},
		{"expired", a.Issue("old", []string{"carrier.example"}, old), ";name=carrier.example", "certificate is valid from"},
		{"unknown authority", stranger.Issue("x", []string{"carrier.example"}, nil), ";name=carrier.example", "no authority that we trust has signed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{Wire: wire.Options{Secure: wire.Secure{CA: filepath.Join(a.Dir, "ca.crt")}}})
			l, port := server(t, &tls.Config{Certificates: []tls.Certificate{a.Pair(tt.shown)}, MinVersion: tls.VersionTLS12})
			conns := accept(l)
			inv := dialog.Invite{
				Leg:   dialog.NewLeg("sip:x@carrier.example;transport=tls"),
				Route: "127.0.0.1:" + port + ";transport=tls" + tt.route, Offer: []byte(sdp("us")),
			}
			done := call(t.Context(), e, inv)
			if tt.want != "" {
				if r := refused(t, done); !errors.Is(r, dialog.ErrNotSent) || !strings.Contains(r.Error(), tt.want) {
					t.Errorf("Invite = %v; want %s", r, tt.want)
				}
				return
			}
			p := overTLS(t, get(t, "connection", conns))
			req := p.take("INVITE")
			if !strings.HasPrefix(req.get("Via"), "SIP/2.0/TLS ") || !strings.Contains(req.get("Contact"), ";transport=tls") {
				t.Errorf("INVITE has Via: %s, Contact: %s", req.get("Via"), req.get("Contact"))
			}
			p.reply(req, "200 OK", "a", "Contact: <sip:x@127.0.0.1:"+port+";transport=tls>", sdpType, "", sdp("peer"))
			p.take("ACK")
			d := answered(t, done)
			go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
			p.reply(p.take("BYE"), "200 OK", "")
			get(t, "Done", d.Done())
		})
	}
}
