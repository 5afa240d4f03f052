package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// slowFar is a far end that does what a test tells it, one thing at a time, and
// notes all that it is asked. Who is not told of is busy.
type slowFar struct {
	testing.TB
	conn  net.PacketConn // of its SIP
	sound net.PacketConn

	mu      sync.Mutex
	asked   []asked
	epoch   int              // how often a service was killed
	held    map[string]asked // INVITEs to be answered by the test, by the number
	holds   map[string]bool  // the numbers whose calls it holds
	refuses bool             // CANCEL is confirmed, but the INVITE is not: the person has just picked up
}

// asked is a request that has come.
type asked struct {
	Method, Number, CallID, Branch string
	Epoch                          int
	Text                           string
	reply                          func(string) // sends
}

func newSlowFar(t testing.TB, holds string) *slowFar {
	t.Helper()
	f := &slowFar{TB: t, held: make(map[string]asked), holds: map[string]bool{holds: true}}
	f.conn, f.sound = listenUDP(t), listenUDP(t)
	var done sync.WaitGroup
	done.Go(f.serve)
	t.Cleanup(func() {
		f.conn.Close()
		f.sound.Close()
		done.Wait()
	})
	return f
}

func listenUDP(t testing.TB) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func (f *slowFar) serve() {
	b := make([]byte, 65536)
	for {
		n, from, err := f.conn.ReadFrom(b)
		if err != nil {
			return
		}
		f.take(string(b[:n]), func(text string) { _, _ = f.conn.WriteTo([]byte(text), from) })
	}
}

// serveTCP does the same by a stream, until it ends.
func (f *slowFar) serveTCP(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		var head strings.Builder
		for !strings.HasSuffix(head.String(), "\r\n\r\n") {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
		}
		size, _ := strconv.Atoi(strings.TrimSpace(field(head.String(), "Content-Length")))
		body := make([]byte, size)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		f.take(head.String()+string(body), func(text string) { _, _ = io.WriteString(conn, text) })
	}
}

var (
	numberCalled = regexp.MustCompile(`^\w+ sip:(\+\d+)@`)
	branchOfVia  = regexp.MustCompile(`branch=([^;\s]+)`)
)

// take notes a request and does what is usual; responses are not looked at.
func (f *slowFar) take(text string, reply func(string)) {
	method, _, _ := strings.Cut(text, " ")
	if strings.HasPrefix(method, "SIP/") {
		return
	}
	a := asked{Method: method, CallID: field(text, "Call-ID"), Text: text, reply: reply}
	if m := numberCalled.FindStringSubmatch(text); m != nil {
		a.Number = m[1]
	}
	if m := branchOfVia.FindStringSubmatch(field(text, "Via")); m != nil {
		a.Branch = m[1]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a.Epoch = f.epoch
	f.asked = append(f.asked, a)
	switch {
	case method == "INVITE" && f.holds[a.Number]:
		if _, again := f.held[a.Number]; !again {
			f.held[a.Number] = a
		}
	case method == "INVITE":
		reply(responseTo(text, "486 Busy Here", ""))
	case method == "CANCEL":
		f.cancelled(a)
	case method == "BYE" && a.Epoch == 0: // the service is killed over it
	case method == "BYE", method == "OPTIONS":
		reply(responseTo(text, "200 OK", ""))
	}
}

// cancelled confirms a CANCEL and ends the INVITE. f.mu is held.
func (f *slowFar) cancelled(a asked) {
	invite, known := f.held[a.Number]
	if !known || invite.CallID != a.CallID || invite.Branch != a.Branch {
		a.reply(responseTo(a.Text, "481 Call Does Not Exist", ""))
		return
	}
	a.reply(responseTo(a.Text, "200 OK", ""))
	if !f.refuses {
		a.reply(responseTo(invite.Text, "487 Request Terminated", ""))
	}
}

// say answers the held INVITE.
func (f *slowFar) say(number, status string) {
	f.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	invite, known := f.held[number]
	if !known {
		f.Fatalf("%s is not being called", number)
	}
	body := ""
	if status == "200 OK" {
		body = fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8 %d\r\n"+
			"a=rtpmap:%[2]d telephone-event/8000\r\n", f.sound.LocalAddr().(*net.UDPAddr).Port, keyPayload)
	}
	invite.reply(responseTo(invite.Text, status, body, "Contact: <sip:far@"+f.conn.LocalAddr().String()+">"))
}

