package session_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
	"careline/sip/session"
)

const ms = time.Millisecond

var loopback = netip.MustParseAddr("127.0.0.1")

// node is a clock that runs and ports that the system gives.
type node struct {
	t     *testing.T
	clock *media.Clock
	ports *session.Ports
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{t: t, clock: media.NewClock(media.ClockOptions{})}
	ports, err := session.NewPorts(loopback, session.PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.ports = ports
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = n.clock.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return n
}

func (n *node) open(o session.Options) *session.Session {
	n.t.Helper()
	s, err := session.Open(n.t.Context(), n.ports, n.clock, o)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { s.Close() })
	return s
}

// remote is a peer at addr with that codec, which takes keys on pt.
func remote(addr netip.AddrPort, codec audio.Codec, pt uint8) session.Remote {
	return session.Remote{Addr: addr, Codec: codec, PT: uint8(codec), Keys: true, KeysPT: pt}
}

// pair is two sessions that talk to each other.
func (n *node) pair(codec audio.Codec, keysPT uint8) (a, b *session.Session) {
	n.t.Helper()
	a, b = n.open(session.Options{}), n.open(session.Options{})
	a.SetRemote(remote(b.LocalAddr(), codec, keysPT))
	b.SetRemote(remote(a.LocalAddr(), codec, keysPT))
	return a, b
}

// tone is a clip of hz.
func tone(hz float64, d time.Duration) *audio.Clip {
	return audio.NewClip(audio.Tone{Hz: []float64{hz}, Level: -19}.PCM(d))
}

// hears fails unless side of the tape holds the tone for d in one piece, and not
// the other one. Frames that the clock had to skip, as on a machine that is busy
// with other things, may be missing.
func (n *node) hears(tape *media.Tape, side media.Side, hz, not float64, d time.Duration) {
	n.t.Helper()
	var sounding []int
	for i, block := range slices.Collect(slices.Chunk(tape.PCM(side), audio.FrameSamples)) {
		if level := audio.Goertzel(block, not); level > -35 {
			n.t.Errorf("%v Hz is heard at %.0f dBm0 in frame %d of the tape", not, level, i)
			return
		}
		if audio.Goertzel(block, hz) > -25 {
			sounding = append(sounding, i)
		}
	}
	if len(sounding) == 0 {
		n.t.Errorf("%v Hz is not heard", hz)
		return
	}
	skipped := int(n.clock.Stats().Skipped)
	frames, span := int(d/audio.FrameDuration), sounding[len(sounding)-1]-sounding[0]+1
	if len(sounding) < frames-1-skipped || span > len(sounding)+skipped || len(sounding) > frames+1 {
		n.t.Errorf("%v Hz is heard in %d frames of %d; want %d in a row", hz, len(sounding), span, frames)
	}
}

// wait waits for ch.
func wait(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s takes longer than 10 s", what)
	}
}

// pressed are the keys that have come by now.
func pressed(s *session.Session) string {
	var keys []byte
	for {
		select {
		case k := <-s.Keys():
			keys = append(keys, k.Digit)
		default:
			return string(keys)
		}
	}
}

// phone is a peer made of a bare socket.
type phone struct {
	*net.UDPConn
	t   *testing.T
	src rtp.Source
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &phone{UDPConn: conn, t: t, src: rtp.NewRandomSource()}
}

func (p *phone) addr() netip.AddrPort { return p.LocalAddr().(*net.UDPAddr).AddrPort() }

// write sends bytes to a session.
func (p *phone) write(to *session.Session, b []byte) {
	p.t.Helper()
	if _, err := p.WriteToUDPAddrPort(b, to.LocalAddr()); err != nil {
		p.t.Fatal(err)
	}
}

// packet sends one of RTP.
func (p *phone) packet(to *session.Session, pt uint8, payload []byte) {
	p.t.Helper()
	b := make([]byte, rtp.HeaderSize, rtp.MaxPacket)
	rtp.PutHeader(b, p.src.Next(pt, len(payload), false))
	p.write(to, append(b, payload...))
}

// press sends the first packet of a key.
func (p *phone) press(to *session.Session, pt uint8, key byte) {
	p.t.Helper()
	event, _ := rtp.EventOf(key)
	p.packet(to, pt, rtp.KeyEvent{Event: event, Duration: 160}.Append(nil))
	p.src.Skip(800)
}

// read waits for a datagram.
func (p *phone) read(b []byte) int {
	p.t.Helper()
	_ = p.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := p.ReadFromUDPAddrPort(b)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// hear waits for a packet, and returns its payload type.
func (p *phone) hear() uint8 {
	p.t.Helper()
	var b [rtp.MaxPacket]byte
	n := p.read(b[:])
	var pkt rtp.Packet
	if err := rtp.Parse(b[:n], &pkt); err != nil {
		p.t.Fatal(err)
	}
	return pkt.PayloadType
}
