package sip_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/sip"
)

const token = "q0Xw8mJt3ZrV5nYb7kHc2g" // 128 bits

// elsewhere is where the network is that legs are expected from.
var elsewhere = net.IPv4(127, 0, 0, 2)

func expected(secret string) call.Expected {
	return call.Expected{
		Secret: secret, From: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Within: 20 * time.Second,
		Info: call.Info{ID: "caller", Trunk: "cloud"},
	}
}

// expect has the house expect a leg.
func (h *house) expect(t *testing.T, e call.Expected) <-chan call.Leg {
	t.Helper()
	arrived, err := h.ExpectLeg(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return arrived
}

// comes has a leg that is expected come.
func (h *house) comes(t *testing.T, f *farEnd, secret string, arrived <-chan call.Leg) (*farCall, *sip.Line) {
	t.Helper()
	c, status := f.dial(t, h.addr, secret, "caller")
	if status != 200 {
		t.Fatalf("expected leg answered %d; want 200", status)
	}
	return c, next(t, "leg", arrived).(*sip.Line)
}

func TestExpectedLegIsJoined(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	f := newFarEndAt(t, elsewhere)
	guest, leg := h.comes(t, f, token, h.expect(t, expected(token)))
	if leg.ID() != "caller" {
		t.Errorf("ID = %q; want caller", leg.ID())
	}
	caller, line := h.answered(t)
	leg.Music("hold")
	guest.sound.hears(t, "the music", h.voice["hold"])
	ctx, apart := context.WithCancel(t.Context())
	joined := make(chan error, 1)
	go func() { joined <- leg.Join(ctx, line) }()
	hush := caller.sound.talk(t, 700)
	guest.sound.hearsTone(t, 700)
	hush()
	apart()
	<-joined
	guest.hangUp()
	<-leg.Done()
}

func TestExpectedLegIsHungUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	guest, leg := h.comes(t, newFarEndAt(t, elsewhere), token, h.expect(t, expected(token)))
	leg.Hangup(t.Context())
	guest.wait("our BYE", guest.ended)
}

func TestExpectedLegOpensOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	f := newFarEndAt(t, elsewhere)
	guest, leg := h.comes(t, f, token, h.expect(t, expected(token)))
	if _, status := f.dial(t, h.addr, token, "caller"); status != 404 {
		t.Errorf("a second leg by the same secret: %d; want 404", status)
	}
	if _, status := f.dial(t, h.addr, "10086", "caller"); status != 404 {
		t.Errorf("a number of ours from where a leg is expected: %d; want 404", status)
	}
	again := h.expect(t, expected(strings.ToLower(token)))
	if _, status := f.dial(t, h.addr, strings.ToUpper(token), "caller"); status != 404 {
		t.Errorf("a leg by another secret: %d; want 404", status)
	}
	if s := h.Stats(); s.Turned != 3 || len(h.calls)+len(again) != 0 {
		t.Errorf("Stats = %+v; want 3 turned away, and no call", s)
	}
	guest.hangUp()
	<-leg.Done()
}

// Somebody else who has learnt the secret is not let in, and does not spoil it.
func TestExpectedLegFromElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	arrived := h.expect(t, expected(token))
	stranger, err := net.ListenPacket("udp4", "127.0.0.3:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.WriteTo([]byte(invitation(token, h.addr, "UDP", stranger.LocalAddr())), net.UDPAddrFromAddrPort(h.Addr())); err != nil {
		t.Fatal(err)
	}
	li := newPhone(t, "li", "secret")
	if res := li.register(h.addr, "li", 60); res == nil || res.StatusCode != 200 {
		t.Fatalf("REGISTER answered %v", res)
	}
	code := make(chan int, 1)
	go func() {
		_, status := li.dial(t, h.addr, token, "li")
		code <- status
	}()
	in := next(t, "code", h.codes) // what a phone dials is a phone's, whatever it dials
	in.Reject(t.Context(), call.UnknownNumber)
	in.finish()
	if status := next(t, "answer", code); status != 404 {
		t.Errorf("a phone that dials the secret: %d; want 404", status)
	}
	go func() {
		_, status := h.carrier.dial(t, h.addr, token, "+8613800138000")
		code <- status
	}()
	in = next(t, "call", h.calls) // and what a trunk brings is for a number
	in.Reject(t.Context(), call.UnknownNumber)
	in.finish()
	if status := next(t, "answer", code); status != 404 {
		t.Errorf("a trunk that brings the secret: %d; want 404", status)
	}
	guest, leg := h.comes(t, newFarEndAt(t, elsewhere), token, arrived)
	if got := h.Stats().Dropped; got != 1 {
		t.Errorf("%d packets were turned away; want the stranger's", got)
	}
	_ = stranger.SetReadDeadline(time.Now())
	if n, _, err := stranger.ReadFrom(make([]byte, 2048)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the stranger got %d bytes, %v; want nothing", n, err)
	}
	guest.hangUp()
	<-leg.Done()
}

