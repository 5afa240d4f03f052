package rtp

import (
	"fmt"
	"time"
)

// clockHz is the clock of telephone sound and of its key events.
const clockHz = 8000

// endPackets is how often the end of a key press is told (RFC 4733 section
// 2.5.1.4).
const endPackets = 3

// keyVolume is how loud the keys are that this service sends, in -dBm0.
const keyVolume = 10

// Press is the schedule of one key press of the length d: the events of the
// packets to send, one at each interval, which is the stream's packet time.
//
// All of them carry the timestamp at which the key went down; the first has the
// marker bit, and the last three tell its end.
func Press(key byte, d, interval time.Duration) ([]KeyEvent, error) {
	event, ok := EventOf(key)
	if !ok {
		return nil, fmt.Errorf("press %q: it is none of the keys %s", key, keypad)
	}
	if interval <= 0 || d > 8*time.Second {
		return nil, fmt.Errorf("press %q for %v, a packet every %v: out of range", key, d, interval)
	}
	e := KeyEvent{Event: event, Volume: keyVolume}
	step := uint16(interval * clockHz / time.Second)
	var events []KeyEvent
	for left := d; left > interval; left -= interval {
		e.Duration += step
		events = append(events, e)
	}
	e.Duration, e.End = e.Duration+step, true
	for range endPackets {
		events = append(events, e)
	}
	return events, nil
}
