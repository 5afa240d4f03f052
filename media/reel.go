package media

import (
	"sync"
	"time"

	"careline/audio"
)

// Reel is a Recorder that keeps what is received of a leg, for who takes it off
// piece by piece: a long message needs little memory. It stays in the law that
// it came in. Frames stand where their timestamps put them; what is lost, or
// not sent, is silence.
type Reel struct {
	start time.Time // of its first sample

	mu      sync.Mutex
	stream  track // where frames belong; it holds no sound
	codec   audio.Codec
	coded   bool   // codec is known
	waiting []byte // not taken off yet
	taken   int    // samples
	voice   audio.Voice
	spoken  time.Duration // in all
	last    int           // where the latest speech ended, in samples
	pcm     [audio.Rate / 10]int16
}

// mostWaiting is how many samples may wait to be taken off.
const mostWaiting = 10 * audio.Rate

// NewReel returns an empty reel that begins at a time.
func NewReel(start time.Time) *Reel { return &Reel{start: start} }

// Record takes one frame.
func (r *Reel) Record(f Frame) {
	if f.Side != FarEnd {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.coded {
		r.codec, r.coded = f.Codec, true
	}
	r.stream.place(f, audio.Samples(f.At.Sub(r.start)))
	at := int(int32(f.Timestamp - r.stream.origin))
	end := at + len(f.Sound)
	if at < r.taken || end > r.taken+mostWaiting {
		return
	}
	r.fill(end - r.taken)
	audio.Transcode(r.waiting[at-r.taken:], f.Sound, f.Codec, r.codec)
	if n := f.Codec.Decode(r.pcm[:], f.Sound); r.voice.Hear(r.pcm[:n]) {
		r.spoken += audio.Duration(n)
		r.last = max(r.last, end)
	}
}

// fill has so many samples wait at least.
func (r *Reel) fill(n int) {
	for len(r.waiting) < n {
		r.waiting = append(r.waiting, r.codec.Silence())
	}
}

// Take takes off what stands before a time; what has not come is silence.
func (r *Reel) Take(until time.Time) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(audio.Samples(until.Sub(r.start))-r.taken, mostWaiting)
	if n <= 0 {
		return nil
	}
	r.fill(n)
	piece := append([]byte(nil), r.waiting[:n]...)
	r.waiting = r.waiting[:copy(r.waiting, r.waiting[n:])]
	r.taken += n
	return piece
}

// Codec is the law of the sound.
func (r *Reel) Codec() audio.Codec {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.codec
}

// Spoken is for how long somebody spoke, and when they did so last; the reel's
// beginning where nobody has.
func (r *Reel) Spoken() (d time.Duration, last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spoken, r.start.Add(audio.Duration(r.last))
}

// End is when the latest sound that has come was over.
func (r *Reel) End() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.start.Add(audio.Duration(r.taken + len(r.waiting)))
}
