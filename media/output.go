package media

import (
	"cmp"
	"errors"
	"sync"
	"time"

	"careline/audio"
	"careline/sip/rtp"
)

// ErrNoKeys is returned when keys are sent to a leg that takes none as events.
var ErrNoKeys = errors.New("the far end takes no telephone events")

// ErrOver is returned for what is asked of a leg that is over.
var ErrOver = errors.New("the leg is over")

// MaxPacketTime is the most sound that is sent in one packet.
const MaxPacketTime = 3 * Interval

// Format is how a far end wants its sound.
type Format struct {
	Codec  audio.Codec
	PT     uint8         // payload type of Codec
	Keys   bool          // it takes keys as events
	KeysPT uint8         // their payload type
	Ptime  time.Duration // sound in a packet; rounded down to a multiple of 10 ms, at most MaxPacketTime; 0 means Interval
}

// ptimeStep is what packet times are multiples of. One that is no multiple of
// Interval is kept on average: its packets leave at the deadline that is nearest.
const ptimeStep = Interval / 2

func (f Format) withDefaults() Format {
	f.Ptime = min(max(cmp.Or(f.Ptime, Interval).Truncate(ptimeStep), ptimeStep), MaxPacketTime)
	return f
}

// OutputOptions tune an Output. The zero value is ready to use.
type OutputOptions struct {
	Source rtp.Source // the numbers to begin with; the zero value means random ones
	Quiet  bool       // sends nothing while nothing plays; else silence, which keeps NAT and jitter buffers happy
}

// Output is everything that one leg sends, as one continuous RTP stream: what
// plays, else keys, else what is relayed from another leg, else silence. The
// packets come from Tick and Forward; whoever calls them sends.
//
// It is safe for concurrent use. No lock is held while a packet is sent.
type Output struct {
	quiet bool

	mu      sync.Mutex
	format  Format
	set     bool // format is set
	held    bool
	relayed bool
	over    bool
	src     rtp.Source
	marker  bool      // the next packet of sound begins a new stretch
	next    time.Time // when the sample src.Timestamp is due; zero before the first packet
	clocked bool      // the latest packet came from Tick
	player  player
	keying  keying
	mapping mapping
	sent    []*Playback // over with the packet that is being sent
}

// NewOutput makes the output of a leg. It is silent until Use.
func NewOutput(o OutputOptions) *Output {
	return &Output{quiet: o.Quiet, src: cmp.Or(o.Source, rtp.NewRandomSource()), marker: true}
}

// Use has everything sent in that format from now on.
func (o *Output) Use(f Format) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.format, o.set = f.withDefaults(), true
}

// Hold stops or resumes everything that is sent: what plays waits meanwhile.
func (o *Output) Hold(held bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = held
}

// Play plays the clips as one sound, after what plays already. A loop ends at
// once.
func (o *Output) Play(clips ...*audio.Clip) *Playback {
	b := newPlayback(clips...)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.over:
		b.finish(false)
	case !o.player.add(b):
		b.finish(true)
	}
	return b
}

// Loop plays clip over and over, once what plays already is through.
func (o *Output) Loop(clip *audio.Clip) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.player.repeat(clip)
}

// Fill has clip sent over and over wherever silence would be, until Fill of nil.
// What is relayed goes before it.
func (o *Output) Fill(clip *audio.Clip) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.player.fill(clip)
}

// Stop ends at once all that plays. Keys that are being sent go on.
func (o *Output) Stop() {
	o.mu.Lock()
	cut := o.player.stop()
	o.mu.Unlock()
	finish(cut, false)
}

// Press sends keys as events, after those that are being sent. What plays waits
// while a key is down. The playback is over when the last packet has left.
func (o *Output) Press(keys string) (*Playback, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.over:
		return nil, ErrOver
	case !o.set || !o.format.Keys:
		return nil, ErrNoKeys
	case keys == "":
		b := newPlayback()
		b.finish(true)
		return b, nil
	}
	return o.keying.add(keys, o.format.Ptime)
}

// End stops everything for good.
func (o *Output) End() {
	o.mu.Lock()
	o.over = true
	cut := append(o.player.stop(), o.keying.stop()...)
	skipped := o.player.finished
	o.player.finished = nil
	o.mu.Unlock()
	finish(cut, false)
	finish(skipped, true)
}

func finish(list []*Playback, ended bool) {
	for _, b := range list {
		b.finish(ended)
	}
}
