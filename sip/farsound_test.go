package sip_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"net"
	"sync"
	"testing"
	"time"

	"careline/audio"
)

// farSound is the RTP side of a far end, written by hand.
type farSound struct {
	conn  *net.UDPConn
	codec audio.Codec
	keyPT uint8 // of the telephone events that it sends
	gap   time.Duration

	secret *farSecret // nil: plain

	mu      sync.Mutex
	to      *net.UDPAddr
	packets []heardPacket
	changed chan struct{} // replaced whenever a packet is added

	seq   uint16
	stamp uint32
}

// heardPacket is a packet that came.
type heardPacket struct {
	pt      uint8
	seq     uint16
	stamp   uint32
	payload []byte
	at      time.Time
}

func newFarSound(t *testing.T) *farSound {
	t.Helper()
	return newFarSoundAt(t, net.IPv4(127, 0, 0, 1), nil)
}

func newFarSoundAt(t *testing.T, ip net.IP, secret *farSecret) *farSound {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		t.Fatal(err)
	}
	s := &farSound{conn: conn, secret: secret, keyPT: 101, gap: 20 * time.Millisecond, changed: make(chan struct{}), seq: 1000, stamp: 80_000}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.listen()
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return s
}

func (s *farSound) port() int { return s.conn.LocalAddr().(*net.UDPAddr).Port }

func (s *farSound) listen() {
	buf := make([]byte, 2048)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return
		}
		b := buf[:n]
		if s.secret != nil {
			b = s.secret.open(b)
		}
		if len(b) < 12 {
			continue
		}
		s.mu.Lock()
		s.packets = append(s.packets, heardPacket{
			pt: b[1] & 0x7f, seq: binary.BigEndian.Uint16(b[2:]), stamp: binary.BigEndian.Uint32(b[4:]),
			payload: bytes.Clone(b[12:]), at: time.Now(),
		})
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
	}
}

// count is how many packets were heard.
func (s *farSound) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.packets)
}

// await waits until ok holds for what was heard.
func (s *farSound) await(t *testing.T, what string, ok func([]heardPacket) bool) {
	t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		s.mu.Lock()
		held, changed := ok(s.packets), s.changed
		s.mu.Unlock()
		if held {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("the far end did not hear %s", what)
		}
	}
}

// hears waits until the whole clip was heard, sample by sample. Packets that
// were skipped, as they were late, may be missing: many on a busy machine, but
// neither all of its beginning nor all of its end.
func (s *farSound) hears(t *testing.T, what string, clip *audio.Clip) {
	t.Helper()
	s.await(t, what, func(heard []heardPacket) bool { return s.find(heard, clip) })
}

// hearsBegin waits until the clip has begun to play: some frame of it has come,
// as the first ones may have been skipped.
func (s *farSound) hearsBegin(t *testing.T, what string, clip *audio.Clip) {
	t.Helper()
	want := clip.Encoded(s.codec)
	s.await(t, "the beginning of "+what, func(heard []heardPacket) bool {
		for _, p := range heard {
			if _, ok := s.frameOf(p, want); ok {
				return true
			}
		}
		return false
	})
}

// find looks for a clip in what was heard.
func (s *farSound) find(heard []heardPacket, clip *audio.Clip) bool {
	want := clip.Encoded(s.codec)
	for i, p := range heard {
		if at, ok := s.frameOf(p, want); ok && at < len(want)/2 && matches(heard[i:], p.stamp-uint32(at), want, uint8(s.codec)) {
			return true
		}
	}
	return false
}

// frameOf is where in a sound a packet belongs that holds a whole frame of it.
func (s *farSound) frameOf(p heardPacket, want []byte) (at int, ok bool) {
	if p.pt != uint8(s.codec) || len(p.payload) != 160 {
		return 0, false
	}
	for at := 0; at+160 <= len(want); at += 160 {
		if bytes.Equal(p.payload, want[at:at+160]) {
			return at, true
		}
	}
	return 0, false
}

// matches tells whether the packets from stamp on carry want, each at its time.
func matches(heard []heardPacket, stamp uint32, want []byte, pt uint8) bool {
	got, end := 0, 0
	for _, p := range heard {
		at := int(int32(p.stamp - stamp))
		if p.pt != pt || at < 0 || at >= len(want) {
			continue
		}
		k := min(len(want)-at, len(p.payload))
		if !bytes.Equal(p.payload[:k], want[at:at+k]) {
			return false
		}
		got += k
		end = max(end, at+k)
	}
	return got*3 >= len(want) && end*3 >= len(want)*2
}

// hearsTone waits until so much of the tone has come that it is no accident.
func (s *farSound) hearsTone(t *testing.T, hz float64) {
	t.Helper()
	s.await(t, "the other side", func(heard []heardPacket) bool {
		loud := 0
		for _, p := range heard {
			pcm := make([]int16, len(p.payload))
			s.codec.Decode(pcm, p.payload)
			if p.pt == uint8(s.codec) && audio.Goertzel(pcm, hz) > -20 {
				loud++
			}
		}
		return loud >= 20
	})
}

// tone is a sine at about -10 dBFS.
func tone(hz float64, d time.Duration) []int16 {
	pcm := make([]int16, int(d*8000/time.Second))
	for i := range pcm {
		pcm[i] = int16(10000 * math.Sin(2*math.Pi*hz*float64(i)/8000))
	}
	return pcm
}

// send writes one packet.
func (s *farSound) send(pt uint8, stamp uint32, marker bool, payload []byte) {
	s.mu.Lock()
	to := s.to
	s.seq++
	b := make([]byte, 12, 12+len(payload))
	b[0], b[1] = 0x80, pt
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], s.seq)
	binary.BigEndian.PutUint32(b[4:], stamp)
	binary.BigEndian.PutUint32(b[8:], 0xfa7e)
	s.mu.Unlock()
	b = append(b, payload...)
	if s.secret != nil {
		b = s.secret.seal(b)
	}
	if to != nil {
		s.conn.WriteToUDP(b, to)
	}
}

// speak sends samples at the pace of speech, until ctx ends.
func (s *farSound) speak(ctx context.Context, pcm []int16) {
	tick := time.NewTicker(s.gap)
	defer tick.Stop()
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		b := make([]byte, 160)
		s.codec.Encode(b, pcm[:160])
		s.send(uint8(s.codec), s.next(160), false, b)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// talk speaks a tone until the test is over or hush is called.
func (s *farSound) talk(t *testing.T, hz float64) (hush func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.speak(ctx, tone(hz, time.Minute))
	}()
	return func() {
		cancel()
		<-done
	}
}

func (s *farSound) next(samples uint32) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp += samples
	return s.stamp
}

// press sends a key as RFC 4733 has it, all its packets at once.
func (s *farSound) press(key byte) {
	event := uint8(bytes.IndexByte([]byte("0123456789*#"), key))
	stamp := s.next(1600)
	for i, d := range []uint16{160, 320, 480, 640, 640, 640} {
		flags := uint8(10)
		if i >= 3 {
			flags |= 0x80
		}
		s.send(s.keyPT, stamp, i == 0, []byte{event, flags, byte(d >> 8), byte(d)})
	}
}

// keysOf returns which keys were heard by RFC 4733, each press once.
func keysOf(heard []heardPacket, pt uint8) string {
	var keys []byte
	seen := make(map[uint32]bool)
	for _, p := range heard {
		if p.pt == pt && len(p.payload) == 4 && !seen[p.stamp] {
			seen[p.stamp] = true
			keys = append(keys, "0123456789*#ABCD"[p.payload[0]&0xf])
		}
	}
	return string(keys)
}
