package media_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

// other is a leg whose packets are relayed to the leg under test.
type other struct {
	*leg
	src   rtp.Source
	codec audio.Codec
}

func newOther(l *leg) *other {
	return &other{leg: l, src: rtp.NewFixedSource(0x9999, 20, 5_000_000), codec: audio.PCMA}
}

// says hands a packet of sound to the leg, as if it had just arrived.
func (o *other) says(payload []byte) *packet {
	o.t.Helper()
	return o.hands(o.src.Next(uint8(o.codec), len(payload), false), payload)
}

func (o *other) hands(h rtp.Header, payload []byte) *packet {
	o.t.Helper()
	return o.forward(media.Received{Packet: &rtp.Packet{Header: h, Payload: payload}, Codec: o.codec})
}

func (o *other) forward(in media.Received) *packet {
	o.t.Helper()
	in.At = o.start.Add(o.now)
	var buf [media.BufferSize]byte
	b := o.out.Forward(in, buf[:])
	if b == nil {
		return nil
	}
	o.keep(b)
	return &o.sent[len(o.sent)-1]
}

// talks says clip in packets of 20 ms, while deadlines pass.
func (o *other) talks(clip *audio.Clip) []packet {
	o.t.Helper()
	first := len(o.sent)
	for frame := range slices.Chunk(clip.Encoded(o.codec), audio.FrameSamples) {
		o.now -= 3 * ms // what is received has no part in the clock's rhythm
		o.says(frame)
		o.now += 3 * ms
		o.ticks(1)
	}
	return o.sent[first:]
}

func TestForwardIsContinuous(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	prompt, speech := noise(800), noise(1600)
	if o.says(speech.Encoded(audio.PCMA)[:160]) != nil {
		t.Error("a packet was forwarded without Relay")
	}
	l.out.Play(prompt)
	l.ticks(5)
	l.out.Relay(true)
	got := l.sent[5:]
	if got = append(got, o.talks(speech)...); !bytes.Equal(sound(got), speech.Encoded(audio.PCMA)) {
		t.Error("other sound was relayed than came, or silence was mixed in")
	}
	if !got[0].Marker || got[1].Marker {
		t.Error("the first packet relayed has no marker, or the next one has")
	}
	l.out.Relay(false)
	l.out.Play(prompt)
	if got := sound(l.ticks(5)); !bytes.Equal(got, prompt.Encoded(audio.PCMA)) {
		t.Error("the prompt after the relay is not whole")
	}
	l.ordered()
}

// ordered fails unless the leg has sent one stream: each sequence number once,
// timestamps that follow the time and never fall back.
func (l *leg) ordered() {
	const slack = 240 // a switch from one source to the other may come so early
	l.t.Helper()
	for i, p := range l.sent {
		if p.SequenceNumber != 65530+uint16(i) {
			l.t.Errorf("packet %d has sequence number %d; want %d", i, p.SequenceNumber, 65530+uint16(i))
		}
		since := int32(p.Timestamp - origin)
		if off := since - int32(audio.Samples(p.at)); off < -slack || off > slack {
			l.t.Errorf("packet %d, sent at %v, is stamped %d samples off", i, p.at, off)
		}
		if i > 0 && int32(p.Timestamp-l.sent[i-1].Timestamp) < int32(len(l.sent[i-1].payload)) {
			l.t.Errorf("packet %d overlaps the one before", i)
		}
	}
}

func TestForwardTranscodes(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	o.codec = audio.PCMU
	l.out.Relay(true)
	speech := noise(160)
	got := o.says(speech.Encoded(audio.PCMU))
	want := make([]byte, 160)
	audio.Transcode(want, speech.Encoded(audio.PCMU), audio.PCMU, audio.PCMA)
	if got.PayloadType != 8 || !bytes.Equal(got.payload, want) {
		t.Errorf("mu-law was relayed as payload type %d, or not as A-law", got.PayloadType)
	}
}

func TestForwardKeepsLossAndOrder(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	h := func(n uint16) rtp.Header {
		return rtp.Header{SSRC: 7, PayloadType: 8, SequenceNumber: 60000 + n, Timestamp: 1000 + 160*uint32(n)}
	}
	for i, tt := range []struct {
		in   uint16
		want int // -1: not sent
	}{{10, 0}, {11, 1}, {14, 4}, {12, 2}, {12, 2}, {9, -1}, {15, 5}} {
		l.now += media.Interval
		got := o.hands(h(tt.in), silence(160))
		switch {
		case tt.want < 0 && got == nil:
		case tt.want < 0:
			t.Errorf("packet %d was sent, whose number belongs to another", i)
		case got == nil:
			t.Errorf("packet %d was not sent", i)
		case got.SequenceNumber != 65530+uint16(tt.want) || got.Timestamp-l.sent[0].Timestamp != uint32(160*tt.want):
			t.Errorf("packet %d became %d, %d samples after the first; want %d", i, got.SequenceNumber, got.Timestamp-l.sent[0].Timestamp, tt.want)
		}
	}
}

