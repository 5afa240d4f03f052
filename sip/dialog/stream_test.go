package dialog_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// Several messages in one segment, and one byte by byte, are read all the same.
func TestMessagesSplitAndJoined(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{TCP: "127.0.0.1:0"})
	p := overTCP(t, dialTCP(t, e.TCPAddr()))
	a, b, c := p.caller("a").request("OPTIONS"), p.caller("b").request("OPTIONS", "", "a body\n\n of lines"), p.caller("c").request("OPTIONS")
	p.raw(a.raw + b.raw + "\r\n" + c.raw)
	d := p.caller("d").request("OPTIONS")
	for i := range len(d.raw) {
		p.raw(d.raw[i : i+1])
	}
	for _, req := range []msg{a, b, c, d} {
		if res := p.final(req); res.code() != 200 {
			t.Errorf("%s got %s", req.start, res.start)
		}
	}
}

// What leaves no boundary to go on from costs the connection, after an answer
// where one can be given.
func TestNonsenseOnAStream(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{TCP: "127.0.0.1:0"})
	head := "OPTIONS sip:x@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK-1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:x@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
	for _, tt := range []struct{ name, text, want string }{
		{"tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ""},
		{"http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		{"a word without end", strings.Repeat("A", 100), ""},
		{"headers without end", head + "X: " + strings.Repeat("x", 20000), "SIP/2.0 400 Bad Request, headers of more than"},
		{"no length", head + "\r\n", "SIP/2.0 400 Bad Request, no Content-Length"},
		{"two lengths", head + "Content-Length: 1\r\nl: 2\r\n\r\nxx", "SIP/2.0 400 Bad Request, two values"},
		{"no number", head + "Content-Length: many\r\n\r\n", "SIP/2.0 400 Bad Request, bad Content-Length"},
		{"too long", head + "Content-Length: 2000000000\r\n\r\n", "SIP/2.0 400 Bad Request, message of more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := dialTCP(t, e.TCPAddr())
			defer conn.Close()
			if _, err := conn.Write([]byte(tt.text)); err != nil {
				t.Fatal(err)
			}
			if tt.want != "" {
				_ = conn.SetReadDeadline(time.Now().Add(patience))
				if res, err := readMessage(bufio.NewReader(conn)); !strings.HasPrefix(res, tt.want) {
					t.Errorf("got %q, %v; want %s", res, err, tt.want)
				}
			}
			closed(t, conn)
		})
	}
}

// Who connects and is silent, or stops half-way, or drips, is let go; so is who
// has not said anything for long.
func TestSlowPeers(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{
		TCP: "127.0.0.1:0", Limits: dialog.Limits{Start: 20 * t1, Message: 20 * t1, Idle: 40 * t1},
	})
	silent, half, drip, pinging := dialTCP(t, e.TCPAddr()), dialTCP(t, e.TCPAddr()), dialTCP(t, e.TCPAddr()), dialTCP(t, e.TCPAddr())
	for _, conn := range []net.Conn{silent, half, drip, pinging} {
		defer conn.Close()
	}
	p := overTCP(t, dialTCP(t, e.TCPAddr()))
	text := p.caller("x").request("OPTIONS").raw
	fmt.Fprint(pinging, text) // so it is welcome, for a while
	if _, err := half.Write([]byte(text[:len(text)/2])); err != nil {
		t.Fatal(err)
	}
	again := func(conn net.Conn, text string) { // until the connection is closed
		for i := 0; ; i++ {
			if _, err := conn.Write([]byte(text[i%len(text) : i%len(text)+1])); err != nil {
				return
			}
			<-time.After(t1)
		}
	}
	go again(drip, "OPTIONS sip:x@h SIP/2.0\r\nX: "+strings.Repeat("x", 10000))
	go again(pinging, "\r\n")
	closed(t, silent)
	closed(t, half)
	closed(t, drip)
	closed(t, pinging)
	p = overTCP(t, dialTCP(t, e.TCPAddr()))
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
}

// Who has been refused all it asked for does not keep its connection, however
// often it asks; who was granted something does.
func TestUnwelcomePeers(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{TCP: "127.0.0.1:0", Limits: dialog.Limits{Start: 20 * t1}})
	p := overTCP(t, dialTCP(t, e.TCPAddr()))
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	conn := dialTCP(t, e.TCPAddr())
	q := &peer{t: t, transport: "TCP", to: e.TCPAddr(), addr: conn.LocalAddr().String}
	for range 2 {
		fmt.Fprint(conn, q.caller("x").request("REGISTER").raw)
	}
	defer conn.Close()
	closed(t, conn)
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
}

