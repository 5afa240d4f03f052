package media_test

import (
	"bytes"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
)

// A talk of a quarter of an hour has more packets than half of the sequence
// numbers there are.
func TestForwardLongTalk(t *testing.T) {
	const packets = 45_000
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	frame := silence(160)
	for i := range packets {
		if o.says(frame) == nil {
			t.Fatalf("packet %d, after %v of talk, was not relayed", i, l.now)
		}
		l.ticks(1)
	}
	l.ordered()
}

func TestForwardPacketTimes(t *testing.T) {
	for _, ptime := range []time.Duration{10 * ms, 30 * ms, 40 * ms, 60 * ms} {
		l := newLeg(t, law, media.OutputOptions{})
		o := newOther(l)
		l.out.Relay(true)
		speech := noise(audio.Samples(1200 * ms)).Encoded(audio.PCMA)
		size := audio.Samples(ptime)
		due := l.start
		for at := 0; at < len(speech); at += size {
			o.says(speech[at : at+size])
			for l.now += ptime; !due.After(l.start.Add(l.now)); due = due.Add(media.Interval) {
				var buf [media.BufferSize]byte
				if b := l.out.Tick(due, buf[:]); b != nil {
					t.Errorf("packets of %v: silence was sent among them", ptime)
				}
			}
		}
		if got := sound(l.sent); !bytes.Equal(got, speech) {
			t.Errorf("packets of %v: other sound was relayed than came", ptime)
		}
	}
}

// A far end whose timestamps run at double speed must not delay what is played
// after the talk.
func TestPlayAfterTimestampsThatRunAway(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	for range 1000 {
		o.says(silence(160))
		o.src.Skip(160)
		l.ticks(1)
	}
	l.out.Relay(false)
	prompt := l.out.Play(noise(800))
	first := len(l.sent)
	l.ticks(60)
	if !done(prompt) {
		t.Errorf("a prompt of 100 ms is not through 1.2 s after the talk; %d packets were sent", len(l.sent)-first)
	}
	for i, p := range l.sent[1:] {
		if int32(p.Timestamp-l.sent[i].Timestamp) < 0 {
			t.Fatalf("packet %d falls back from %d to %d", i+1, l.sent[i].Timestamp, p.Timestamp)
		}
	}
}
