package dialog_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	tmpl := template("careline test authority")
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert = tmpl
	var der []byte
	der, a.key = a.sign(tmpl, nil)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.cert = cert
	a.write("ca.crt", "CERTIFICATE", der)
	return a
}

func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<60))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func (a *authority) sign(tmpl *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if by == nil {
		by = key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	return der, key
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	file := filepath.Join(a.dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return file
}

// issue writes a certificate and its key, and returns how they are used. A name
// is a DNS name, an address, or sip:domain.
func (a *authority) issue(file string, names []string, change func(*x509.Certificate)) dialog.Secure {
	a.t.Helper()
	tmpl := template("nobody looks here")
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else if domain, ok := strings.CutPrefix(name, "sip:"); ok {
			tmpl.URIs = append(tmpl.URIs, &url.URL{Scheme: "sip", Opaque: domain})
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, name)
		}
	}
	if change != nil {
		change(tmpl)
	}
	der, key := a.sign(tmpl, a.key)
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return dialog.Secure{
		Certificate: a.write(file+".crt", "CERTIFICATE", der), Key: a.write(file+".key", "EC PRIVATE KEY", secret),
		CA: filepath.Join(a.dir, "ca.crt"),
	}
}

func (a *authority) pair(s dialog.Secure) tls.Certificate {
	a.t.Helper()
	pair, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pair
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

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
	a := newAuthority(t)
	var r tracer
	dialogs := make(chan *dialog.Dialog, 1)
	e := start(t, dialog.Options{
		TLS: "127.0.0.1:0", Secure: a.issue("us", []string{"127.0.0.1"}, nil), Trace: r.note,
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
	a, stranger := newAuthority(t), newAuthority(t)
	old := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	for _, tt := range []struct {
		name  string
		shown dialog.Secure
		route string // parameters
		want  string // empty: accepted
	}{
		{"dns name", a.issue("dns", []string{"carrier.example"}, nil), ";name=carrier.example", ""},
		{"sip domain", a.issue("sip", []string{"sip:carrier.example", "host.example"}, nil), ";name=carrier.example", ""},
		{"address", a.issue("ip", []string{"127.0.0.1"}, nil), "", ""},
		{"another name", a.issue("other", []string{"other.example"}, nil), ";name=carrier.example", "certificate is for other.example, not for carrier.example"},
		{"a name in the subject alone", a.issue("none", nil, nil), ";name=carrier.example", "certificate is for nobody"},
		{"expired", a.issue("old", []string{"carrier.example"}, old), ";name=carrier.example", "certificate is valid from"},
		{"unknown authority", stranger.issue("x", []string{"carrier.example"}, nil), ";name=carrier.example", "no authority that we trust has signed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, dialog.Options{Secure: dialog.Secure{CA: filepath.Join(a.dir, "ca.crt")}})
			l, port := server(t, &tls.Config{Certificates: []tls.Certificate{a.pair(tt.shown)}, MinVersion: tls.VersionTLS12})
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

// Those who connect must show a certificate of ours where that is asked for, and
// we show ours to a server that asks.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	a, stranger := newAuthority(t), newAuthority(t)
	us := a.issue("us", []string{"127.0.0.1"}, nil)
	us.RequireClient = true
	e := start(t, dialog.Options{TLS: "127.0.0.1:0", Secure: us})
	for name, pairs := range map[string][]tls.Certificate{
		"none": nil, "stranger": {stranger.pair(stranger.issue("s", []string{"s"}, nil))},
	} {
		conn, err := tls.Dial("tcp", e.TLSAddr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: pairs}) //nolint:gosec // a stranger
		if err == nil {
			defer conn.Close()
			_, err = bufio.NewReader(conn).ReadByte() // TLS 1.3 refuses after the client's handshake
		}
		if err == nil {
			t.Errorf("%s: the connection stands", name)
		}
	}
	p := overTLS(t, dialTLS(t, e.TLSAddr(), a.pair(a.issue("peer", []string{"peer"}, nil))))
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS of a known client got %s", res.start)
	}
	l, port := server(t, &tls.Config{
		Certificates: []tls.Certificate{a.pair(us)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool(), MinVersion: tls.VersionTLS12,
	})
	conns, code := accept(l), make(chan int, 1)
	go func() {
		n, err := e.Options(t.Context(), "sips:x@127.0.0.1:"+port, "")
		if err != nil {
			t.Error(err)
		}
		code <- n
	}()
	q := overTLS(t, get(t, "connection", conns))
	q.reply(q.take("OPTIONS"), "200 OK", "")
	if n := get(t, "OPTIONS", code); n != 200 {
		t.Errorf("OPTIONS = %d", n)
	}
}

// A renewed certificate is shown from the next connection on; broken files are
// not.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	us := a.issue("us", []string{"old.example"}, nil)
	e := start(t, dialog.Options{TLS: "127.0.0.1:0", Secure: us})
	shown := func() string {
		conn := dialTLS(t, e.TLSAddr())
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	if got := shown(); got != "old.example" {
		t.Errorf("shows the certificate of %s", got)
	}
	later := func(files ...string) { // as the clock of a file system may be coarse
		for i, f := range files {
			at := time.Now().Add(time.Duration(i+1) * time.Hour)
			if err := os.Chtimes(f, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(us.Key, []byte("half of a"), 0o600); err != nil {
		t.Fatal(err)
	}
	later(us.Key)
	if got := shown(); got != "old.example" {
		t.Errorf("shows the certificate of %s while a file is broken", got)
	}
	a.issue("us", []string{"new.example"}, nil)
	later(us.Certificate, us.Key, us.Certificate)
	if got := shown(); got != "new.example" {
		t.Errorf("shows the certificate of %s; want the new one", got)
	}
}

func TestSecureThatCannotWork(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	us := a.issue("us", []string{"us"}, nil)
	for want, o := range map[string]dialog.Options{
		"no certificate is named": {TLS: "127.0.0.1:0"},
		"needed together":         {TLS: "127.0.0.1:0", Secure: dialog.Secure{Certificate: us.Certificate}},
		"/nowhere":                {TLS: "127.0.0.1:0", Secure: dialog.Secure{Certificate: "/nowhere", Key: us.Key}},
		"without a ca":            {Secure: dialog.Secure{RequireClient: true}},
		"no certificate is in it": {Secure: dialog.Secure{CA: us.Key}},
	} {
		if _, err := dialog.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want %s", err, want)
		}
	}
}

// Neither plain text at the door for TLS, nor a client that says nothing, keeps
// others waiting.
func TestStrangersAtTheDoorForTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	e := start(t, dialog.Options{
		TLS: "127.0.0.1:0", Secure: a.issue("us", []string{"127.0.0.1"}, nil), Limits: dialog.Limits{Start: 20 * t1},
	})
	silent, plain := dialTCP(t, e.TLSAddr()), dialTCP(t, e.TLSAddr())
	defer silent.Close()
	defer plain.Close()
	if _, err := plain.Write([]byte("OPTIONS sip:x SIP/2.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	p := overTLS(t, dialTLS(t, e.TLSAddr()))
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	closed(t, plain)
	closed(t, silent)
}

// closed waits until the endpoint has closed a connection.
func closed(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 512)
	for {
		_, err := conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection from %s stands", conn.LocalAddr())
		}
		if err != nil {
			return
		}
	}
}
