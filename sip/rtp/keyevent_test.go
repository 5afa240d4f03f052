package rtp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"careline/sip/rtp"
)

// events are payloads and what they say.
var events = []struct {
	in   []byte
	want rtp.KeyEvent
}{
	{[]byte{11, 0x8a, 0x03, 0x20}, rtp.KeyEvent{Event: 11, End: true, Volume: 10, Duration: 800}}, // key #, released after 100 ms
	{[]byte{0, 0, 0, 0}, rtp.KeyEvent{}},
	{[]byte{5, 0x3f, 0xff, 0xff}, rtp.KeyEvent{Event: 5, Volume: 63, Duration: 65535}},
	{[]byte{16, 0x4a, 0, 160}, rtp.KeyEvent{Event: 16, Volume: 10, Duration: 160}},           // a hook flash, the reserved bit set
	{[]byte{1, 10, 0, 160, 2, 10, 0, 80}, rtp.KeyEvent{Event: 1, Volume: 10, Duration: 160}}, // followed by another
}

func TestParseKeyEvent(t *testing.T) {
	for _, tt := range events {
		if got, err := rtp.ParseKeyEvent(tt.in); err != nil || got != tt.want {
			t.Errorf("ParseKeyEvent(% x) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
	for _, in := range [][]byte{nil, {1}, {1, 0, 0}} {
		if _, err := rtp.ParseKeyEvent(in); !errors.Is(err, rtp.ErrMalformed) {
			t.Errorf("ParseKeyEvent(% x) = %v; want %v", in, err, rtp.ErrMalformed)
		}
	}
}

func FuzzParseKeyEvent(f *testing.F) {
	for _, tt := range events {
		f.Add(tt.in)
	}
	f.Add([]byte{1, 0}) // cut short
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := rtp.ParseKeyEvent(b)
		if err != nil {
			return
		}
		again, err := rtp.ParseKeyEvent(e.Append(nil))
		if err != nil || again != e {
			t.Errorf("% x: read %+v, wrote and read %+v, %v", b, e, again, err)
		}
	})
}

func TestKeysAndEvents(t *testing.T) {
	for i, key := range []byte("0123456789*#ABCD") {
		event, ok := rtp.EventOf(key)
		back, okBack := rtp.KeyEvent{Event: event}.Key()
		if !ok || !okBack || int(event) != i || back != key {
			t.Errorf("EventOf(%c) = %d, %v, which is key %c, %v", key, event, ok, back, okBack)
		}
	}
	for _, none := range []byte{0, 'a', 'E', ' ', 255} {
		if _, ok := rtp.EventOf(none); ok {
			t.Errorf("EventOf(%q) is a key", none)
		}
	}
	if _, ok := (rtp.KeyEvent{Event: 16}).Key(); ok {
		t.Error("event 16 is a key")
	}
}

func TestPress(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		press, interval time.Duration
		durations       []uint16 // the last three tell the end
	}{
		{100 * ms, 20 * ms, []uint16{160, 320, 480, 640, 800, 800, 800}},
		{90 * ms, 20 * ms, []uint16{160, 320, 480, 640, 800, 800, 800}},
		{100 * ms, 50 * ms, []uint16{400, 800, 800, 800}},
		{0, 20 * ms, []uint16{160, 160, 160}},
	} {
		got, err := rtp.Press('*', tt.press, tt.interval)
		if err != nil {
			t.Fatal(err)
		}
		var durations []uint16
		for i, e := range got {
			durations = append(durations, e.Duration)
			if e.Event != 10 || e.End != (i >= len(got)-3) {
				t.Errorf("Press(%v, %v): packet %d is %+v", tt.press, tt.interval, i, e)
			}
		}
		if !slices.Equal(durations, tt.durations) {
			t.Errorf("Press(%v, %v) lasts %v; want %v", tt.press, tt.interval, durations, tt.durations)
		}
	}
	for name, err := range map[string]error{
		"no key":      second(rtp.Press('x', time.Second, 20*ms)),
		"no interval": second(rtp.Press('1', time.Second, 0)),
		"too long":    second(rtp.Press('1', 9*time.Second, 20*ms)),
	} {
		if err == nil {
			t.Errorf("Press of %s gives no error", name)
		}
	}
}

func second(_ []rtp.KeyEvent, err error) error { return err }