func TestForwardNewSource(t *testing.T) {
	for name, change := range map[string]func(*rtp.Source){
		"another source":       func(s *rtp.Source) { *s = rtp.NewFixedSource(0x8888, 9, 77) },
		"a jump of timestamps": func(s *rtp.Source) { s.Timestamp += 1 << 30 },
		"a jump backwards":     func(s *rtp.Source) { s.Timestamp -= 1 << 30; s.SequenceNumber = 3 },
	} {
		l := newLeg(t, law, media.OutputOptions{})
		o := newOther(l)
		l.out.Relay(true)
		o.talks(noise(800))
		change(&o.src)
		got := o.talks(noise(800))
		if len(got) != 5 || !got[0].Marker {
			t.Errorf("%s: %d packets were relayed; want 5 and a marker", name, len(got))
		}
		l.ordered()
	}
}

func TestForwardPauseIsFilled(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		l := newLeg(t, law, media.OutputOptions{Quiet: quiet})
		o := newOther(l)
		l.out.Relay(true)
		o.talks(noise(1600))
		filled := len(l.ticks(50))
		o.src.Skip(50 * 160)
		again := o.talks(noise(1600))
		if want := 45; quiet && filled != 0 || !quiet && (filled < want-1 || filled > want+1) {
			t.Errorf("%d packets of silence in a pause of 50 (quiet: %v)", filled, quiet)
		}
		if len(again) != 10 {
			t.Errorf("%d packets were relayed after the pause; want 10", len(again))
		}
		l.ordered()
	}
}

func TestForwardGivesWay(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	o.talks(noise(800))
	beep := noise(320)
	l.out.Play(beep)
	if got := sound(o.talks(noise(320))); !bytes.Equal(got, beep.Encoded(audio.PCMA)) {
		t.Error("a clip does not go before what is relayed")
	}
	if got := o.talks(noise(800)); len(got) != 5 {
		t.Errorf("%d packets were relayed after the clip; want 5", len(got))
	}
	l.ordered()
	l.out.Hold(true)
	if o.says(silence(160)) != nil {
		t.Error("a packet was relayed on hold")
	}
}

func TestForwardKeys(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	o.talks(noise(800))
	events, err := rtp.Press('7', 200*ms, media.Interval)
	if err != nil {
		t.Fatal(err)
	}
	first := len(l.sent)
	down := o.src.Timestamp
	for i, e := range events {
		h := o.src.Next(123, 160, i == 0)
		h.Timestamp = down
		o.forward(media.Received{Packet: &rtp.Packet{Header: h, Payload: e.Append(nil)}, Key: true})
		l.ticks(1)
	}
	var keys rtp.KeyReceiver
	var pressed []byte
	for i, p := range l.sent[first:] {
		e, err := rtp.ParseKeyEvent(p.payload)
		if err != nil || e != events[i] || p.PayloadType != 97 || p.Timestamp != l.sent[first].Timestamp || p.Marker != (i == 0) {
			t.Errorf("event %d was relayed as %+v %+v, %v", i, p.Header, e, err)
		}
		if k, ok := keys.Receive(&p.Header, e); ok {
			pressed = append(pressed, k)
		}
	}
	if string(pressed) != "7" || len(l.sent[first:]) != len(events) {
		t.Errorf("keys %q in %d packets; want 7 in %d", pressed, len(l.sent[first:]), len(events))
	}
	speech := o.talks(noise(800))
	if off := int32(speech[0].Timestamp - l.sent[first].Timestamp); len(speech) != 5 || off != 12*160 {
		t.Errorf("after the key %d packets are relayed, from %d samples after it; want 5, 1920", len(speech), off)
	}
}