// sees waits until something has been asked of a number since the latest kill.
func (f *slowFar) sees(method, number string) asked {
	f.Helper()
	var found asked
	await(f, generous, method+" for "+number, func() bool {
		for _, a := range f.requests() {
			if a.Method == method && a.Epoch == f.now() && f.concerns(a, number) {
				found = a
				return true
			}
		}
		return false
	})
	return found
}

// concerns tells whether a request belongs to a call to the number: its URI may be
// the far end's contact.
func (f *slowFar) concerns(a asked, number string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	invite, known := f.held[number]
	return a.Number == number || known && a.CallID == invite.CallID
}

func (f *slowFar) requests() []asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]asked(nil), f.asked...)
}

func (f *slowFar) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.epoch
}

// killed tells that the service is dead: what comes from now on is another's.
func (f *slowFar) killed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epoch++
}

// dials counts the calls to a number: INVITEs that are not the same once more.
func (f *slowFar) dials(number string) int {
	calls := make(map[string]bool)
	for _, a := range f.requests() {
		if a.Method == "INVITE" && a.Number == number {
			calls[fmt.Sprint(a.CallID, a.Branch, a.Epoch)] = true
		}
	}
	return len(calls)
}

// press presses a key in the held call, anew each time it is called.
func (f *slowFar) press(number, key string, nth int) {
	f.Helper()
	f.mu.Lock()
	invite := f.held[number]
	f.mu.Unlock()
	to, err := offeredSound(invite.Text)
	if err != nil {
		f.Fatalf("where the sound of the service is: %v", err)
	}
	for i := range 8 {
		p := keyPacket(key[0]-'0', i)
		binary.BigEndian.PutUint16(p[2:], uint16(2000+8*nth+i))
		binary.BigEndian.PutUint32(p[4:], uint32(8000*nth))
		if _, err := f.sound.WriteTo(p, to); err != nil {
			f.Fatal("press a key:", err)
		}
	}
}

var soundPort = regexp.MustCompile(`m=audio (\d+)`)

// offeredSound is where an offer wants sound.
func offeredSound(invite string) (net.Addr, error) {
	port := soundPort.FindStringSubmatch(invite)
	_, host, found := strings.Cut(invite, "c=IN IP4 ")
	if port == nil || !found {
		return nil, errors.New("the INVITE says nothing of it")
	}
	return net.ResolveUDPAddr("udp4", net.JoinHostPort(strings.Fields(host)[0], port[1]))
}

// responseTo is the response to a request.
func responseTo(request, status, body string, more ...string) string {
	head, _, _ := strings.Cut(request, "\r\n\r\n")
	lines := []string{"SIP/2.0 " + status}
	for line := range strings.SplitSeq(head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch {
		case name == "To" && !strings.Contains(line, "tag="):
			lines = append(lines, line+";tag=far")
		case name == "Via", name == "From", name == "To", name == "Call-ID", name == "CSeq", name == "Record-Route":
			lines = append(lines, line)
		}
	}
	lines = append(lines, more...)
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	return strings.Join(append(lines, "Content-Length: "+strconv.Itoa(len(body)), "", body), "\r\n")
}

// release has a number's calls be busy, as the others' are.
func (f *slowFar) release(number string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.holds, number)
}

// refuse has no call end because it is cancelled.
func (f *slowFar) refuse() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuses = true
}
