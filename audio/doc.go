// Package audio is sound as arithmetic: G.711 samples and tables, WAV files,
// resampling, tones, levels, and the Clip, a prompt that is ready to be sent.
//
// Everything is mono 16-bit linear PCM at 8000 Hz unless it says otherwise.
// Levels are in dBm0 as RFC 7874 section 4 counts them: a sine that fills the
// 16 bits is 0, and -19 is an RMS of 2600. The package knows no files, sockets,
// clocks or calls.
package audio

import "time"

// The format of a telephone line.
const (
	Rate          = 8000                  // samples per second
	FrameSamples  = 160                   // samples in one packet
	FrameDuration = 20 * time.Millisecond // how long one packet sounds
)

// Duration is how long so many samples at Rate sound.
func Duration(samples int) time.Duration {
	return time.Duration(samples) * time.Second / Rate
}

// Samples is how many samples at Rate sound for d.
func Samples(d time.Duration) int {
	return int(d * Rate / time.Second)
}
