//go:build soak

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"
)

// soakPeer is one far end of a soak: it plays one call, by text, with SIP's real
// timers.
type soakPeer struct {
	conn   *net.UDPConn
	to     netip.AddrPort
	id     string
	number string
	cseq   int
	extra  string // header lines of its INVITEs
	answer string // to its INVITE
	seen   []soakMessage
	deaf   string // the method of requests that it does not answer
}

// soakMessage is what a peer received.
type soakMessage struct {
	at   time.Time
	text string
}

func newSoakPeer(to netip.AddrPort, number string) (*soakPeer, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	return &soakPeer{conn: conn, to: to, number: number, id: fmt.Sprintf("soak-%x", rand.Uint64())}, err
}

// request is a request of the call; before the answer it is the INVITE's own.
func (p *soakPeer) request(method string, cseq int, branch, sdp string) string {
	uri, remote := fmt.Sprintf("sip:%s@%v", p.number, p.to), fmt.Sprintf("<sip:%s@%v>", p.number, p.to)
	if p.answer != "" {
		uri, remote = strings.Trim(field(p.answer, "Contact"), "<>"), field(p.answer, "To")
	}
	me := p.conn.LocalAddr()
	head := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:+442079460301@%[3]s>;tag=%[5]s\r\nTo: %s\r\nCall-ID: %[5]s\r\nCSeq: %[7]d %[1]s\r\nContact: <sip:soak@%[3]s>\r\n",
		method, uri, me, branch, p.id, remote, cseq)
	if method == "INVITE" {
		head += p.extra
	}
	if sdp != "" {
		head += "Content-Type: application/sdp\r\n"
	}
	return head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(sdp), sdp)
}

// sdp is a session description with a line that says its direction.
func (p *soakPeer) sdp(direction string) string {
	port := p.conn.LocalAddr().(*net.UDPAddr).Port // sound comes there too, and is passed over
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0\r\na=%s\r\n",
		p.cseq+1, port, direction)
}

func (p *soakPeer) send(text string) { _, _ = p.conn.WriteToUDPAddrPort([]byte(text), p.to) }

// hear waits for a message until a moment, and answers requests. It returns ""
// when none came.
func (p *soakPeer) hear(until time.Time) string {
	buf := make([]byte, 65535)
	for {
		if p.conn.SetReadDeadline(until) != nil {
			return ""
		}
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return ""
		}
		text := string(buf[:n])
		if !strings.Contains(text, "SIP/2.0") {
			continue
		}
		p.seen = append(p.seen, soakMessage{time.Now(), text})
		if method, _, _ := strings.Cut(text, " "); method != "SIP/2.0" && method != "ACK" && method != p.deaf {
			_, _ = p.conn.WriteToUDPAddrPort([]byte(p.reply(text, "200 OK")), from)
		}
		return text
	}
}

// reply answers a request.
func (p *soakPeer) reply(req, status string) string {
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		b.WriteString(name + ": " + field(req, name) + "\r\n")
	}
	to := field(req, "To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=" + p.id
	}
	sdp := ""
	if strings.HasPrefix(req, "INVITE ") || strings.HasPrefix(req, "UPDATE ") && strings.Contains(req, "application/sdp") {
		sdp = "Content-Type: application/sdp\r\n"
	}
	b.WriteString("To: " + to + fmt.Sprintf("\r\nContact: <sip:soak@%v>\r\n", p.conn.LocalAddr()) + sdp)
	if se := field(req, "Session-Expires"); se != "" {
		b.WriteString("Session-Expires: " + se + "\r\nRequire: timer\r\n")
	}
	if sdp == "" {
		return b.String() + "Content-Length: 0\r\n\r\n"
	}
	sdp = p.sdp("sendrecv")
	return b.String() + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(sdp), sdp)
}

