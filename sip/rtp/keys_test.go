package rtp_test

import (
	"testing"
	"time"

	"careline/sip/rtp"
)

// at is a key event packet: key, timestamp, duration, and whether it ends.
type at struct {
	key       byte
	timestamp uint32
	duration  uint16
	end       bool
}

func (a at) event() rtp.KeyEvent {
	e, _ := rtp.EventOf(a.key)
	return rtp.KeyEvent{Event: e, Duration: a.duration, End: a.end, Volume: 10}
}

func TestKeyReceiver(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []at
		want string
	}{
		{"one press", []at{{'5', 1, 160, false}, {'5', 1, 320, false}, {'5', 1, 480, true}, {'5', 1, 480, true}, {'5', 1, 480, true}}, "5"},
		{"all end packets lost", []at{{'5', 1, 160, false}, {'5', 1, 320, false}}, "5"},
		{"all but an end packet lost", []at{{'5', 1, 480, true}}, "5"},
		{"same key again", []at{{'5', 1, 160, true}, {'5', 2000, 160, false}, {'5', 2000, 320, true}}, "55"},
		{"same key again, no end seen", []at{{'5', 1, 160, false}, {'5', 2000, 160, false}}, "55"},
		{"a late packet of the key before", []at{{'1', 1, 160, false}, {'2', 2000, 160, false}, {'1', 1, 320, true}, {'2', 2000, 320, true}}, "12"},
		{"an end before its beginning", []at{{'1', 1, 320, true}, {'1', 1, 160, false}}, "1"},
		{"two keys of one timestamp", []at{{'1', 1, 160, false}, {'2', 1, 160, false}, {'1', 1, 320, true}, {'2', 1, 320, true}}, "12"},
		{"duration 0", []at{{'1', 1, 0, false}}, ""},
		{"duration 0 at first", []at{{'1', 1, 0, false}, {'1', 1, 160, false}, {'1', 1, 160, true}}, "1"},
		{"no key", []at{{'x', 1, 160, false}}, "0"}, // event 0
		{"held for two segments", []at{{'1', 1, 0xfff0, false}, {'1', 0x10000, 160, false}, {'1', 0x10000, 320, true}}, "1"},
		{"again, as late as a segment", []at{{'1', 1, 160, true}, {'1', 0x10000, 160, false}}, "11"},
		{"timestamps run over", []at{{'1', 0xffffff00, 160, true}, {'1', 0x100, 160, true}}, "11"},
	} {
		var r rtp.KeyReceiver
		var got []byte
		for _, a := range tt.in {
			if key, ok := r.Receive(&rtp.Header{SSRC: 7, Timestamp: a.timestamp}, a.event()); ok {
				got = append(got, key)
			}
		}
		if string(got) != tt.want {
			t.Errorf("%s: got keys %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestKeyReceiverOtherSource(t *testing.T) {
	var r rtp.KeyReceiver
	for _, ssrc := range []uint32{7, 8} {
		if _, ok := r.Receive(&rtp.Header{SSRC: ssrc, Timestamp: 1}, at{'1', 1, 160, false}.event()); !ok {
			t.Errorf("the key of source %d was not reported", ssrc)
		}
	}
	if _, ok := r.Receive(&rtp.Header{SSRC: 7, Timestamp: 1}, rtp.KeyEvent{Event: 16, Duration: 160}); ok {
		t.Error("a hook flash was reported as a key")
	}
}

func TestKeyReceiverReadsPress(t *testing.T) {
	var r rtp.KeyReceiver
	src := rtp.NewRandomSource()
	var got []byte
	const keys = "13797*#00D"
	for i := range len(keys) {
		events, err := rtp.Press(keys[i], 80*time.Millisecond, 20*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		down := src.Timestamp
		for n, e := range events {
			h := src.Next(101, 160, n == 0)
			h.Timestamp = down
			if key, ok := r.Receive(&h, e); ok {
				got = append(got, key)
			}
		}
		src.Skip(160)
	}
	if string(got) != keys {
		t.Errorf("sent %q, received %q", keys, got)
	}
}

// FuzzKeyReceiver gives packets in any order: no key is reported twice for one
// source, timestamp and event, as long as few keys are under way.
func FuzzKeyReceiver(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 2, 3, 0x81, 0x82})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rtp.KeyReceiver
		seen := map[uint32]int{}
		for _, x := range b {
			stamp := uint32(x & 7) // eight presses
			e := rtp.KeyEvent{Event: 1, End: x&0x80 != 0, Duration: uint16(x&0x70) + 1}
			if _, ok := r.Receive(&rtp.Header{SSRC: 1, Timestamp: stamp}, e); ok {
				seen[stamp]++
			}
		}
		for stamp, n := range seen {
			if n != 1 {
				t.Errorf("the key at %d was reported %d times", stamp, n)
			}
		}
	})
}
