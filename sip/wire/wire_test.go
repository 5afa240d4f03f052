package wire_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"careline/sip/wire"
)

// unit is what the limits of these tests are made of, patience how long a test
// waits for what must come.
const (
	unit     = 25 * time.Millisecond
	patience = 10 * time.Second
)

// answers is an Upper that grants OPTIONS, and nothing else.
var answers = wire.Upper{
	Methods: "OPTIONS",
	Turn:    func(sipmsg.Message, netip.AddrPort, func([]byte) error) bool { return false },
	Observe: func(sipmsg.Message) {},
	OnRequest: func(req *sipmsg.Request, tx *sipmsg.ServerTx) {
		defer tx.TerminateGracefully()
		code, reason := 200, "OK"
		if req.Method != sipmsg.OPTIONS {
			code, reason = 405, "Method Not Allowed"
		}
		_ = tx.Respond(sipmsg.NewResponseFromRequest(req, code, reason, nil))
	},
	OnStray: func(*sipmsg.Response) {},
}

// start runs a wire for the length of a test.
func start(t *testing.T, o wire.Options) *wire.Wire {
	t.Helper()
	w, err := wire.New(o, answers)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w.Serve(ctx)
	t.Cleanup(func() {
		stop()
		w.Close()
	})
	return w
}

// peer talks to a wire as text, on a connection of its own or by UDP, and shares
// no code with what it judges.
type peer struct {
	t         *testing.T
	conn      net.Conn
	transport string
	next      func() (string, error)
	came      []string // messages read that nobody asked for yet
}

// overUDP is a peer with a socket of its own.
func overUDP(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	conn, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 65536)
	return newPeer(t, conn, "UDP", func() (string, error) {
		n, err := conn.Read(buf)
		return string(buf[:n]), err
	})
}

// overTCP is a peer on a connection.
func overTCP(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	r := bufio.NewReader(conn)
	return newPeer(t, conn, "TCP", func() (string, error) { return readMessage(r) })
}

// overTLS is a peer on a connection with TLS.
func overTLS(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	p := overTCP(t, conn)
	p.transport = "TLS"
	return p
}

func newPeer(t *testing.T, conn net.Conn, transport string, next func() (string, error)) *peer {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, conn: conn, transport: transport, next: next}
}

func dialTCP(t *testing.T, to netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// readMessage reads one message of a stream (RFC 3261 section 18.3).
func readMessage(r *bufio.Reader) (string, error) {
	var b strings.Builder
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
		if line == "\r\n" {
			break
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return b.String() + string(body), err
}

// request is a new request as text.
func (p *peer) request(method, body string) string {
	at := p.conn.LocalAddr().String()
	return fmt.Sprintf("%s sip:x@%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK-%s;rport\r\nFrom: <sip:peer@%s>;tag=%s\r\nTo: <sip:x@h>\r\n"+
		"Call-ID: %s\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nContent-Length: %d\r\n\r\n%s",
		method, p.conn.RemoteAddr(), p.transport, at, rand.Text(), at, rand.Text(), rand.Text(), method, len(body), body)
}

// send writes text as it is.
func (p *peer) send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Error(err)
	}
}

// take waits for the first message that is wanted, and keeps the others.
func (p *peer) take(what string, wanted func(string) bool) string {
	p.t.Helper()
	for i, m := range p.came {
		if wanted(m) {
			p.came = append(p.came[:i], p.came[i+1:]...)
			return m
		}
	}
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		m, err := p.next()
		if err != nil {
			p.t.Fatalf("waited for %s in vain: %v", what, err)
		}
		if wanted(m) {
			return m
		}
		p.came = append(p.came, m)
	}
}

// code waits for the response to a request, and returns its status.
func (p *peer) code(req string) int {
	p.t.Helper()
	id := "\r\nCall-ID: " + headerOf(req, "Call-ID") + "\r\n"
	res := p.take("a response", func(m string) bool { return strings.HasPrefix(m, "SIP/2.0 ") && strings.Contains(m, id) })
	code, _ := strconv.Atoi(strings.Fields(res)[1])
	return code
}

// do sends a request and returns the status of its response.
func (p *peer) do(method string) int {
	p.t.Helper()
	req := p.request(method, "")
	p.send(req)
	return p.code(req)
}

// grant answers the next request with 200.
func (p *peer) grant(method string) {
	p.t.Helper()
	req := p.take(method, func(m string) bool { return strings.HasPrefix(m, method+" ") })
	res := "SIP/2.0 200 OK\r\n"
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		res += name + ": " + headerOf(req, name) + "\r\n"
	}
	p.send(strings.Replace(res, "\r\nCall-ID", ";tag=peer\r\nCall-ID", 1) + "Content-Length: 0\r\n\r\n")
}

// headerOf returns the first value of a header.
func headerOf(text, name string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

// ask has a wire ask a machine for its OPTIONS; the status will come.
func ask(ctx context.Context, t *testing.T, w *wire.Wire, target string) <-chan int {
	t.Helper()
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(target, &uri); err != nil {
		t.Fatal(err)
	}
	codes := make(chan int, 1)
	go func() {
		tx, err := w.Request(ctx, options(uri))
		if err != nil {
			t.Errorf("Request: %v", err)
			codes <- 0
			return
		}
		defer tx.Terminate()
		select {
		case res := <-tx.Responses():
			codes <- res.StatusCode
		case <-tx.Done():
			codes <- 0
		}
	}()
	return codes
}

// options is an OPTIONS of ours.
func options(uri sipmsg.Uri) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.OPTIONS, uri)
	req.SetDestination(wire.HeadingOf(&uri).String())
	req.SetTransport(wire.TransportOf(&uri, "UDP"))
	via := &sipmsg.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: req.Transport(), Host: "h"}
	via.Params.Add("branch", sipmsg.RFC3261BranchMagicCookie+rand.Text())
	from := &sipmsg.FromHeader{Address: uri}
	from.Params.Add("tag", rand.Text())
	id, hops := sipmsg.CallIDHeader(rand.Text()), sipmsg.MaxForwardsHeader(70)
	for _, h := range []sipmsg.Header{via, from, &sipmsg.ToHeader{Address: uri}, &id, &sipmsg.CSeqHeader{SeqNo: 1, MethodName: sipmsg.OPTIONS}, &hops} {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	return req
}

// get waits for something; what names it.
func get[T any](t *testing.T, what string, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		t.Fatalf("waited for %s in vain", what)
	}
	return v
}