// Nobody gets in where nothing is expected, nor once it has been given up.
func TestExpectedLegGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	f := newFarEndAt(t, elsewhere)
	ctx, cancel := context.WithCancel(t.Context())
	arrived, err := h.ExpectLeg(ctx, expected(token))
	if err != nil {
		t.Fatal(err)
	}
	short := expected("k" + token)
	short.Within = time.Nanosecond
	if leg := <-h.expect(t, short); leg != nil {
		t.Error("a leg that has not come is there")
	}
	if _, status := f.dial(t, h.addr, short.Secret, "caller"); status != 404 {
		t.Errorf("a leg after its time: %d; want 404", status)
	}
	cancel()
	if leg := <-arrived; leg != nil {
		t.Error("a leg that has not come is there")
	}
	before := h.Stats().Dropped
	probe, err := net.ListenPacket("udp4", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	if _, err := probe.WriteTo([]byte(invitation(token, h.addr, "UDP", probe.LocalAddr())), net.UDPAddrFromAddrPort(h.Addr())); err != nil {
		t.Fatal(err)
	}
	h.answered(t) // by then the packet was read
	if got := h.Stats().Dropped; got <= before {
		t.Errorf("%d packets were turned away; want more", got)
	}
	_ = probe.SetReadDeadline(time.Now())
	if n, _, err := probe.ReadFrom(make([]byte, 2048)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a leg that nobody expects got %d bytes, %v; want nothing", n, err)
	}
}

func TestExpectedLegWhileDraining(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	f := newFarEndAt(t, elsewhere)
	arrived := h.expect(t, expected(token))
	h.Drain()
	if _, status := f.dial(t, h.addr, "10086", "caller"); status != 503 {
		t.Errorf("a call while the service drains: %d; want 503", status)
	}
	guest, leg := h.comes(t, f, token, arrived)
	h.end()
	guest.wait("our BYE", guest.ended)
	<-leg.Done()
	if leg := <-h.expect(t, expected(token)); leg != nil {
		t.Error("a leg that has come after the end")
	}
}

// Who leaves before the leg is there has it hung up.
func TestExpectedLegOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := h.ExpectLeg(ctx, expected(token)); err != nil {
		t.Fatal(err)
	}
	guest, status := newFarEndAt(t, elsewhere).dial(t, h.addr, token, "caller")
	if status != 200 {
		t.Fatalf("expected leg answered %d; want 200", status)
	}
	cancel()
	guest.wait("our BYE", guest.ended)
}

// The network that has sent a leg is not asked to transfer it: it would end the
// call that the leg is half of.
func TestExpectedLegIsNotReferred(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.Trunks[0].HandOver = true })
	f := newFarEndAt(t, elsewhere)
	e := expected(token)
	e.Info.Trunk = "east" // even so
	guest, leg := h.comes(t, f, token, h.expect(t, e))
	_, line := h.answered(t)
	if err := leg.Refer(t.Context(), somebody); !errors.Is(err, call.ErrNoRefer) {
		t.Errorf("Refer = %v; want ErrNoRefer", err)
	}
	if err := leg.HandTo(t.Context(), line); !errors.Is(err, call.ErrNoRefer) {
		t.Errorf("HandTo = %v; want ErrNoRefer", err)
	}
	if err := line.HandTo(t.Context(), leg); !errors.Is(err, call.ErrNoRefer) {
		t.Errorf("HandTo of the other = %v; want ErrNoRefer", err)
	}
	if leg.Referrals() != nil {
		t.Error("the network may ask for transfers")
	}
	want(t, do(t, leg, ivr.Action{Kind: ivr.Play, Prompt: say("sorry")}), ivr.Played, "")
	guest.sound.hears(t, "a prompt", h.voice["sorry"])
}

func TestExpectLegRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for name, change := range map[string]func(*call.Expected){
		"a weak secret":  func(e *call.Expected) { e.Secret = "1234567890" },
		"no end":         func(e *call.Expected) { e.Within = 0 },
		"a long time":    func(e *call.Expected) { e.Within = time.Hour },
		"from no source": func(e *call.Expected) { e.From = nil },
	} {
		e := expected(token)
		change(&e)
		if _, err := h.ExpectLeg(t.Context(), e); err == nil {
			t.Errorf("ExpectLeg with %s = nil; want an error", name)
		}
	}
}