// ask sends a request until a final response to it has come, which it returns;
// provisional ones end the repetition of an INVITE.
func (p *soakPeer) ask(req string) (string, error) {
	cseq, wait, limit := field(req, "CSeq"), 500*time.Millisecond, time.Now().Add(32*time.Second)
	for again := time.Now(); time.Now().Before(limit); {
		if now := time.Now(); !now.Before(again) {
			p.send(req)
			again = now.Add(wait)
			wait = min(2*wait, 4*time.Second) // T2
		}
		next := again
		if limit.Before(next) {
			next = limit
		}
		text := p.hear(next)
		if status, ok := strings.CutPrefix(text, "SIP/2.0 "); ok && field(text, "CSeq") == cseq {
			if status[0] != '1' {
				return text, nil
			}
			if strings.HasPrefix(req, "INVITE ") {
				again = limit
			}
		}
	}
	return "", fmt.Errorf("no answer to %s of %s", cseq, p.id)
}

// invite begins the call, or changes it, and expects a status.
func (p *soakPeer) invite(direction, status string) error {
	p.cseq++
	branch := fmt.Sprint("i", p.cseq)
	res, err := p.ask(p.request("INVITE", p.cseq, branch, p.sdp(direction)))
	switch {
	case err != nil:
		return err
	case !strings.HasPrefix(res, "SIP/2.0 200"):
		p.send(strings.Replace(p.request("ACK", p.cseq, branch, ""), "\r\nTo: "+fmt.Sprintf("<sip:%s@%v>", p.number, p.to), "\r\nTo: "+field(res, "To"), 1))
	default:
		p.answer = res
		if status == "200" {
			p.ack()
		}
	}
	if !strings.HasPrefix(res, "SIP/2.0 "+status) {
		return fmt.Errorf("INVITE of %s got %.20q; want %s", p.id, res, status)
	}
	return nil
}

func (p *soakPeer) ack() { p.send(p.request("ACK", p.cseq, fmt.Sprint("a", p.cseq), "")) }

// bye ends the call.
func (p *soakPeer) bye() error {
	p.cseq++
	res, err := p.ask(p.request("BYE", p.cseq, "b", ""))
	if err == nil && !strings.HasPrefix(res, "SIP/2.0 200") {
		err = fmt.Errorf("BYE of %s got %.20q", p.id, res)
	}
	return err
}

// rest listens for a while, confirms answers that are repeated, and reports
// whether the service has ended the call.
func (p *soakPeer) rest(d time.Duration) (ended bool) {
	for until := time.Now().Add(d); ; {
		switch text := p.hear(until); {
		case text == "":
			return ended
		case strings.HasPrefix(text, "SIP/2.0 200") && strings.HasSuffix(field(text, "CSeq"), "INVITE") && p.deaf == "":
			p.ack()
		case strings.HasPrefix(text, "BYE "):
			ended = true
		}
	}
}

// when lists the seconds at which messages came that begin so, since the first.
func (p *soakPeer) when(start, cseq string) (seconds []float64) {
	var first time.Time
	for _, m := range p.seen {
		if strings.HasPrefix(m.text, start) && strings.HasSuffix(field(m.text, "CSeq"), cseq) {
			if first.IsZero() {
				first = m.at
			}
			seconds = append(seconds, m.at.Sub(first).Seconds())
		}
	}
	return seconds
}

// lossy relays packets to the service and back, and loses some.
func lossy(to netip.AddrPort, share float64) (*net.UDPConn, error) {
	front, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	go func() {
		backs := make(map[netip.AddrPort]*net.UDPConn)
		buf := make([]byte, 65535)
		for {
			n, from, err := front.ReadFromUDPAddrPort(buf)
			if err != nil {
				break
			}
			back := backs[from]
			if back == nil {
				if back, err = net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, net.UDPAddrFromAddrPort(to)); err != nil {
					continue
				}
				backs[from] = back
				go func() {
					buf := make([]byte, 65535)
					for {
						n, err := back.Read(buf)
						if err != nil {
							return
						}
						if rand.Float64() >= share {
							_, _ = front.WriteToUDPAddrPort(buf[:n], from)
						}
					}
				}()
			}
			if rand.Float64() >= share {
				_, _ = back.Write(buf[:n])
			}
		}
		for _, back := range backs {
			_ = back.Close()
		}
	}()
	return front, nil
}
