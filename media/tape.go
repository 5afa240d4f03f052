package media

import (
	"fmt"
	"io"
	"sync"
	"time"

	"careline/audio"
)

// Tape is a Recorder that keeps both sides of a leg in memory, 32 kB a second.
// Frames stand where their timestamps put them, so that a late packet leaves no
// gap; lost ones are silence. The zero value is ready to use.
type Tape struct {
	Limit time.Duration // sound after so long is not kept; 0 means 10 min

	mu     sync.Mutex
	start  time.Time
	tracks [2]track
}

// track is one side of a tape.
type track struct {
	pcm    []int16
	placed bool
	ssrc   uint32
	origin uint32 // timestamp of the track's first sample
}

// drift is how far timestamps and arrival may disagree before the stream is
// placed anew by its arrival, in samples.
const drift = audio.Rate

// Record takes one frame.
func (t *Tape) Record(f Frame) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.start.IsZero() {
		t.start = f.At
	}
	limit := t.Limit
	if limit == 0 {
		limit = 10 * time.Minute
	}
	k := &t.tracks[f.Side]
	k.place(f, audio.Samples(f.At.Sub(t.start)))
	k.put(f, audio.Samples(limit))
}

// place fits a new or restarted stream to the time of its arrival.
func (k *track) place(f Frame, arrival int) {
	off := int32(f.Timestamp-k.origin) - int32(arrival)
	if k.placed && k.ssrc == f.SSRC && off > -drift && off < drift {
		return
	}
	k.placed, k.ssrc, k.origin = true, f.SSRC, f.Timestamp-uint32(arrival)
}

func (k *track) put(f Frame, limit int) {
	at := int(int32(f.Timestamp - k.origin))
	end := at + len(f.Sound)
	if at < 0 || end > limit {
		return
	}
	if grow := end - len(k.pcm); grow > 0 {
		k.pcm = append(k.pcm, make([]int16, grow)...)
	}
	f.Codec.Decode(k.pcm[at:end], f.Sound)
}

// Sound is the tape so far: the far end on the left, the near end on the right.
func (t *Tape) Sound() audio.Sound {
	t.mu.Lock()
	defer t.mu.Unlock()
	far, near := t.tracks[FarEnd].pcm, t.tracks[NearEnd].pcm
	n := max(len(far), len(near))
	s := audio.Sound{Rate: audio.Rate, Channels: 2, Samples: make([]int16, 2*n)}
	for i, x := range far {
		s.Samples[2*i] = x
	}
	for i, x := range near {
		s.Samples[2*i+1] = x
	}
	return s
}

// PCM is one side of the tape so far, at audio.Rate.
func (t *Tape) PCM(side Side) []int16 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]int16(nil), t.tracks[side].pcm...)
}

// WriteWAV writes the tape so far as a stereo WAV file.
func (t *Tape) WriteWAV(w io.Writer) error {
	if err := audio.WriteWAV(w, t.Sound(), audio.PCM16); err != nil {
		return fmt.Errorf("write a tape: %w", err)
	}
	return nil
}