// invitation is an INVITE that offers sound.
func invitation(user, host, transport string, from net.Addr) string {
	body := "v=0\r\no=far 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
	return fmt.Sprintf("INVITE sip:%[1]s@%[2]s SIP/2.0\r\nVia: SIP/2.0/%[3]s %[4]v;branch=z9hG4bK%[1]s%[3]s;rport\r\nFrom: <sip:caller@%[4]v>;tag=a\r\n"+
		"To: <sip:%[1]s@%[2]s>\r\nCall-ID: %[1]s%[4]v\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:caller@%[4]v;transport=%[5]s>\r\n"+
		"Content-Type: application/sdp\r\nContent-Length: %[6]d\r\n\r\n%[7]s", user, host, transport, from, strings.ToLower(transport), len(body), body)
}

// A leg may come by a connection; connections are taken from where one is
// expected alone.
func TestExpectedLegByTCP(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *sip.Options) { o.TCP = true })
	connect := func(from net.IP) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
		conn, err := d.DialContext(t.Context(), "tcp4", h.TCPAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		return conn
	}
	arrived := h.expect(t, expected(token))
	guest := connect(elsewhere)
	fmt.Fprint(guest, invitation(token, h.TCPAddr().String(), "TCP", guest.LocalAddr()))
	tag := ""
	for r := bufio.NewReader(guest); tag == ""; {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal("the leg was not answered:", err)
		}
		if strings.HasPrefix(line, "To: ") {
			_, tag, _ = strings.Cut(strings.TrimSpace(line), ";tag=")
		}
	}
	fmt.Fprintf(guest, "ACK sip:%[1]s@%[2]v;transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP %[3]v;branch=z9hG4bKack\r\nFrom: <sip:caller@%[3]v>;tag=a\r\n"+
		"To: <sip:%[1]s@%[2]v>;tag=%[4]s\r\nCall-ID: %[1]s%[3]v\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		token, h.TCPAddr(), guest.LocalAddr(), tag)
	leg := next(t, "leg", arrived)
	stranger := connect(net.IPv4(127, 0, 0, 3))
	fmt.Fprint(stranger, invitation(token, h.TCPAddr().String(), "TCP", stranger.LocalAddr()))
	if b, err := io.ReadAll(stranger); len(b) > 0 {
		t.Errorf("a stranger's connection got %q, %v; want nothing", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	leg.Hangup(ctx) // whose BYE is not answered here
}

// A repeated INVITE is answered again, and opens no second door.
func TestExpectedLegIsRepeated(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	arrived := h.expect(t, expected(token))
	guest, err := net.ListenPacket("udp4", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	_ = guest.SetDeadline(time.Now().Add(10 * time.Second))
	invite := invitation(token, h.addr, "UDP", guest.LocalAddr())
	buf, tag := make([]byte, 4096), ""
	for answers := 0; answers < 2; {
		if _, err := guest.WriteTo([]byte(invite), net.UDPAddrFromAddrPort(h.Addr())); err != nil {
			t.Fatal(err)
		}
		n, _, err := guest.ReadFrom(buf)
		if err != nil {
			t.Fatal("the leg was not answered:", err)
		}
		text := string(buf[:n])
		if !strings.HasPrefix(text, "SIP/2.0 200") {
			continue
		}
		_, rest, _ := strings.Cut(text, "\r\nTo: ")
		to, _, _ := strings.Cut(rest, "\r\n")
		_, got, _ := strings.Cut(to, ";tag=")
		if tag != "" && got != tag {
			t.Errorf("answered with another tag: %s, %s", tag, got)
		}
		answers, tag = answers+1, got
	}
	fmt.Fprintf(udp{guest, h.Addr()}, "ACK sip:%[1]s@%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]v;branch=z9hG4bKack;rport\r\nFrom: <sip:caller@%[3]v>;tag=a\r\n"+
		"To: <sip:%[1]s@%[2]s>;tag=%[4]s\r\nCall-ID: %[1]s%[3]v\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", token, h.addr, guest.LocalAddr(), tag)
	leg := next(t, "leg", arrived)
	if _, more := <-arrived; more || h.Stats().Turned != 0 {
		t.Errorf("a repeated INVITE came as another leg, or was turned away: %+v", h.Stats())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	leg.Hangup(ctx) // whose BYE is not answered here
}

// udp writes packets to one address.
type udp struct {
	net.PacketConn
	to netip.AddrPort
}

func (u udp) Write(b []byte) (int, error) { return u.WriteTo(b, net.UDPAddrFromAddrPort(u.to)) }
