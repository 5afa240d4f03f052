package wire_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"careline/sip/wire"
)

// Several messages in one segment, and one byte by byte, are read all the same.
func TestMessagesSplitAndJoined(t *testing.T) {
	t.Parallel()
	w := start(t, wire.Options{TCP: "127.0.0.1:0"})
	p := overTCP(t, dialTCP(t, w.TCPAddr()))
	a, b, c, d := p.request("OPTIONS", ""), p.request("OPTIONS", "a body\r\n\r\n of lines"), p.request("OPTIONS", ""), p.request("OPTIONS", "")
	p.send(a + b + "\r\n" + c)
	for i := range len(d) {
		p.send(d[i : i+1])
	}
	for _, req := range []string{a, b, c, d} {
		if code := p.code(req); code != 200 {
			t.Errorf("OPTIONS got %d", code)
		}
	}
}

// What leaves no boundary to go on from costs the connection, after an answer
// where one can be given.
func TestNonsenseOnAStream(t *testing.T) {
	t.Parallel()
	w := start(t, wire.Options{TCP: "127.0.0.1:0"})
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
			conn := dialTCP(t, w.TCPAddr())
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
	w := start(t, wire.Options{TCP: "127.0.0.1:0", Limits: wire.Limits{Start: 20 * unit, Message: 20 * unit, Idle: 40 * unit}})
	silent, half, drip, pinging := dialTCP(t, w.TCPAddr()), dialTCP(t, w.TCPAddr()), dialTCP(t, w.TCPAddr()), dialTCP(t, w.TCPAddr())
	for _, conn := range []net.Conn{silent, half, drip, pinging} {
		defer conn.Close()
	}
	p := overTCP(t, dialTCP(t, w.TCPAddr()))
	text := p.request("OPTIONS", "")
	fmt.Fprint(pinging, text) // so it is welcome, for a while
	if _, err := half.Write([]byte(text[:len(text)/2])); err != nil {
		t.Fatal(err)
	}
	again := func(conn net.Conn, text string) { // until the connection is closed
		for i := 0; ; i++ {
			if _, err := conn.Write([]byte(text[i%len(text) : i%len(text)+1])); err != nil {
				return
			}
			<-time.After(unit)
		}
	}
	go again(drip, "OPTIONS sip:x@h SIP/2.0\r\nX: "+strings.Repeat("x", 10000))
	go again(pinging, "\r\n")
	closed(t, silent)
	closed(t, half)
	closed(t, drip)
	closed(t, pinging)
	p = overTCP(t, dialTCP(t, w.TCPAddr()))
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS got %d", code)
	}
}

// Who has been refused all it asked for does not keep its connection, however
// often it asks; who was granted something does.
func TestUnwelcomePeers(t *testing.T) {
	t.Parallel()
	w := start(t, wire.Options{TCP: "127.0.0.1:0", Limits: wire.Limits{Start: 20 * unit}})
	p := overTCP(t, dialTCP(t, w.TCPAddr()))
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS got %d", code)
	}
	conn := dialTCP(t, w.TCPAddr())
	q := overTCP(t, conn)
	for range 2 {
		fmt.Fprint(conn, q.request("REGISTER", ""))
	}
	closed(t, conn)
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS got %d", code)
	}
}

// Connections are bounded, in all and for each source; one that is closed makes
// room.
func TestMostConnections(t *testing.T) {
	t.Parallel()
	for _, l := range []wire.Limits{{Connections: 2}, {PerSource: 2}} {
		w := start(t, wire.Options{TCP: "127.0.0.1:0", Limits: l})
		first := dialTCP(t, w.TCPAddr())
		p, q := overTCP(t, first), overTCP(t, dialTCP(t, w.TCPAddr()))
		for _, p := range []*peer{p, q} {
			if code := p.do("OPTIONS"); code != 200 {
				t.Errorf("OPTIONS got %d", code)
			}
		}
		third := dialTCP(t, w.TCPAddr())
		defer third.Close()
		closed(t, third)
		first.Close()
		for works := false; !works; { // the place is free as soon as the end is read
			conn := dialTCP(t, w.TCPAddr())
			fmt.Fprint(conn, q.request("OPTIONS", ""))
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
	w := start(t, wire.Options{TCP: "127.0.0.1:0"})
	conn := dialTCP(t, w.TCPAddr())
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
	w := start(t, wire.Options{Limits: wire.Limits{Ping: 10 * unit, Message: 10 * unit, Idle: time.Hour}})
	code := ask(t.Context(), t, w, "sip:x@"+l.Addr().String()+";transport=tcp")
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	p := newPeer(t, conn, "TCP", func() (string, error) { return readMessage(r) })
	p.grant("OPTIONS")
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

// Two requests to one machine share a connection.
func TestConnectionIsShared(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := start(t, wire.Options{})
	var codes []<-chan int
	for range 8 {
		codes = append(codes, ask(t.Context(), t, w, "sip:x@"+l.Addr().String()+";transport=tcp"))
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := overTCP(t, conn)
	for range codes {
		p.grant("OPTIONS")
	}
	for _, code := range codes {
		if n := get(t, "OPTIONS", code); n != 200 {
			t.Errorf("OPTIONS = %d", n)
		}
	}
}
