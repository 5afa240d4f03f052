package sip_test

import (
	"crypto/md5"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/sip"
)

// proxyHouse is a house with a proxy at 127.0.0.2 in front of its phones.
func proxyHouse(t *testing.T) *house {
	t.Helper()
	return newHouse(t, func(o *sip.Options) {
		o.Listen, o.Proxies = "0.0.0.0:0", []netip.Addr{netip.MustParseAddr("127.0.0.2")}
		o.ProbeEvery = time.Hour
	})
}

// port is the house's address as all machines reach it.
func (h *house) port() string { return fmt.Sprintf("127.0.0.1:%d", h.Addr().Port()) }

// proxied is the proxy's side of a phone: it passes on, from a port of its own,
// what the phone sends from an address behind it.
type proxied struct {
	*testing.T
	conn              net.Conn
	h                 *house
	agent, pass, from string
}

func newProxied(t *testing.T, h *house, agent, pass, from string) *proxied {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := d.DialContext(t.Context(), "udp", h.port())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &proxied{t, conn, h, agent, pass, from}
}

// sends sends a request for a user of the house, with the password once that is
// asked for, and returns the status of its answer.
func (p *proxied) sends(method, user string) int {
	p.Helper()
	uri, id := "sip:"+user+p.h.port(), rand.Text()
	status, answer := p.ask(method, uri, id, 1, "")
	if status != 401 || p.pass == "" {
		return status
	}
	realm, nonce := quoted(answer, "realm"), quoted(answer, "nonce")
	sum := func(s ...string) string { return fmt.Sprintf("%x", md5.Sum([]byte(strings.Join(s, ":")))) }
	proof := sum(sum(p.agent, realm, p.pass), nonce, "00000001", "c", "auth", sum(method, uri))
	status, _ = p.ask(method, uri, id, 2, fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, response=%q, cnonce=\"c\", nc=00000001, qop=auth, algorithm=MD5\r\n",
		p.agent, realm, nonce, uri, proof))
	return status
}

// ask is one transaction.
func (p *proxied) ask(method, uri, id string, cseq int, more string) (status int, answer string) {
	p.Helper()
	self, aor := p.conn.LocalAddr().String(), "sip:"+p.agent+"@"+p.h.port()
	if method == "REGISTER" {
		more += "Path: <sip:" + self + ";lr>\r\n"
	}
	branch := "z9hG4bK" + rand.Text()
	head := func(method string) string {
		return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s\r\nVia: SIP/2.0/UDP 192.168.1.7:5060;rport=5060;received=%s;branch=%s1\r\n"+
			"From: <%s>;tag=p\r\nTo: <%[7]s>\r\nCall-ID: %[8]s\r\nCSeq: %d %[1]s\r\nContact: <sip:%[10]s@192.168.1.7:5060>\r\nMax-Forwards: 69\r\n%[11]sContent-Length: 0\r\n\r\n",
			method, uri, self, branch, p.from, branch, aor, id, cseq, p.agent, more)
	}
	p.write(head(method))
	_ = p.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for buf := make([]byte, 65536); ; {
		n, err := p.conn.Read(buf)
		if err != nil {
			p.Fatalf("%s has no answer: %v", method, err)
		}
		answer = string(buf[:n])
		if _, err := fmt.Sscanf(answer, "SIP/2.0 %d", &status); err == nil && status >= 200 && strings.Contains(answer, branch) {
			break
		}
	}
	if method == "INVITE" {
		p.write(strings.Replace(head("ACK"), more, "", 1))
	}
	return status, answer
}

func (p *proxied) write(text string) {
	p.Helper()
	if _, err := p.conn.Write([]byte(text)); err != nil {
		p.Error(err)
	}
}

// quoted is the value of a parameter in quotes.
func quoted(text, name string) string {
	_, rest, _ := strings.Cut(text, name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// A phone behind a proxy calls by it, from whatever port, and proves itself as all
// do. What else comes by the proxy gets nowhere.
func TestPhoneBehindAProxy(t *testing.T) {
	t.Parallel()
	h := proxyHouse(t)
	const desk = "10.0.0.7"
	if status := newProxied(t, h, "li", "secret", desk).sends("REGISTER", ""); status != 200 {
		t.Fatalf("REGISTER by the proxy answered %d", status)
	}
	statuses := make(chan int, 1)
	li := newProxied(t, h, "li", "secret", desk)
	go func() { statuses <- li.sends("INVITE", "*1@") }()
	in := next(t, "call of the phone", h.codes)
	if i := in.Info(); i.Phone != "li" || i.To != "*1" || i.Trunk != "" {
		t.Errorf("the phone's call comes as %+v", i)
	}
	in.Reject(t.Context(), call.BusyHere)
	in.finish()
	if status := next(t, "answer", statuses); status != 486 {
		t.Errorf("the phone's call was answered %d; want 486", status)
	}
	for _, tt := range []struct {
		who, agent, pass string
		want             int
	}{
		{"a stranger", "", "", 401},
		{"a stranger who guesses", "li", "guess", 403},
		{"an agent without a phone there", "wang", "geheim", 403},
	} {
		if status := newProxied(t, h, tt.agent, tt.pass, "10.0.0.66").sends("INVITE", "*1@"); status != tt.want {
			t.Errorf("by the proxy %s got %d; want %d", tt.who, status, tt.want)
		}
	}
	if n := len(h.codes) + len(h.calls); n != 0 {
		t.Errorf("%d of their calls came in", n)
	}
}

// Who guesses by way of the proxy shuts out neither the proxy nor the phone whose
// password it is.
func TestGuesserBehindAProxy(t *testing.T) {
	t.Parallel()
	h := proxyHouse(t)
	guesser := newProxied(t, h, "li", "guess", "10.0.0.66")
	for range 12 {
		if status := guesser.sends("REGISTER", ""); status != 403 {
			t.Fatalf("a guess was answered by %d; want 403", status)
		}
	}
	guesser.pass = "secret"
	if status := guesser.sends("REGISTER", ""); status != 403 {
		t.Errorf("the guesser is not locked out: %d", status)
	}
	if status := newProxied(t, h, "li", "secret", "10.0.0.7").sends("REGISTER", ""); status != 200 {
		t.Errorf("the phone is locked out: %d", status)
	}
}

func TestProxyThatIsATrunk(t *testing.T) {
	t.Parallel()
	_, err := sip.New(sip.Options{
		Phones: map[string]string{"li": "secret"}, Proxies: []netip.Addr{netip.MustParseAddr("127.0.0.2")},
		Trunks: []sip.Trunk{{Name: "east", Address: "127.0.0.2"}},
	})
	if err == nil || !strings.Contains(err.Error(), "proxy 127.0.0.2 is an address of trunk east") {
		t.Errorf("New = %v; want that the proxy is a trunk", err)
	}
}
