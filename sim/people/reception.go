package people

import (
	"sync"
	"time"

	"github.com/pion/rtp"

	"careline/audio"
)

const (
	lateAfter = 30 * time.Millisecond
	gapAfter  = 20 * time.Millisecond
	stalled   = time.Second
)

// reception is what a leg receives. One goroutine reads; the loop looks in.
type reception struct {
	tell func(notice) // takes what was noticed to the loop
	cast *cast

	mu       sync.Mutex
	audio    Audio
	ear      *ear
	rec      *recording // nil unless the leg is recorded
	ssrc     uint32
	seq      uint16
	stamp    uint32 // timestamp of the last packet of sound
	at       int    // and its position in the ear
	due      time.Time
	dueStamp uint32 // what was due then: the earliest packet of the talkspurt
	block    []int16
	last     voice
	voiced   time.Time
	voices   map[string]*Voice // by name
}

// notice is what a leg noticed in a packet.
type notice struct {
	at        time.Time // arrival of the packet
	head      int       // the ear's position after it
	soundings []sounding
	voice     string // whose was heard for the first time
}

func newReception(e *ear, c *cast, rec *recording, tell func(notice)) *reception {
	return &reception{tell: tell, cast: c, ear: e, rec: rec, last: noVoice, voices: map[string]*Voice{}}
}

// read takes packets until the socket is closed.
func (r *reception) read(s *socket) {
	buf := make([]byte, 2048)
	for {
		size, _, at, err := s.read(buf)
		if err != nil {
			return
		}
		var p rtp.Packet
		if err := p.Unmarshal(buf[:size]); err != nil {
			continue
		}
		r.take(&p, at)
	}
}

func (r *reception) take(p *rtp.Packet, at time.Time) {
	r.mu.Lock()
	n := r.packet(p, at)
	r.mu.Unlock()
	if len(n.soundings) > 0 || n.voice != "" {
		r.tell(n)
	}
}

func (r *reception) packet(p *rtp.Packet, at time.Time) notice {
	n := notice{at: at}
	fresh := r.audio.Received == 0 || p.SSRC != r.ssrc
	before, previous := r.stamp, r.audio.LastPacket
	older := !fresh && int16(p.SequenceNumber-r.seq) <= 0
	r.count(p, at, fresh, older)
	if codec := audio.Codec(p.PayloadType); older || (codec != audio.PCMU && codec != audio.PCMA) {
		return n
	}
	jump := fresh || p.Marker
	r.schedule(p.Timestamp, at, jump)
	if !fresh {
		r.gap(at.Sub(previous), p.Timestamp-before, p.Marker)
	}
	pcm := make([]int16, len(p.Payload))
	audio.Codec(p.PayloadType).Decode(pcm, p.Payload)
	r.place(p.Timestamp-before, at.Sub(previous), fresh)
	r.stamp = p.Timestamp
	n.soundings = r.ear.listen(r.at, pcm)
	n.head = r.ear.heard()
	n.voice = r.listenForVoice(pcm, at)
	if r.rec != nil {
		r.rec.hear(r.at, pcm, at)
	}
	return n
}

// count keeps the numbers that do not depend on time.
func (r *reception) count(p *rtp.Packet, at time.Time, fresh, older bool) {
	if r.audio.Received == 0 {
		r.audio.FirstPacket = at
	}
	r.audio.Received++
	r.audio.LastPacket = at
	if skipped := int(int16(p.SequenceNumber - r.seq)); !fresh && skipped > 1 && skipped < 1000 {
		r.audio.Missing += skipped - 1
	}
	if !older {
		r.ssrc, r.seq = p.SSRC, p.SequenceNumber
	}
}

// schedule compares a packet with the earliest of its talkspurt.
func (r *reception) schedule(stamp uint32, at time.Time, jump bool) {
	behind := at.Sub(r.due) - samples(int32(stamp-r.dueStamp))
	if jump || behind < 0 {
		r.due, r.dueStamp = at, stamp
		return
	}
	if behind > lateAfter {
		r.audio.Late++
	}
	r.audio.LatestMS = max(r.audio.LatestMS, ms(behind))
}

// gap compares the pause before a packet with what its timestamp says.
func (r *reception) gap(pause time.Duration, stamps uint32, marked bool) {
	r.audio.LongestGap = max(r.audio.LongestGap, ms(pause))
	if !marked && pause-samples(int32(stamps)) > gapAfter {
		r.audio.Gaps++
	}
}

// place finds the position of a packet in what the leg hears: by its timestamp,
// and by the clock where that makes no sense.
func (r *reception) place(stamps uint32, pause time.Duration, fresh bool) {
	next := r.at + int(int32(stamps))
	if d := int(int32(stamps)); fresh || d < 0 || d > 10*audio.Rate {
		next = r.at
		if r.ear.heard() > 0 {
			next += audio.Samples(min(pause, 10*time.Second))
		}
	}
	r.at = max(next, r.ear.heard())
}

// listenForVoice says whose voice begins to be heard with pcm.
func (r *reception) listenForVoice(pcm []int16, at time.Time) string {
	r.block = append(r.block, pcm...)
	if len(r.block) < voiceBlock {
		return ""
	}
	v := hearVoice(r.block[:voiceBlock])
	r.block = append(r.block[:0], r.block[voiceBlock:]...)
	again := v == r.last
	r.last = v
	name := r.cast.name(v)
	if !again || name == "" {
		return ""
	}
	r.voiced = at
	if known := r.voices[name]; known != nil {
		known.Last = at
		return ""
	}
	r.voices[name] = &Voice{Name: name, First: at, Last: at}
	return name
}

// quiet lets time go by while no packet comes. What comes late after a shorter
// pause still joins what was heard before it.
func (r *reception) quiet(now time.Time) {
	r.mu.Lock()
	n := notice{at: now}
	if pause := now.Sub(r.audio.LastPacket); r.audio.Received > 0 && pause > stalled {
		n.soundings = r.ear.pass(r.at + audio.Samples(pause))
	}
	n.head = r.ear.heard()
	r.mu.Unlock()
	if len(n.soundings) > 0 {
		r.tell(n)
	}
}

// lastPacket is when the last packet arrived; zero before the first.
func (r *reception) lastPacket() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.audio.LastPacket
}

// lastVoice is when a voice was last heard.
func (r *reception) lastVoice() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.voiced
}

// summary is the numbers so far.
func (r *reception) summary() Audio {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.audio
}

// voice is how someone's voice was heard.
func (r *reception) voice(name string) Voice {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.voices[name]; known != nil {
		return *known
	}
	return Voice{Name: name}
}

func samples(n int32) time.Duration { return time.Duration(n) * time.Second / audio.Rate }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
