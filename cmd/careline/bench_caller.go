package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// benchCaller is the far end of bench signalling: it makes calls as a carrier's
// switch does, ends them, and repeats what gets no answer. It shares no code
// with what it measures.
type benchCaller struct {
	conn *net.UDPConn
	to   netip.AddrPort
	hold time.Duration // from the answer to BYE
	t1   time.Duration
	done chan struct{} // closed when nothing is read any more

	mu    sync.Mutex
	next  int
	calls map[string]*benchCall // that are not over, by Call-ID
	tally benchTally
}

// benchCall is a call under way.
type benchCall struct {
	id      string
	sent    time.Time
	up, bye bool
	request string        // that is repeated
	again   time.Time     // when; zero: not any more
	wait    time.Duration // until the time after
	latest  time.Time     // when it has failed
}

// benchTally counts calls by how they ended.
type benchTally struct {
	offered, carried, refused, failed int
	why                               map[string]int // they failed
	answers                           []int32        // from INVITE to 200, in microseconds
}

func newBenchCaller(hold, t1 time.Duration) (*benchCaller, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(4 << 20)
	return &benchCaller{
		conn: conn, hold: hold, t1: t1, done: make(chan struct{}),
		calls: make(map[string]*benchCall), tally: benchTally{why: make(map[string]int)},
	}, nil
}

// addr is where it calls from.
func (b *benchCaller) addr() string { return b.conn.LocalAddr().String() }

// listen reads until close.
func (b *benchCaller) listen() {
	repeating := make(chan struct{})
	go func() {
		defer close(repeating)
		for tick := time.NewTicker(b.t1 / 10); ; {
			select {
			case now := <-tick.C:
				b.repeat(now)
			case <-b.done:
				tick.Stop()
				return
			}
		}
	}()
	buf := make([]byte, 65535)
	for {
		n, _, err := b.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			break
		}
		b.hear(string(buf[:n]), time.Now())
	}
	close(b.done)
	<-repeating
}

func (b *benchCaller) close() {
	_ = b.conn.Close()
	<-b.done
}

// run makes calls at a rate a second and returns when all of them are over.
func (b *benchCaller) run(calls int, rate float64) benchTally {
	b.mu.Lock()
	b.tally = benchTally{why: make(map[string]int)}
	b.mu.Unlock()
	began := time.Now()
	for i := range calls {
		if d := time.Until(began.Add(time.Duration(float64(i) / rate * float64(time.Second)))); d > 0 {
			time.Sleep(d)
		}
		b.begin()
	}
	for b.left() > 0 { // each has its latest moment
		time.Sleep(b.t1 / 10)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tally
}

func (b *benchCaller) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// begin sends an INVITE.
func (b *benchCaller) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	b.tally.offered++
	now := time.Now()
	c := &benchCall{id: fmt.Sprintf("bench-%d-%d", now.UnixNano(), b.next), sent: now}
	c.request = b.invite(c.id)
	b.calls[c.id] = c
	b.expect(c, now)
}

// expect sends a call's request and repeats it until something is heard. b.mu is
// held.
func (b *benchCaller) expect(c *benchCall, now time.Time) {
	c.wait, c.again, c.latest = b.t1, now.Add(b.t1), now.Add(64*b.t1)
	b.write(c.request)
}

func (b *benchCaller) write(packet string) {
	_, _ = b.conn.WriteToUDPAddrPort([]byte(packet), b.to) // what is lost is repeated
}

// repeat sends again what has had no answer, and gives up what never gets one.
func (b *benchCaller) repeat(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		switch {
		case now.After(c.latest):
			b.fail(c, "no answer to "+c.request[:strings.IndexByte(c.request, ' ')])
		case !c.again.IsZero() && now.After(c.again):
			c.wait *= 2
			c.again = now.Add(c.wait)
			b.write(c.request)
		}
	}
}

// fail ends a call that went wrong. b.mu is held.
func (b *benchCaller) fail(c *benchCall, why string) {
	delete(b.calls, c.id)
	b.tally.failed++
	b.tally.why[why]++
}