// Connections are bounded, in all and for each source; one that is closed makes
// room.
func TestMostConnections(t *testing.T) {
	t.Parallel()
	for _, l := range []dialog.Limits{{Connections: 2}, {PerSource: 2}} {
		e := start(t, dialog.Options{TCP: "127.0.0.1:0", Limits: l})
		first := dialTCP(t, e.TCPAddr())
		p, q := overTCP(t, first), overTCP(t, dialTCP(t, e.TCPAddr()))
		for _, p := range []*peer{p, q} {
			if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
				t.Errorf("OPTIONS got %s", res.start)
			}
		}
		third := dialTCP(t, e.TCPAddr())
		defer third.Close()
		closed(t, third)
		first.Close()
		for works := false; !works; { // the place is free as soon as the end is read
			conn := dialTCP(t, e.TCPAddr())
			fmt.Fprint(conn, q.caller("x").request("OPTIONS").raw)
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			_, err := readMessage(bufio.NewReader(conn))
			works = err == nil
			conn.Close()
		}
	}
}

// A ping gets its pong (RFC 5626), whole or in two segments, also amid messages.
func TestPong(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{TCP: "127.0.0.1:0"})
	conn := dialTCP(t, e.TCPAddr())
	defer conn.Close()
	r := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for _, pieces := range [][]string{{"\r\n\r\n"}, {"\r\n", "\r\n"}, {"\r", "\n\r", "\n"}} {
		for _, piece := range pieces {
			fmt.Fprint(conn, piece)
		}
		if line, err := r.ReadString('\n'); line != "\r\n" {
			t.Errorf("%q got %q, %v; want one CRLF", pieces, line, err)
		}
	}
}

// We ping on connections that we made, and give one up whose peer, after it had
// answered, falls silent.
func TestPing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := start(t, dialog.Options{Limits: dialog.Limits{Ping: 10 * t1, Message: 10 * t1, Idle: time.Hour}})
	code := make(chan int, 1)
	go func() {
		n, _ := e.Options(t.Context(), "sip:x@"+l.Addr().String()+";transport=tcp", "")
		code <- n
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	req, err := readMessage(r)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t}
	p.write = func(b []byte) error { _, err := conn.Write(b); return err }
	p.reply(parse(req), "200 OK", "")
	if n := get(t, "OPTIONS", code); n != 200 {
		t.Errorf("OPTIONS = %d", n)
	}
	for range 2 {
		ping := make([]byte, 4)
		if _, err := r.Read(ping); err != nil || string(ping) != "\r\n\r\n" {
			t.Fatalf("read %q, %v; want a ping", ping, err)
		}
		fmt.Fprint(conn, "\r\n")
	}
	closed(t, conn)
}

// A phone that has connected gets its calls by that connection, as nobody can
// connect to it; once it has closed it, the call fails at once.
func TestFlow(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{TCP: "127.0.0.1:0"})
	conn := dialTCP(t, e.TCPAddr())
	p := overTCP(t, conn)
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	at := netip.MustParseAddrPort(p.addr())
	if !e.Connected("TCP", at) {
		t.Errorf("Connected(%s) = false", at)
	}
	inv := dialog.Invite{
		Leg: dialog.NewLeg("sip:li@127.0.0.1:1;transport=tcp"), Offer: []byte(sdp("us")),
		Route: p.addr() + ";transport=tcp;flow",
	}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.reply(req, "200 OK", "a", "Contact: <sip:li@127.0.0.1:1;transport=tcp>", sdpType, "", sdp("peer"))
	if ack := p.take("ACK"); !strings.HasPrefix(ack.start, "ACK sip:li@127.0.0.1:1;transport=tcp") {
		t.Errorf("ACK is %s; want the Contact as its request URI", ack.start)
	}
	d := answered(t, done)
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	p.reply(p.take("BYE"), "200 OK", "")
	get(t, "Done", d.Done())
	conn.Close()
	for e.Connected("TCP", at) {
		<-time.After(t1)
	}
	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	if r := refused(t, call(t.Context(), e, inv)); !errors.Is(r, dialog.ErrNotSent) || !strings.Contains(r.Error(), "is closed") {
		t.Errorf("Invite by a closed connection = %v", r)
	}
}

// Two requests to one machine share a connection.
func TestConnectionIsShared(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e := start(t, dialog.Options{})
	ctx, stop := context.WithCancel(t.Context())
	codes := make(chan int, 8)
	for range cap(codes) {
		go func() {
			n, _ := e.Options(ctx, "sip:x@"+l.Addr().String()+";transport=tcp", "")
			codes <- n
		}()
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	p := overTCP(t, conn)
	for range cap(codes) {
		p.reply(p.take("OPTIONS"), "200 OK", "")
	}
	for range cap(codes) {
		if n := get(t, "OPTIONS", codes); n != 200 {
			t.Errorf("OPTIONS = %d", n)
		}
	}
}
