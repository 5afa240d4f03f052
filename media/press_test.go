package media_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

func TestPress(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	clip := noise(1600)
	l.out.Play(clip)
	before := l.ticks(2)
	b, err := l.out.Press("1#")
	if err != nil {
		t.Fatal(err)
	}
	first := l.ticks(7)
	checkKey(t, first, 1)
	pause := l.ticks(5)
	second := l.ticks(6)
	if done(b) {
		t.Error("Press is over before its last packet")
	}
	second = append(second, l.ticks(1)...)
	checkKey(t, second, 11)
	if !b.Ended() {
		t.Error("Press is not over with its last packet")
	}
	rest := l.ticks(3)
	if got := sound(append(append(before, pause...), rest...)); !bytes.Equal(got, clip.Encoded(audio.PCMA)) {
		t.Error("the prompt did not wait for the keys")
	}
	if rest[0].Timestamp != after(21) || rest[0].PayloadType != 8 {
		t.Errorf("sound goes on at %d on payload type %d", rest[0].Timestamp, rest[0].PayloadType)
	}
	for i, p := range l.sent {
		if p.SequenceNumber != 65530+uint16(i) {
			t.Errorf("packet %d has sequence number %d", i, p.SequenceNumber)
		}
	}
}

// checkKey fails unless list is one press of 100 ms: seven packets, the last
// three of them alike.
func checkKey(t *testing.T, list []packet, event uint8) {
	t.Helper()
	for i, p := range list {
		e, err := rtp.ParseKeyEvent(p.payload)
		want := rtp.KeyEvent{Event: event, Volume: 10, End: i >= 4, Duration: uint16(160 * min(i+1, 5))}
		if err != nil || e != want || p.PayloadType != 97 || p.Marker != (i == 0) || p.Timestamp != list[0].Timestamp {
			t.Errorf("packet %d of event %d: %+v %+v, %v; want %+v on 97", i, event, p.Header, e, err, want)
		}
	}
	if len(list) != 7 {
		t.Errorf("%d packets for event %d; want 7", len(list), event)
	}
}

func TestPressLongPackets(t *testing.T) {
	f := law
	f.Ptime = 40 * time.Millisecond
	l := newLeg(t, f, media.OutputOptions{Quiet: true})
	b, err := l.out.Press("D")
	if err != nil {
		t.Fatal(err)
	}
	got := l.ticks(10)
	if len(got) != 5 || !b.Ended() || got[1].at != f.Ptime {
		t.Fatalf("%d packets, the second at %v; want 5, at %v", len(got), got[1].at, f.Ptime)
	}
	if e, _ := rtp.ParseKeyEvent(got[4].payload); e.Duration != 960 || !e.End || e.Event != 15 {
		t.Errorf("the key ends as %+v; want D, of 120 ms", e)
	}
}

func TestPressRefused(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{Quiet: true})
	if _, err := l.out.Press("12x"); err == nil || !strings.Contains(err.Error(), "'x'") {
		t.Errorf("Press(12x) = %v; want an error that names x", err)
	}
	if n := len(l.ticks(10)); n != 0 {
		t.Errorf("%d packets were sent of keys that are refused", n)
	}
	if b, err := l.out.Press(""); err != nil || !b.Ended() {
		t.Errorf("Press of nothing = %v; want that it is over", err)
	}
}
