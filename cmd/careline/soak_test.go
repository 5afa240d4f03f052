//go:build soak

package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/audio"
	"careline/sip/rtp"
)

// soakFor is how long calls are made, by SOAK=10m in the environment.
func soakFor(t *testing.T) time.Duration {
	d, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil && os.Getenv("SOAK") != "" {
		t.Fatal(err)
	}
	if d <= 0 {
		d = 10 * time.Minute
	}
	return d
}

// soakScripts are the calls of a soak, and how often each is played.
var soakScripts = []struct {
	name  string
	often int
	play  func(p *soakPeer, lossy netip.AddrPort) error
}{
	{"normal", 10, func(p *soakPeer, _ netip.AddrPort) error { return p.whole() }},
	{"through a lossy network", 5, func(p *soakPeer, lossy netip.AddrPort) error {
		p.to = lossy
		return p.whole()
	}},
	{"refused", 3, func(p *soakPeer, _ netip.AddrPort) error {
		p.number = "999"
		return p.invite("sendrecv", "404")
	}},
	{"cancelled", 5, (*soakPeer).cancelled},
	{"held and resumed", 3, (*soakPeer).held},
	{"never confirmed", 1, (*soakPeer).unconfirmed},
	{"refreshed by the service", 1, func(p *soakPeer, _ netip.AddrPort) error { return p.timed("uas", false) }},
	{"never refreshed", 1, func(p *soakPeer, _ netip.AddrPort) error { return p.timed("uac", true) }},
}

// whole is a call from its beginning to its end.
func (p *soakPeer) whole() error {
	if err := p.invite("sendrecv", "200"); err != nil {
		return err
	}
	p.rest(time.Duration(rand.IntN(2000)) * time.Millisecond)
	return p.bye()
}

// cancelled takes the call back at once; the answer may be faster.
func (p *soakPeer) cancelled(netip.AddrPort) error {
	p.cseq++
	invite := p.request("INVITE", p.cseq, "i", p.sdp("sendrecv"))
	cancel := strings.Replace(strings.Replace(p.request("CANCEL", p.cseq, "i", ""), "CSeq: 1 INVITE", "CSeq: 1 CANCEL", 1), "Contact", "X-Contact", 1)
	p.send(invite)
	p.rest(time.Duration(rand.IntN(10)) * time.Millisecond)
	p.send(cancel)
	res, err := p.ask(invite)
	if err != nil {
		return err
	}
	if strings.HasPrefix(res, "SIP/2.0 200") {
		p.answer = res
		p.ack()
		p.rest(100 * time.Millisecond)
		return p.bye()
	}
	p.send(strings.Replace(p.request("ACK", 1, "i", ""), "\r\nTo: "+fmt.Sprintf("<sip:%s@%v>", p.number, p.to), "\r\nTo: "+field(res, "To"), 1))
	if !strings.HasPrefix(res, "SIP/2.0 487") {
		return fmt.Errorf("a cancelled call got %.20q", res)
	}
	return nil
}

// held puts the call on hold in two manners and resumes it.
func (p *soakPeer) held(netip.AddrPort) error {
	for _, direction := range []string{"sendrecv", "sendonly", "sendrecv", "inactive", "sendrecv"} {
		if err := p.invite(direction, "200"); err != nil {
			return err
		}
		p.rest(200 * time.Millisecond)
	}
	return p.bye()
}

// unconfirmed never sends the ACK: the answer comes again after 0.5, 1.5, 3.5 s
// and every 4 s from then on, and after 32 s comes BYE (RFC 3261 section
// 13.3.1.4).
func (p *soakPeer) unconfirmed(netip.AddrPort) error {
	p.deaf = "nothing"
	if err := p.invite("sendrecv", "200 "); err != nil {
		return err
	}
	if !p.rest(36 * time.Second) {
		return fmt.Errorf("no BYE 36 s after an answer without an ACK")
	}
	if err := p.lastedFor(31*time.Second, 34*time.Second); err != nil {
		return err
	}
	got := p.when("SIP/2.0 200", "INVITE")
	for i, gap := 1, 0.5; i < len(got); i, gap = i+1, min(2*gap, 4) {
		if d := got[i] - got[i-1] - gap; d < -0.3 || d > 1.5 {
			return fmt.Errorf("the answer came at %.1f s; want 0.5, 1, 2 and then 4 s between them", got)
		}
	}
	if len(got) < 9 {
		return fmt.Errorf("the answer came at %.1f s; want it up to 32 s", got)
	}
	return nil
}

// timed is a call with a session timer of 90 s (RFC 4028).
func (p *soakPeer) timed(refresher string, ends bool) error {
	p.extra = "Supported: timer\r\nSession-Expires: 90;refresher=" + refresher + "\r\n"
	if err := p.invite("sendrecv", "200"); err != nil {
		return err
	}
	stop := p.talk()
	defer stop()
	p.extra = ""
	if ended := p.rest(95 * time.Second); ended != ends {
		return fmt.Errorf("with the refresher %s: ended after 95 s: %v; want %v", refresher, ended, ends)
	}
	if ends {
		return p.lastedFor(55*time.Second, 70*time.Second)
	}
	if n := len(p.when("UPDATE ", "UPDATE")) + len(p.when("INVITE ", "INVITE")); n < 1 {
		return fmt.Errorf("the service did not refresh")
	}
	return p.bye()
}

