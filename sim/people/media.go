package people

import (
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"careline/audio"
)

const (
	keyFrames   = 5  // a key sounds for 100 ms
	keyPause    = 8  // frames between two keys
	catchUp     = 3  // frames that may be sent late; more are left out
	keyVolume   = 10 // dBm0, below 0
	headerBytes = 12
)

// media is the sound of a leg. The loop sends, a goroutine of its own reads.
type media struct {
	sock *socket
	rx   *reception
	rec  *recording
	sent atomic.Int64

	on      bool
	to      netip.AddrPort
	codec   audio.Codec
	events  int // payload type for keys; -1: the other side takes none
	burst   bool
	ssrc    uint32
	seq     uint16
	stamp   uint32
	marker  bool
	next    int64 // the clock's frame that is sent next; -1: whichever comes
	said    int   // samples from the recording's beginning to the next frame; -1: not begun
	keys    []*stroke
	pause   int
	sound   []byte // what is repeated while talking; nil: silence
	soundAt int
	buf     [headerBytes + 4 + audio.FrameSamples]byte
}

// stroke is a key that is pressed.
type stroke struct {
	key   byte
	frame int
	stamp uint32
	begun func(now time.Time)
	sent  func(now time.Time, what Kind) // KindPress, KindRelease
	done  func(now time.Time)
}

func newMedia(sock *socket, rx *reception, rec *recording) *media {
	return &media{
		sock: sock, rx: rx, rec: rec, events: -1, next: -1, said: -1,
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), stamp: rand.Uint32(),
	}
}

// start sends from now on, or to another place than before.
func (m *media) start(s session, codec audio.Codec) {
	m.on = s.addr.IsValid() && !s.hold
	m.to, m.codec, m.events = s.addr, codec, s.events
	m.marker = true
}

// say changes what is said: encoded sound that is repeated, or nil for silence.
func (m *media) say(pcm []int16) {
	m.sound, m.soundAt = nil, 0
	if pcm != nil {
		m.sound = make([]byte, len(pcm))
		m.codec.Encode(m.sound, pcm)
	}
	m.marker = true
}

// tick sends what is due at the clock's frame. What is very late is left out:
// the timestamp goes on without it.
func (m *media) tick(frame int64, now time.Time) {
	if !m.on {
		m.next = -1
		return
	}
	if m.next < 0 {
		m.next = frame
	}
	if m.rec != nil && m.said < 0 {
		m.said = audio.Samples(now.Sub(m.rec.from))
	}
	if late := frame - m.next; late > catchUp {
		m.pass(int(late))
		m.next, m.marker = frame, true
	}
	for ; m.next <= frame; m.next++ {
		m.frame(now)
		m.pass(1)
	}
}

// pass counts frames that have gone by.
func (m *media) pass(frames int) {
	m.stamp += uint32(frames) * audio.FrameSamples
	m.said += frames * audio.FrameSamples
}

func (m *media) frame(now time.Time) {
	if m.pause > 0 {
		m.pause--
	}
	if len(m.keys) > 0 && m.pause == 0 {
		m.key(m.keys[0], now)
		return
	}
	payload := m.buf[headerBytes : headerBytes+audio.FrameSamples]
	for i := range payload {
		payload[i] = m.codec.Silence()
	}
	if m.sound != nil {
		for n := 0; n < len(payload); {
			k := copy(payload[n:], m.sound[m.soundAt:])
			n += k
			m.soundAt = (m.soundAt + k) % len(m.sound)
		}
	}
	m.send(uint8(m.codec), m.stamp, m.marker, payload)
	m.marker = false
	if m.rec != nil {
		pcm := make([]int16, len(payload))
		m.codec.Decode(pcm, payload)
		m.rec.say(m.said, pcm)
	}
}

// key sends the frame of a key that is due (RFC 4733): updates with a growing
// duration, then the end three times.
func (m *media) key(k *stroke, now time.Time) {
	if k.frame == 0 {
		k.stamp = m.stamp
		k.begun(now)
	}
	k.frame++
	duration := min(k.frame, keyFrames) * audio.FrameSamples
	end := k.frame >= keyFrames
	times := 1
	if end && m.burst {
		times = 3
	}
	for range times {
		m.event(k, duration, end)
	}
	switch {
	case k.frame == m.lastFrame():
		m.keys, m.pause, m.marker = m.keys[1:], keyPause, true
		k.done(now)
	case end:
		k.sent(now, KindRelease)
	case k.frame == 1:
		k.sent(now, KindPress)
	}
}

// lastFrame is the frame with which a key is over.
func (m *media) lastFrame() int {
	if m.burst {
		return keyFrames
	}
	return keyFrames + 2
}

func (m *media) event(k *stroke, duration int, end bool) {
	payload := m.buf[headerBytes : headerBytes+4]
	payload[0], payload[1] = k.key, keyVolume
	if end {
		payload[1] |= 0x80
	}
	payload[2], payload[3] = byte(duration>>8), byte(duration)
	m.send(uint8(m.events), k.stamp, k.frame == 1, payload)
}

func (m *media) send(pt uint8, stamp uint32, marker bool, payload []byte) {
	h := rtp.Header{
		Version: 2, PayloadType: pt, Marker: marker,
		SequenceNumber: m.seq, Timestamp: stamp, SSRC: m.ssrc,
	}
	if _, err := h.MarshalTo(m.buf[:headerBytes]); err != nil {
		return
	}
	m.seq++
	m.sent.Add(1)
	m.sock.send(m.buf[:headerBytes+len(payload)], m.to)
}

// event code of a key, as RFC 4733 numbers them.
func eventOf(key byte) (byte, bool) {
	switch {
	case key >= '0' && key <= '9':
		return key - '0', true
	case key == '*':
		return 10, true
	case key == '#':
		return 11, true
	default:
		return 0, false
	}
}
