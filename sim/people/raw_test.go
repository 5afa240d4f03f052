package people_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// raw is a plain socket that says whatever a test likes.
type raw struct {
	t    *testing.T
	conn net.Conn
}

func newRaw(t *testing.T, addr string) *raw {
	t.Helper()
	conn, err := net.Dial("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &raw{t: t, conn: conn}
}

func (r *raw) send(message string) {
	r.t.Helper()
	if _, err := r.conn.Write([]byte(message)); err != nil {
		r.t.Fatal(err)
	}
}

// receive is the next message.
func (r *raw) receive() string {
	r.t.Helper()
	buf := make([]byte, 4096)
	if err := r.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
	n, err := r.conn.Read(buf)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(buf[:n])
}

// until is the next message that begins with that.
func (r *raw) until(start string) string {
	r.t.Helper()
	for {
		if m := r.receive(); strings.HasPrefix(m, start) {
			return m
		}
	}
}

// headers are those of a request; branch and Call-ID follow from id.
func (r *raw) headers(id, method string, cseq int) string {
	return fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nFrom: <sip:95000@127.0.0.1>;tag=f%s\r\n"+
		"To: <sip:1001@127.0.0.1>\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\nContact: <sip:95000@%s>\r\n",
		r.conn.LocalAddr(), id, cseq, id, id, cseq, method, r.conn.LocalAddr())
}

const rawSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8\r\n"

// invite is an INVITE to 1001.
func (r *raw) invite(id string, cseq int, extra string) string {
	return "INVITE sip:1001@127.0.0.1 SIP/2.0\r\n" + r.headers(id, "INVITE", cseq) + extra +
		fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(rawSDP), rawSDP)
}

// tag is the To-tag of a response.
func tag(response string) string {
	for line := range strings.Lines(response) {
		if strings.HasPrefix(line, "To:") {
			_, after, _ := strings.Cut(line, "tag=")
			return strings.TrimSpace(after)
		}
	}
	return ""
}
