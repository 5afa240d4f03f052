package wire_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"

	"careline/sip/wire"
	"careline/sip/wire/wiretest"
)

func TestKnock(t *testing.T) {
	t.Parallel()
	ca := wiretest.NewAuthority(t)
	good, other := ca.Issue("good", []string{"carrier.example"}, nil), ca.Issue("other", []string{"other.example"}, nil)
	w := start(t, wire.Options{Secure: wire.Secure{CA: good.CA}})
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
	serves := func(s wire.Secure) netip.AddrPort {
		return listen(&tls.Config{Certificates: []tls.Certificate{ca.Pair(s)}}) //nolint:gosec // a test
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
		cert, err := w.Knock(t.Context(), wire.Hop{Transport: tt.transport, Addr: tt.at, Name: "carrier.example"})
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.err)
		}
		if (cert == nil) != (tt.cert == "") || cert != nil && cert.DNSNames[0] != tt.cert {
			t.Errorf("%s: certificate %+v; want that of %q", tt.name, cert, tt.cert)
		}
	}
}
