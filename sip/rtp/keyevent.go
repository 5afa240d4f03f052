package rtp

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// KeyEvent is the payload of a telephone-event packet (RFC 4733 section 2.3):
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|     event     |E|R| volume    |          duration             |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
type KeyEvent struct {
	Event    uint8  // 0 to 15 are keys
	End      bool   // the key is up again
	Volume   uint8  // 0 to 63, in dB below 0 dBm0
	Duration uint16 // since the key went down, in timestamp units
}

// KeyEventSize is the size of a key event's payload, in bytes.
const KeyEventSize = 4

// keypad holds the keys of the events 0 to 15.
const keypad = "0123456789*#ABCD"

// ParseKeyEvent reads a payload. Of several events in one payload it reads the
// first.
func ParseKeyEvent(b []byte) (KeyEvent, error) {
	if len(b) < KeyEventSize {
		return KeyEvent{}, fmt.Errorf("%w: a key event of %d bytes", ErrMalformed, len(b))
	}
	return KeyEvent{
		Event:    b[0],
		End:      b[1]&0x80 != 0,
		Volume:   b[1] & 0x3f,
		Duration: binary.BigEndian.Uint16(b[2:]),
	}, nil
}

// Append adds the payload to b.
func (e KeyEvent) Append(b []byte) []byte {
	flags := e.Volume & 0x3f
	if e.End {
		flags |= 0x80
	}
	b = append(b, e.Event, flags)
	return binary.BigEndian.AppendUint16(b, e.Duration)
}

// Key is the key that the event stands for; false when it is none, such as a
// hook flash.
func (e KeyEvent) Key() (byte, bool) {
	if int(e.Event) >= len(keypad) {
		return 0, false
	}
	return keypad[e.Event], true
}

// EventOf is the event of a key: 0 to 9, *, #, A to D.
func EventOf(key byte) (uint8, bool) {
	i := strings.IndexByte(keypad, key)
	return uint8(max(i, 0)), i >= 0
}
