package audio

import (
	"errors"
	"time"
)

// ErrWAV is the cause of every error about what a WAV file holds.
var ErrWAV = errors.New("not a usable WAV file")

// Format is how a WAV file stores its samples.
type Format uint16

// The formats that are read and written.
const (
	PCM16 Format = 1 // linear, 16 bits
	ALaw  Format = 6 // G.711, 8 bits
	MuLaw Format = 7 // G.711, 8 bits
)

// Sound is what a WAV file holds.
type Sound struct {
	Rate     int     // samples per second of each channel
	Channels int     // 1 or more
	Samples  []int16 // the channels interleaved
}

// Duration is how long the sound is.
func (s Sound) Duration() time.Duration {
	if s.Rate <= 0 || s.Channels <= 0 {
		return 0
	}
	return time.Duration(len(s.Samples)/s.Channels) * time.Second / time.Duration(s.Rate)
}

// Mono is the mean of the channels, at the sound's own rate.
func (s Sound) Mono() []int16 {
	if s.Channels <= 1 {
		return s.Samples
	}
	mono := make([]int16, len(s.Samples)/s.Channels)
	for i := range mono {
		sum := 0
		for _, x := range s.Samples[i*s.Channels : (i+1)*s.Channels] {
			sum += int(x)
		}
		mono[i] = int16(sum / s.Channels)
	}
	return mono
}

// Channel is one channel alone, counted from 0, at the sound's own rate. It is
// nil for a channel that is not there.
func (s Sound) Channel(n int) []int16 {
	if n < 0 || n >= s.Channels {
		return nil
	}
	pcm := make([]int16, len(s.Samples)/s.Channels)
	for i := range pcm {
		pcm[i] = s.Samples[i*s.Channels+n]
	}
	return pcm
}

// Line is the sound as a telephone line carries it: mono, at Rate.
func (s Sound) Line() []int16 { return Resample(s.Mono(), s.Rate, Rate) }
