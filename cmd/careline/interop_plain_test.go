package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/audio"
)

// plainVoice is the pair of tones that a plain phone talks in.
var plainVoice = []float64{620, 1130}

// plainPhone is a telephone made of plain text and two sockets, which sends
// whatever it is told to. It answers BYE and OPTIONS by itself, and takes no REFER.
type plainPhone struct {
	testing.TB
	sip, rtp  *net.UDPConn
	responses chan string
	bye       chan struct{} // closed when the service has hung up
	calls     int

	mu    sync.Mutex
	heard []int16 // placed by timestamps, from the first packet on
	first uint32  // its timestamp
	last  uint16  // sequence number of the latest packet
	lost  int     // packets, by sequence number
}

// plain opens a plain phone at an IP, port 5060.
func (h *house) plain(ip string) *plainPhone {
	h.Helper()
	p := &plainPhone{TB: h, responses: make(chan string, 100), bye: make(chan struct{})}
	service, err := net.ResolveUDPAddr("udp", h.service)
	if err != nil {
		h.Fatal(err)
	}
	if p.sip, err = net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip), Port: 5060}, service); err != nil {
		h.Fatal("open a plain phone:", err)
	}
	if p.rtp, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)}); err != nil {
		h.Fatal("open a plain phone:", err)
	}
	var reading sync.WaitGroup
	reading.Go(p.readSIP)
	reading.Go(p.readRTP)
	h.Cleanup(func() {
		p.sip.Close()
		p.rtp.Close()
		reading.Wait()
	})
	return p
}

func (p *plainPhone) readSIP() {
	buf := make([]byte, 65536)
	for {
		n, err := p.sip.Read(buf)
		if strings.HasSuffix(fmt.Sprint(err), "connection refused") {
			continue // the service is not up
		}
		if err != nil {
			return
		}
		msg := string(buf[:n])
		if strings.HasPrefix(msg, "SIP/2.0 ") {
			p.responses <- msg
			continue
		}
		if strings.HasPrefix(msg, "ACK ") {
			continue
		}
		status := "200 OK"
		if strings.HasPrefix(msg, "REFER ") {
			status = "405 Method Not Allowed"
		}
		p.text("SIP/2.0 "+status, headers(msg, "Via", "From", "To", "Call-ID", "CSeq"), "Content-Length: 0", "", "")
		if strings.HasPrefix(msg, "BYE ") {
			select {
			case <-p.bye:
			default:
				close(p.bye)
			}
		}
	}
}

func (p *plainPhone) readRTP() {
	buf := make([]byte, 2048)
	for {
		n, err := p.rtp.Read(buf)
		if err != nil {
			return
		}
		if n < 12 || buf[1]&0x7f != byte(audio.PCMA) {
			continue
		}
		p.take(binary.BigEndian.Uint16(buf[2:]), binary.BigEndian.Uint32(buf[4:]), buf[12:n])
	}
}

func (p *plainPhone) take(seq uint16, stamp uint32, sound []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard == nil {
		p.first, p.last = stamp, seq-1
	}
	p.lost += int(int16(seq-p.last)) - 1
	p.last = seq
	at := int(int32(stamp - p.first))
	if at < 0 {
		return
	}
	if grow := at + len(sound) - len(p.heard); grow > 0 {
		p.heard = append(p.heard, make([]int16, grow)...)
	}
	audio.PCMA.Decode(p.heard[at:at+len(sound)], sound)
}

// hears is what it has heard so far.
func (p *plainPhone) hears() []int16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]int16(nil), p.heard...)
}

// text sends lines.
func (p *plainPhone) text(lines ...string) {
	p.raw(strings.Join(lines, "\r\n"))
}

// raw sends bytes. That nobody takes them is no fault of the phone's.
func (p *plainPhone) raw(bytes string) { _, _ = p.sip.Write([]byte(bytes)) }

// headers copies lines of a message.
func headers(msg string, names ...string) string {
	var list []string
	for line := range strings.SplitSeq(msg, "\r\n") {
		for _, name := range names {
			if strings.HasPrefix(line, name+":") {
				list = append(list, line)
			}
		}
	}
	return strings.Join(list, "\r\n")
}

// plainCall is an INVITE of a plain phone, and what follows from it.
type plainCall struct {
	*plainPhone
	id, from, to string
	tag          string       // of the service's To, with its semicolon
	sound        *net.UDPAddr // where the service wants to have it
	over         chan struct{}
	once         sync.Once
}

func (p *plainPhone) local() string { return p.sip.LocalAddr().String() }

// description is the phone's SDP.
func (p *plainPhone) description() string {
	at := p.rtp.LocalAddr().(*net.UDPAddr)
	return strings.Join([]string{
		"v=0", "o=plain 1 1 IN IP4 " + at.IP.String(), "s=-", "c=IN IP4 " + at.IP.String(), "t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP 8 101", at.Port), "a=rtpmap:101 telephone-event/8000", "",
	}, "\r\n")
}

