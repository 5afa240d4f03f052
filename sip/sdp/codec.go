package sdp

import "fmt"

// clockHz is the clock of telephone sound.
const clockHz = 8000

// telephoneEvent is the name of the format of keys (RFC 4733).
const telephoneEvent = "TELEPHONE-EVENT"

// Codec is one of the two laws of G.711 by its static payload type, the same
// value as audio.Codec.
type Codec uint8

// The codecs that are agreed on.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

// String is the codec's name in rtpmap.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return fmt.Sprintf("codec %d", uint8(c))
	}
}

// codec is the codec of a format; false when it is none of ours.
func (f Format) codec() (Codec, bool) {
	if f.ClockHz != clockHz || f.Channels > 1 {
		return 0, false
	}
	switch f.Name {
	case PCMU.String():
		return PCMU, true
	case PCMA.String():
		return PCMA, true
	default:
		return 0, false
	}
}

// keys tells whether the format carries keys on the clock of the sound.
func (f Format) keys() bool { return f.Name == telephoneEvent && f.ClockHz == clockHz }
