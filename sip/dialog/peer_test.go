package dialog_test

import (
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestMain(m *testing.M) {
	sipmsg.SetTimers(t1, t2, t4)
	flag.Parse()
	if f := flag.Lookup("test.fuzz"); f.Value.String() == "" {
		_ = flag.Set("test.parallel", parallel) // they wait for timers, not for the processor
	}
	os.Exit(m.Run())
}

// peer is the other side of a call, played by the test: it writes SIP as text
// on a socket of its own, in any order and at any moment, and reads what comes.
// It shares no code with what it judges.
type peer struct {
	t         testing.TB
	addr      func() string // its own
	transport string        // UDP or TCP
	write     func(packet []byte) error
	to        netip.AddrPort // the endpoint

	mu   sync.Mutex
	cond sync.Cond
	box  []msg          // received, not taken yet; repetitions left out
	seen map[string]int // how often each packet came
}

// newPeer opens the peer's socket. to may be the zero value until the endpoint
// is there.
func newPeer(t testing.TB, to netip.AddrPort) *peer {
	t.Helper()
	return newPeerAt(t, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, to)
}

// newPeerAt is newPeer at an address of its own.
func newPeerAt(t testing.TB, at *net.UDPAddr, to netip.AddrPort) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, to: to, transport: "UDP", seen: make(map[string]int)}
	p.cond.L = &p.mu
	p.addr = func() string { return conn.LocalAddr().String() }
	p.write = func(b []byte) error {
		_, err := conn.WriteToUDPAddrPort(b, p.to)
		return err
	}
	buf := make([]byte, 65536)
	p.reads(conn, func() (string, error) {
		n, err := conn.Read(buf)
		return string(buf[:n]), err
	})
	return p
}

// reads fills the box until the test ends and the connection is closed.
func (p *peer) reads(conn io.Closer, next func() (string, error)) {
	done := make(chan struct{})
	p.t.Cleanup(func() {
		conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			raw, err := next()
			if err != nil {
				return
			}
			p.mu.Lock()
			if p.seen[raw]++; p.seen[raw] == 1 {
				p.box = append(p.box, parse(raw))
			}
			p.cond.Broadcast()
			p.mu.Unlock()
		}
	}()
}

// target is a request URI at the peer.
func (p *peer) target(user string) string { return "sip:" + user + "@" + p.addr() }

// until waits until ok, which is called with p.mu held; what names it when it
// does not come.
func (p *peer) until(what string, ok func() bool) {
	p.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		late = true
		p.cond.Broadcast()
	})
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !ok() {
		if late {
			p.t.Fatalf("waited for %s in vain; have %q", what, starts(p.box))
		}
		p.cond.Wait()
	}
}

// take waits for the first message whose start line begins so ("BYE",
// "SIP/2.0 200"), for a response also of a CSeq that ends so, and takes it from
// the box. Others stay there.
func (p *peer) take(start string, cseq ...string) (m msg) {
	p.t.Helper()
	p.until(fmt.Sprint(start, cseq), func() bool {
		i := slices.IndexFunc(p.box, func(m msg) bool { return m.is(start, cseq...) })
		if i < 0 {
			return false
		}
		m = p.box[i]
		p.box = slices.Delete(p.box, i, i+1)
		return true
	})
	return m
}

// again waits until a message has come n times.
func (p *peer) again(m msg, n int) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s, %d times", m.start, n), func() bool { return p.seen[m.raw] >= n })
}

// none fails when such a message has come.
func (p *peer) none(start string, cseq ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.box, func(m msg) bool { return m.is(start, cseq...) }) {
		p.t.Errorf("%s came; want none", start)
	}
}