// invite is an INVITE for a number with a body; length is what it says of it.
func (c *plainCall) invite(body string, length int) string {
	return strings.Join([]string{
		"INVITE sip:" + c.to + "@" + c.sip.RemoteAddr().String() + " SIP/2.0",
		c.head("INVITE", 1, ""),
		"Contact: <sip:plain@" + c.local() + ">", "Content-Type: application/sdp",
		fmt.Sprintf("Content-Length: %d", length), "", body,
	}, "\r\n")
}

// head are the headers that all requests of a call have.
func (c *plainCall) head(method string, seq int, tag string) string {
	return strings.Join([]string{
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%s%d", c.local(), c.id, method, seq),
		fmt.Sprintf("From: <sip:%s@%s>;tag=plain", c.from, c.local()),
		fmt.Sprintf("To: <sip:%s@%s>%s", c.to, c.sip.RemoteAddr(), tag),
		"Call-ID: " + c.id, fmt.Sprintf("CSeq: %d %s", seq, method), "Max-Forwards: 70",
	}, "\r\n")
}

// dial begins a call without sending anything.
func (p *plainPhone) dial(from, to string) *plainCall {
	p.calls++
	return &plainCall{
		plainPhone: p, from: from, to: to, over: make(chan struct{}),
		id: fmt.Sprintf("plain%d-%d@%s", p.calls, time.Now().UnixNano(), p.local()),
	}
}

// response waits for the final response of the call, and acknowledges it.
func (c *plainCall) response() (status int, msg string) {
	c.Helper()
	for limit := time.After(generous); ; {
		select {
		case msg = <-c.responses:
		case <-limit:
			c.Fatalf("no final response to the call to %s within %v", c.to, generous)
		}
		if _, err := fmt.Sscanf(msg, "SIP/2.0 %d ", &status); err != nil || status < 200 || !strings.Contains(msg, c.id) {
			continue
		}
		if to := headers(msg, "To"); strings.Contains(to, ";tag=") {
			c.tag = to[strings.LastIndex(to, ";tag="):]
		}
		c.text("ACK sip:"+c.to+"@"+c.sip.RemoteAddr().String()+" SIP/2.0", c.head("ACK", 1, c.tag), "Content-Length: 0", "", "")
		return status, msg
	}
}

// try calls and returns how that was answered.
func (p *plainPhone) try(from, to string) (status int, msg string) {
	p.Helper()
	c := p.dial(from, to)
	c.raw(c.invite(c.description(), len(c.description())))
	return c.response()
}

// call calls a number that answers, and talks to it until hangUp.
func (p *plainPhone) call(from, to string) *plainCall {
	p.Helper()
	c := p.dial(from, to)
	c.raw(c.invite(c.description(), len(c.description())))
	status, msg := c.response()
	if status != 200 {
		p.Fatalf("the call to %s was answered by %s", to, msg)
	}
	c.sound = soundOf(p, msg)
	var talking sync.WaitGroup
	talking.Go(c.talk)
	p.Cleanup(func() {
		c.end()
		talking.Wait()
	})
	return c
}

// soundOf is where a description wants to have sound.
func soundOf(tb testing.TB, msg string) *net.UDPAddr {
	tb.Helper()
	var host string
	port := 0
	for line := range strings.SplitSeq(msg, "\r\n") {
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = rest
		}
		_, _ = fmt.Sscanf(line, "m=audio %d ", &port)
	}
	if host == "" || port == 0 {
		tb.Fatalf("no place for sound in %s", msg)
	}
	return &net.UDPAddr{IP: net.ParseIP(host), Port: port}
}

// talk sends the phone's voice until the call is over.
func (c *plainCall) talk() {
	voice := audio.NewClip(audio.Tone{Hz: plainVoice, Level: -16}.PCM(100 * time.Millisecond)).Encoded(audio.PCMA)
	tick := time.NewTicker(audio.FrameDuration)
	defer tick.Stop()
	for i := 0; ; i++ {
		pkt := []byte{0x80, byte(audio.PCMA)}
		pkt = binary.BigEndian.AppendUint16(pkt, uint16(i))
		pkt = binary.BigEndian.AppendUint32(pkt, uint32(i*audio.FrameSamples))
		pkt = binary.BigEndian.AppendUint32(pkt, 0xbeef)
		at := i % 5 * audio.FrameSamples
		_, _ = c.rtp.WriteToUDP(append(pkt, voice[at:at+audio.FrameSamples]...), c.sound)
		select {
		case <-tick.C:
		case <-c.over:
			return
		}
	}
}

// hangUp ends the call with BYE.
func (c *plainCall) hangUp() {
	c.Helper()
	c.end()
	c.text("BYE sip:"+c.to+"@"+c.sip.RemoteAddr().String()+" SIP/2.0", c.head("BYE", 2, c.tag), "Content-Length: 0", "", "")
}

// end stops talking.
func (c *plainCall) end() { c.once.Do(func() { close(c.over) }) }