// lastedFor checks how long after its answer the service has ended the call.
func (p *soakPeer) lastedFor(least, most time.Duration) error {
	var from time.Time
	for _, m := range p.seen {
		switch {
		case from.IsZero() && strings.HasPrefix(m.text, "SIP/2.0 200"):
			from = m.at
		case strings.HasPrefix(m.text, "BYE "):
			if d := m.at.Sub(from); d < least || d > most {
				return fmt.Errorf("ended after %v; want %v to %v", d, least, most)
			}
			return nil
		}
	}
	return fmt.Errorf("no BYE")
}

// talk sends a packet of sound each second, so that the call is not taken for
// broken.
func (p *soakPeer) talk() (stop func()) {
	_, media, _ := strings.Cut(p.answer, "\r\nm=audio ")
	port, _, _ := strings.Cut(media, " ")
	n, _ := strconv.ParseUint(port, 10, 16)
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		src := rtp.NewRandomSource()
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				return
			}
			var buf [rtp.HeaderSize + audio.FrameSamples]byte
			rtp.PutHeader(buf[:], src.Next(uint8(audio.PCMA), audio.FrameSamples, false))
			_, _ = p.conn.WriteToUDPAddrPort(buf[:], netip.AddrPortFrom(p.to.Addr(), uint16(n)))
		}
	}()
	return func() {
		close(done)
		<-over
	}
}

// TestSoak calls the service in all manners, with SIP's real timers, and looks
// at what is left behind.
func TestSoak(t *testing.T) {
	t.Setenv(asCommand, "1") // the service is this binary
	s, err := (&benchSignallingCmd{Hold: time.Second}).open(&app{ctx: t.Context(), streams: streams{err: os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	relay, err := lossy(s.caller.to, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	soak(t, s, relay.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort(), 15*time.Second) // to warm up
	l := leakCheck{}
	if err := s.rest(t.Context(), &l.Before, nil); err != nil {
		t.Fatal(err)
	}
	soak(t, s, relay.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort(), soakFor(t))
	if err := s.rest(t.Context(), &l.After, &l.Before); err != nil {
		t.Fatal(err)
	}
	l.Again = l.After // one round
	if !l.ok() || l.After.Calls > 0 || l.After.Panics > 0 {
		t.Errorf("left behind: %+v", l)
	}
	t.Logf("before %+v, after %+v", l.Before, l.After)
	s.stop()
	r, err := s.records(t.Context())
	if err != nil || r.Open > 0 || r.Ended == 0 {
		t.Errorf("records: %+v, %v", r, err)
	}
	log, err := os.ReadFile(filepath.Join(s.dir, "serve.log"))
	if err != nil || strings.Contains(string(log), "panicked") {
		t.Errorf("the service has panicked: %v", err)
	}
}

// soak plays scripts for a while, some at once, and SIPp's own beside them.
func soak(t *testing.T, s *signalling, lossy netip.AddrPort, d time.Duration) {
	t.Helper()
	var playing sync.WaitGroup
	playing.Go(func() { soakSipp(t, s, d) })
	var deck []int
	for i, script := range soakScripts {
		for range script.often {
			deck = append(deck, i)
		}
	}
	slots, counts := make(chan struct{}, 150), make([]int, len(soakScripts))
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-pace.C {
		i := deck[rand.IntN(len(deck))]
		select {
		case slots <- struct{}{}:
		default:
			continue
		}
		counts[i]++
		playing.Go(func() {
			defer func() { <-slots }()
			p, err := newSoakPeer(s.caller.to, benchNumber)
			if err == nil {
				err = soakScripts[i].play(p, lossy)
				p.conn.Close()
			}
			if err != nil {
				t.Errorf("%s: %v", soakScripts[i].name, err)
			}
		})
	}
	playing.Wait()
	for i, script := range soakScripts {
		t.Logf("%s: %d calls", script.name, counts[i])
	}
}

// soakSipp has SIPp make calls, three a second.
func soakSipp(t *testing.T, s *signalling, d time.Duration) {
	calls := max(1, int(d.Seconds()*3))
	args := []string{
		"-sn", "uac", "-s", benchNumber, "-r", "3", "-d", "500", "-m", strconv.Itoa(calls),
		"-i", "127.0.0.1", "-p", soakPort(t), "-ci", "127.0.0.1", "-cp", soakPort(t), "-mp", soakPort(t), "-nostdin", s.caller.to.String(),
	}
	cmd := exec.CommandContext(t.Context(), "sipp", args...)
	cmd.Dir = t.TempDir()
	if err := cmd.Run(); err != nil {
		t.Errorf("sipp: %v", err)
	}
}

// soakPort is a port that is free.
func soakPort(t *testing.T) string {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return "0"
	}
	defer conn.Close()
	return strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
}
