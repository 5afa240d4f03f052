package audio

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Clip is a piece of sound that is ready to be sent: it is encoded once, when
// it is made, and never changes. It is safe for concurrent use.
type Clip struct {
	pcm         []int16
	muLaw, aLaw []byte
}

// NewClip makes a clip of samples at Rate. It keeps no reference to pcm.
func NewClip(pcm []int16) *Clip {
	c := &Clip{pcm: slices.Clone(pcm), muLaw: make([]byte, len(pcm)), aLaw: make([]byte, len(pcm))}
	PCMU.Encode(c.muLaw, pcm)
	PCMA.Encode(c.aLaw, pcm)
	return c
}

// ReadClip makes a clip of a WAV file of any rate and number of channels.
func ReadClip(r io.Reader) (*Clip, error) {
	s, err := ReadWAV(r)
	if err != nil {
		return nil, fmt.Errorf("read clip: %w", err)
	}
	return NewClip(s.Line()), nil
}

// PCM is the clip's samples. They must not be changed.
func (c *Clip) PCM() []int16 { return c.pcm }

// Encoded is the clip in that law, one byte a sample. It must not be changed.
func (c *Clip) Encoded(codec Codec) []byte {
	if codec == PCMA {
		return c.aLaw
	}
	return c.muLaw
}

// Samples is the clip's length in samples.
func (c *Clip) Samples() int { return len(c.pcm) }

// Duration is how long the clip sounds.
func (c *Clip) Duration() time.Duration { return Duration(len(c.pcm)) }

// Join makes one clip of several, without gaps.
func Join(clips ...*Clip) *Clip {
	var pcm []int16
	for _, c := range clips {
		pcm = append(pcm, c.pcm...)
	}
	return NewClip(pcm)
}