// send writes a packet; lines may end in \n alone.
func (p *peer) send(text string) {
	p.t.Helper()
	p.raw(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
}

// raw writes a packet as it is.
func (p *peer) raw(text string) {
	p.t.Helper()
	if err := p.write([]byte(text)); err != nil {
		p.t.Error(err)
	}
}

// reply answers a request: status is "180 Ringing", tag the peer's tag, more
// are header lines, the last one of which may be followed by an empty line and a
// body.
func (p *peer) reply(req msg, status, tag string, more ...string) {
	p.t.Helper()
	p.send(p.response(req, status, tag, more...))
}

func (p *peer) response(req msg, status, tag string, more ...string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\n")
	for _, v := range req.all("Via") {
		b.WriteString("Via: " + v + "\n")
	}
	to := req.get("To")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	b.WriteString("From: " + req.get("From") + "\nTo: " + to + "\nCall-ID: " + req.get("Call-ID") + "\nCSeq: " + req.get("CSeq") + "\n")
	b.WriteString(tail(more))
	return b.String()
}

// ok answers an INVITE with a 200 that has a Contact and an SDP.
func (p *peer) ok(req msg, tag string, more ...string) {
	p.t.Helper()
	p.reply(req, "200 OK", tag, append(more, "Contact: <sip:callee@"+p.addr()+">", sdpType, "", sdp("peer"))...)
}

const sdpType = "Content-Type: application/sdp"

// sdp is a session description of a given name.
func sdp(name string) string {
	return "v=0\r\no=" + name + " 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
}

// tail is the rest of a message after the headers it always has.
func tail(more []string) string {
	var b strings.Builder
	body := ""
	for i, line := range more {
		if line == "" {
			body = strings.Join(more[i+1:], "")
			break
		}
		b.WriteString(line + "\n")
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\n\n" + body)
	return b.String()
}

// side is the peer's side of a call that it makes, or of a dialog it is in.
type side struct {
	p            *peer
	callID       string
	local, other string // From and To of its requests, with tags
	uri          string
	cseq         int
	routes       []string
}

// unique returns a name that no other has, and that none is close to.
func unique(prefix string) string { return prefix + rand.Text() }

// caller begins a call of the peer to user at the endpoint.
func (p *peer) caller(user string) *side {
	uri := "sip:" + user + "@" + p.to.String()
	return &side{
		p: p, callID: unique("call-"), cseq: 0, uri: uri,
		local: "<sip:caller@" + p.addr() + ">;tag=" + unique("ptag-"), other: "<" + uri + ">",
	}
}

// callee is the peer's side of a call that an INVITE of the endpoint made.
func (p *peer) callee(invite msg, tag string) *side {
	return &side{
		p: p, callID: invite.get("Call-ID"), local: invite.get("To") + ";tag=" + tag, other: invite.get("From"),
		uri: addrSpec(invite.get("Contact")), cseq: 100,
	}
}

// request builds the next request of the side, and returns it as the endpoint
// will read it.
func (s *side) request(method string, more ...string) msg {
	if method != "ACK" && method != "CANCEL" {
		s.cseq++
	}
	return s.with(method, unique("z9hG4bK-peer-"), s.cseq, more...)
}

// with builds a request with a given branch and CSeq.
func (s *side) with(method, branch string, cseq int, more ...string) msg {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\nVia: SIP/2.0/%s %s;branch=%s;rport\n", method, s.uri, s.p.transport, s.p.addr(), branch)
	for _, r := range s.routes {
		b.WriteString("Route: " + r + "\n")
	}
	fmt.Fprintf(&b, "From: %s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\nMax-Forwards: 70\n", s.local, s.other, s.callID, cseq, method)
	if method != "BYE" && method != "ACK" && method != "CANCEL" {
		b.WriteString("Contact: <sip:caller@" + s.p.addr() + ">\n")
	}
	b.WriteString(tail(more))
	return parse(b.String())
}

// invite sends an INVITE with an offer.
func (s *side) invite(more ...string) msg {
	s.p.t.Helper()
	m := s.request("INVITE", append(more, sdpType, "", sdp("peer"))...)
	s.p.send(m.raw)
	return m
}

// do sends a request and returns its final response.
func (s *side) do(method string, more ...string) msg {
	s.p.t.Helper()
	m := s.request(method, more...)
	s.p.send(m.raw)
	return s.p.final(m)
}

// final waits for the final response to a request.
func (p *peer) final(req msg) (res msg) {
	p.t.Helper()
	p.until("final response to "+req.start, func() bool {
		i := slices.IndexFunc(p.box, func(m msg) bool {
			return m.code() >= 200 && m.get("Call-ID") == req.get("Call-ID") && m.get("CSeq") == req.get("CSeq") &&
				m.get("Via") != "" && branchOf(m) == branchOf(req)
		})
		if i < 0 {
			return false
		}
		res = p.box[i]
		p.box = slices.Delete(p.box, i, i+1)
		return true
	})
	return res
}

// ack confirms a 2xx, and makes the side's dialog.
func (s *side) ack(res msg, more ...string) {
	s.p.t.Helper()
	s.other = res.get("To")
	s.uri = addrSpec(res.get("Contact"))
	n, _ := strconv.Atoi(strings.Fields(res.get("CSeq"))[0])
	s.p.send(s.with("ACK", unique("z9hG4bK-ack-"), n, more...).raw)
}

// msg is a SIP message as text.
type msg struct {
	raw, start, body string
	lines            []string // header lines
}

func parse(raw string) msg {
	raw = strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n")
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	return msg{raw: raw, start: lines[0], lines: lines[1:], body: body}
}

func (m msg) all(name string) (values []string) {
	for _, line := range m.lines {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(n, name) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

func (m msg) get(name string) string {
	if v := m.all(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

func (m msg) code() int {
	if rest, ok := strings.CutPrefix(m.start, "SIP/2.0 "); ok {
		n, _ := strconv.Atoi(rest[:3])
		return n
	}
	return 0
}

func (m msg) is(start string, cseq ...string) bool {
	return strings.HasPrefix(m.start, start) && (len(cseq) == 0 || strings.HasSuffix(m.get("CSeq"), cseq[0]))
}

func starts(box []msg) (s []string) {
	for _, m := range box {
		s = append(s, m.start)
	}
	return s
}

// param returns a parameter of a header value.
func param(value, name string) string {
	for _, p := range strings.Split(value, ";")[1:] {
		if n, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(n), name) {
			return v
		}
	}
	return ""
}

func branchOf(m msg) string { return param(m.get("Via"), "branch") }
func toTag(m msg) string    { return param(after(m.get("To"), ">"), "tag") }

func after(s, sep string) string {
	_, rest, _ := strings.Cut(s, sep)
	return rest
}

// addrSpec returns what is between < and >.
func addrSpec(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
