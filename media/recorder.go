package media

import (
	"time"

	"careline/audio"
)

// Side is who is heard in a recording.
type Side int

// The sides of a leg.
const (
	FarEnd  Side = iota // what was received
	NearEnd             // what was sent
)

// Frame is the sound of one packet.
type Frame struct {
	Side      Side
	Codec     audio.Codec
	SSRC      uint32    // of its stream
	Timestamp uint32    // of its first sample
	At        time.Time // when it arrived or left
	Sound     []byte    // one byte a sample; valid during the call of Record
}

// Recorder takes the sound of a leg.
type Recorder interface {
	// Record takes one frame. It is called by several goroutines, those that
	// keep the sound going: it must not block, and keeps no reference.
	Record(f Frame)
}
