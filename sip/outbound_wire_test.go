package sip_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/phone"
	"careline/sip"
	"careline/sip/wire"
)

// carrier is one that is connected to. It answers everything with 200, and
// tells of each request and each connection.
type carrier struct {
	net.Listener
	secure   wire.Secure // that trusts it
	requests chan wired

	mu    sync.Mutex
	conns []net.Conn
}

// wired is a request as text.
type wired struct {
	line string
	head textproto.MIMEHeader
}

func newCarrier(t *testing.T, transport string) *carrier {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &carrier{Listener: l, requests: make(chan wired, 64)}
	if transport == "tls" {
		w.Listener = tls.NewListener(l, w.certified(t))
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		w.serve()
	}()
	t.Cleanup(func() {
		w.Close()
		w.cut()
		<-served
	})
	return w
}

// certified makes a certificate for 127.0.0.1, and the file of who trusts it.
func (w *carrier) certified(t *testing.T) *tls.Config {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	w.secure.CA = filepath.Join(t.TempDir(), "ca.crt")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: lender.Certificate().Raw}
	if err := os.WriteFile(w.secure.CA, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: lender.TLS.Certificates}
}

func (w *carrier) serve() {
	var reads sync.WaitGroup
	defer reads.Wait()
	for {
		conn, err := w.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.conns = append(w.conns, conn)
		w.mu.Unlock()
		reads.Go(func() { w.read(conn) })
	}
}

func (w *carrier) read(conn net.Conn) {
	defer conn.Close()
	for r := textproto.NewReader(bufio.NewReader(conn)); ; {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		head, err := r.ReadMIMEHeader()
		if err != nil {
			return
		}
		length, _ := strconv.Atoi(head.Get("Content-Length"))
		_, _ = io.CopyN(io.Discard, r.R, int64(length))
		fmt.Fprintf(conn, "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=t\r\nCall-ID: %s\r\nCSeq: %s\r\nRequire: outbound\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n",
			"200 OK", head.Get("Via"), head.Get("From"), head.Get("To"), head.Get("Call-Id"), head.Get("Cseq"))
		w.requests <- wired{line, head}
	}
}

// cut closes the connections.
func (w *carrier) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		conn.Close()
	}
	w.conns = nil
}

// asked waits for a request of a method.
func (w *carrier) asked(t *testing.T, method string) wired {
	t.Helper()
	for {
		if r := next(t, method, w.requests); strings.HasPrefix(r.line, method+" ") {
			return r
		}
	}
}

// house is a house with one trunk, at the carrier, that is asked so seldom that
// nothing of it is seen here.
func (w *carrier) house(t *testing.T, trunk sip.Trunk) chan sip.TrunkState {
	t.Helper()
	states := make(chan sip.TrunkState, 64)
	newHouse(t, func(o *sip.Options) {
		trunk.Name, trunk.Address, trunk.Options, trunk.Allow = "east", w.Addr().String(), time.Hour, phone.Prefixes{"+86"}
		o.Trunks, o.Secure, o.RegisterRetry, o.Node = []sip.Trunk{trunk}, w.secure, time.Hour, "house"
		o.OnTrunk = func(_ context.Context, s sip.TrunkState) { states <- s }
	})
	return states
}

// TestConnectionOfATrunkIsLost: the carrier closes it. The trunk is asked, and
// registered, at once; where nothing can be connected to it is down, whatever
// registration should last.
func TestConnectionOfATrunkIsLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		transport string
		register  bool
		method    string
	}{{"tcp", false, "OPTIONS"}, {"tls", false, "OPTIONS"}, {"tcp", true, "REGISTER"}, {"tls", true, "REGISTER"}} {
		t.Run(tt.transport+" "+tt.method, func(t *testing.T) {
			t.Parallel()
			w := newCarrier(t, tt.transport)
			states := w.house(t, sip.Trunk{Transport: tt.transport, Register: tt.register, Username: "acme", Password: "letmein"})
			until(t, "up", states, isUp)
			first := w.asked(t, tt.method)
			w.cut()
			again := w.asked(t, tt.method)
			if was, is := instance(first), instance(again); was != is || (is != "") != tt.register {
				t.Errorf("registered by %q, then by %q", was, is)
			}
			w.Close()
			w.cut()
			until(t, "down, and not registered", states, func(s sip.TrunkState) bool {
				return !s.Up && s.Registered.IsZero() && strings.Contains(s.Why, "refused")
			})
		})
	}
}

// instance is what a REGISTER says of who registers.
func instance(r wired) string {
	_, id, _ := strings.Cut(r.head.Get("Contact"), "+sip.instance=")
	return id
}

// TestCarrierThatClosesEachConnection is not asked in a circle.
func TestCarrierThatClosesEachConnection(t *testing.T) {
	t.Parallel()
	w := newCarrier(t, "tcp")
	w.house(t, sip.Trunk{Transport: "tcp"})
	for n := 0; ; n++ {
		select {
		case r := <-w.requests:
			if n == 12 { // a question of its own, and three that are due to haste, of two tries at most
				t.Fatalf("after so many connections that were closed came %s", r.line)
			}
			w.cut()
		case <-time.After(300 * time.Millisecond):
			return
		}
	}
}
