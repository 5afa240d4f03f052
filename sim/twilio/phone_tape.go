package twin

import (
	"slices"
	"sync"
	"time"

	"careline/audio"
	"careline/media"
)

// loud is the level above which somebody speaks, in dBm0.
const loud = -45

// tape keeps what the far end says. It is a media.Recorder.
type tape struct {
	mu   sync.Mutex
	pcm  []int16
	last time.Time // that something was heard, or that it began
	any  bool      // something was
}

func newTape(now time.Time) *tape { return &tape{last: now} }

// Record takes one frame.
func (t *tape) Record(f media.Frame) {
	if f.Side != media.FarEnd {
		return
	}
	pcm := make([]int16, len(f.Sound))
	f.Codec.Decode(pcm, f.Sound)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pcm = append(t.pcm, pcm...)
	if audio.Level(pcm) > loud {
		t.last, t.any = f.At, true
	}
}

func (t *tape) lastSound() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *tape) length() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return audio.Duration(len(t.pcm))
}

// sound is what was said; nil is nothing.
func (t *tape) sound() []int16 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.any {
		return nil
	}
	return slices.Clone(t.pcm)
}