// hear takes a message.
func (b *benchCaller) hear(text string, now time.Time) {
	status, isResponse := strings.CutPrefix(text, "SIP/2.0 ")
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[field(text, "Call-ID")]
	switch {
	case !isResponse:
		b.asked(c, text)
	case strings.HasSuffix(field(text, "CSeq"), "INVITE"):
		b.heardInvite(c, status[:3], text, now)
	case c == nil:
	case status[:3] == "200":
		delete(b.calls, c.id)
		b.tally.carried++
	default:
		b.fail(c, "BYE got "+status[:3])
	}
}

// heardInvite takes a response to INVITE. c is nil when the call is over. b.mu is
// held.
func (b *benchCaller) heardInvite(c *benchCall, status, text string, now time.Time) {
	if status[0] != '1' {
		b.write(b.ack(text, status[0] == '2'))
	}
	switch {
	case c == nil || c.up:
	case status[0] == '1':
		c.again = time.Time{}
	case status[0] == '2':
		c.up, c.again, c.latest = true, time.Time{}, now.Add(b.hold+64*b.t1)
		b.tally.answers = append(b.tally.answers, int32(now.Sub(c.sent)/time.Microsecond))
		c.request = b.byeOf(text)
		time.AfterFunc(b.hold, func() { b.hangUp(c) })
	case status == "503":
		delete(b.calls, c.id)
		b.tally.refused++
	default:
		b.fail(c, "INVITE got "+status)
	}
}

// hangUp sends BYE.
func (b *benchCaller) hangUp(c *benchCall) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls[c.id] == c {
		c.bye = true
		b.expect(c, time.Now())
	}
}

// asked answers a request. A BYE ends the call before it should. b.mu is held.
func (b *benchCaller) asked(c *benchCall, text string) {
	if strings.HasPrefix(text, "ACK ") {
		return
	}
	var r strings.Builder
	r.WriteString("SIP/2.0 200 OK\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		r.WriteString(name + ": " + field(text, name) + "\r\n")
	}
	b.write(r.String() + "Content-Length: 0\r\n\r\n")
	if c != nil && !c.bye && strings.HasPrefix(text, "BYE ") {
		b.fail(c, "hung up by the service")
	}
}

// invite is the INVITE of a call.
func (b *benchCaller) invite(id string) string {
	const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
		"m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
	return fmt.Sprintf("INVITE sip:%[1]s@%[2]v SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]s;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:+442079460301@%[3]s>;tag=%[4]s\r\nTo: <sip:%[1]s@%[2]v>\r\nCall-ID: %[4]s\r\n"+
		"CSeq: 1 INVITE\r\nContact: <sip:bench@%[3]s>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n"+
		"Content-Type: application/sdp\r\nContent-Length: %[5]d\r\n\r\n%[6]s",
		benchNumber, b.to, b.addr(), id, len(sdp), sdp)
}

// ack confirms a response to INVITE. That of an answer is a request of its own.
func (b *benchCaller) ack(res string, answered bool) string {
	if answered {
		return b.within("ACK", 1, res)
	}
	return fmt.Sprintf("ACK sip:%s@%v SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"+
		"CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
		benchNumber, b.to, field(res, "Via"), field(res, "From"), field(res, "To"), field(res, "Call-ID"))
}

// byeOf ends the call of an answer.
func (b *benchCaller) byeOf(res string) string { return b.within("BYE", 2, res) }

// within is a request in the dialog of an answer.
func (b *benchCaller) within(method string, cseq int, res string) string {
	id := field(res, "Call-ID")
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, strings.Trim(field(res, "Contact"), "<>"), b.addr(), method, id,
		field(res, "From"), field(res, "To"), id, cseq, method)
}

// field is the first value of a header, written by its long name; empty without.
func field(text, name string) string {
	_, rest, ok := strings.Cut(text, "\r\n"+name+": ")
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}
