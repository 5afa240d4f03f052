package wire_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"careline/sip/wire"
	"careline/sip/wire/wiretest"
)

// Those who connect must show a certificate of ours where that is asked for, and
// we show ours to a server that asks.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	a, stranger := wiretest.NewAuthority(t), wiretest.NewAuthority(t)
	us := a.Issue("us", []string{"127.0.0.1"}, nil)
	us.RequireClient = true
	w := start(t, wire.Options{TLS: "127.0.0.1:0", Secure: us})
	for name, pairs := range map[string][]tls.Certificate{
		"none": nil, "stranger": {stranger.Pair(stranger.Issue("s", []string{"s"}, nil))},
	} {
		conn, err := tls.Dial("tcp", w.TLSAddr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: pairs}) //nolint:gosec // a stranger
		if err == nil {
			defer conn.Close()
			_, err = bufio.NewReader(conn).ReadByte() // TLS 1.3 refuses after the client's handshake
		}
		if err == nil {
			t.Errorf("%s: the connection stands", name)
		}
	}
	p := overTLS(t, dialTLS(t, w.TLSAddr(), a.Pair(a.Issue("peer", []string{"peer"}, nil))))
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS of a known client got %d", code)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{a.Pair(us)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Pool(), MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code := ask(t.Context(), t, w, "sips:x@"+l.Addr().String())
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	overTLS(t, conn).grant("OPTIONS")
	if n := get(t, "OPTIONS", code); n != 200 {
		t.Errorf("OPTIONS = %d", n)
	}
}

// A renewed certificate is shown from the next connection on; broken files are
// not.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	a := wiretest.NewAuthority(t)
	us := a.Issue("us", []string{"old.example"}, nil)
	w := start(t, wire.Options{TLS: "127.0.0.1:0", Secure: us})
	shown := func() string {
		conn := dialTLS(t, w.TLSAddr())
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
	a.Issue("us", []string{"new.example"}, nil)
	later(us.Certificate, us.Key, us.Certificate)
	if got := shown(); got != "new.example" {
		t.Errorf("shows the certificate of %s; want the new one", got)
	}
}

func TestSecureThatCannotWork(t *testing.T) {
	t.Parallel()
	a := wiretest.NewAuthority(t)
	us := a.Issue("us", []string{"us"}, nil)
	for want, o := range map[string]wire.Options{
		"no certificate is named": {TLS: "127.0.0.1:0"},
		"needed together":         {TLS: "127.0.0.1:0", Secure: wire.Secure{Certificate: us.Certificate}},
		"/nowhere":                {TLS: "127.0.0.1:0", Secure: wire.Secure{Certificate: "/nowhere", Key: us.Key}},
		"without a ca":            {Secure: wire.Secure{RequireClient: true}},
		"no certificate is in it": {Secure: wire.Secure{CA: us.Key}},
	} {
		if _, err := wire.New(o, answers); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v; want %s", err, want)
		}
	}
}

// Neither plain text at the door for TLS, nor a client that says nothing, keeps
// others waiting.
func TestStrangersAtTheDoorForTLS(t *testing.T) {
	t.Parallel()
	a := wiretest.NewAuthority(t)
	w := start(t, wire.Options{TLS: "127.0.0.1:0", Secure: a.Issue("us", []string{"127.0.0.1"}, nil), Limits: wire.Limits{Start: 20 * unit}})
	silent, plain := dialTCP(t, w.TLSAddr()), dialTCP(t, w.TLSAddr())
	defer silent.Close()
	defer plain.Close()
	if _, err := plain.Write([]byte("OPTIONS sip:x SIP/2.0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	p := overTLS(t, dialTLS(t, w.TLSAddr()))
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS got %d", code)
	}
	closed(t, plain)
	closed(t, silent)
}

// dialTLS connects as a client that checks nothing.
func dialTLS(t *testing.T, to netip.AddrPort, pairs ...tls.Certificate) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", to.String(), &tls.Config{InsecureSkipVerify: true, Certificates: pairs}) //nolint:gosec // the test looks for itself
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// closed waits until a connection is closed from the other side.
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