// TestForwardKeyStaysOne lets the relay begin anew in the middle of a key, as
// after a stall that was filled with silence, and holds one for long.
func TestForwardKeyStaysOne(t *testing.T) {
	for name, pause := range map[string]int{"no stall": 0, "a stall": 10} {
		l := newLeg(t, law, media.OutputOptions{})
		o := newOther(l)
		l.out.Relay(true)
		events, err := rtp.Press('7', 3*time.Second, media.Interval)
		if err != nil {
			t.Fatal(err)
		}
		down := o.src.Timestamp
		for i, e := range events {
			if i == 2 {
				l.ticks(pause)
			}
			h := o.src.Next(101, 160, i == 0)
			h.Timestamp = down
			o.forward(media.Received{Packet: &rtp.Packet{Header: h, Payload: e.Append(nil)}, Key: true})
			l.ticks(1)
		}
		var keys rtp.KeyReceiver
		var pressed []byte
		for _, p := range l.sent {
			e, err := rtp.ParseKeyEvent(p.payload)
			if k, ok := keys.Receive(&p.Header, e); err == nil && ok && p.PayloadType == 97 {
				pressed = append(pressed, k)
			}
		}
		if string(pressed) != "7" {
			t.Errorf("%s: the key 7 was relayed as %q", name, pressed)
		}
		l.inOrder()
	}
}

func TestForwardKeysNotTaken(t *testing.T) {
	f := law
	f.Keys = false
	l := newLeg(t, f, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	h := o.src.Next(101, 0, true)
	e := rtp.KeyEvent{Event: 1, Duration: 160}
	if o.forward(media.Received{Packet: &rtp.Packet{Header: h, Payload: e.Append(nil)}, Key: true}) != nil {
		t.Error("a key was relayed to a leg that takes none")
	}
}

// FuzzForward relays, plays, pauses and loses packets in any order. Whatever
// happens, what is sent is one stream that follows the time.
func FuzzForward(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 1, 1, 2, 1, 3, 1, 1, 4, 0, 5, 1, 1})
	f.Add([]byte("\x01\x06\x07\x01\x01\x03\x03\x03\x03\x03\x03\x03\x01\x08\x01"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		l := newLeg(t, law, media.OutputOptions{})
		o := newOther(l)
		l.out.Relay(true)
		clip := noise(230)
		for _, op := range ops[:min(len(ops), 500)] {
			switch op % 9 {
			case 0, 1:
				o.says(silence(160))
				l.ticks(1)
			case 2:
				o.src.Next(8, 160, false) // lost
				l.ticks(1)
			case 3:
				l.ticks(1) // the other leg pauses
				o.src.Skip(160)
			case 4:
				l.out.Play(clip)
			case 5:
				l.out.Stop()
			case 6:
				l.out.Hold(op&0x10 != 0)
			case 7:
				l.now += time.Duration(op) * ms // the clock is late
			case 8:
				_, _ = l.out.Press("5")
			}
		}
		l.inOrder()
	})
}

// inOrder fails unless timestamps follow sequence numbers and the time.
func (l *leg) inOrder() {
	l.t.Helper()
	for i, p := range l.sent {
		off := int32(p.Timestamp-l.sent[0].Timestamp) - int32(audio.Samples(p.at-l.sent[0].at))
		if p.PayloadType == 8 && (off < -2*audio.Rate || off > 2*audio.Rate) {
			l.t.Errorf("packet %d, sent at %v, is stamped %d samples off", i, p.at, off)
		}
		if i == 0 {
			continue
		}
		before := l.sent[i-1]
		if int16(p.SequenceNumber-before.SequenceNumber) <= 0 {
			l.t.Errorf("packet %d has number %d after %d", i, p.SequenceNumber, before.SequenceNumber)
		}
		if p.PayloadType == 8 && int32(p.Timestamp-before.Timestamp) < 0 {
			l.t.Errorf("packet %d falls back from %d to %d", i, before.Timestamp, p.Timestamp)
		}
	}
}

// A filling is heard while the other leg is silent, and gives way to it.
func TestFillWaitsForTheOtherLeg(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	o := newOther(l)
	l.out.Relay(true)
	fill, said := noise(480), noise(1600)
	l.out.Fill(fill)
	if got := sound(o.talks(said)); !bytes.Equal(got, said.Encoded(audio.PCMA)) {
		t.Error("what the other leg says is not all that is heard")
	}
	l.ticks(5)
	if got := sound(l.ticks(3)); !bytes.Contains(bytes.Repeat(fill.Encoded(audio.PCMA), 3), got) || len(got) != 480 {
		t.Errorf("%d bytes of the filling are heard; want 480", len(got))
	}
	if got := sound(o.talks(said)); !bytes.Equal(got, said.Encoded(audio.PCMA)) {
		t.Error("the other leg is not heard again")
	}
}
