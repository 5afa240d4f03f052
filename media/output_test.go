package media_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/rtp"
)

const ms = time.Millisecond

// origin is the timestamp of a leg's first sample: it runs over soon.
const origin uint32 = 0xffffff00

// after is the timestamp after so many frames.
func after(frames uint32) uint32 { return origin + 160*frames }

// law is the format of the legs in these tests.
var law = media.Format{Codec: audio.PCMA, PT: 8, Keys: true, KeysPT: 97}

// packet is one that a leg has sent.
type packet struct {
	rtp.Header
	payload []byte
	at      time.Duration // since the start
}

// leg drives an output by hand.
type leg struct {
	t     *testing.T
	out   *media.Output
	start time.Time
	now   time.Duration
	sent  []packet
}

func newLeg(t *testing.T, f media.Format, o media.OutputOptions) *leg {
	t.Helper()
	o.Source = rtp.NewFixedSource(0x1234, 65530, origin)
	l := &leg{t: t, out: media.NewOutput(o), start: time.Now()}
	l.out.Use(f)
	return l
}

// ticks lets n deadlines pass, and returns the packets sent.
func (l *leg) ticks(n int) []packet {
	l.t.Helper()
	first := len(l.sent)
	for range n {
		var buf [media.BufferSize]byte
		for b := l.out.Tick(l.start.Add(l.now), buf[:]); b != nil; b = l.out.Tick(l.start.Add(l.now), buf[:]) {
			l.keep(b)
			l.out.Sent()
		}
		l.now += media.Interval
	}
	return l.sent[first:]
}

func (l *leg) keep(b []byte) {
	l.t.Helper()
	var p rtp.Packet
	if err := rtp.Parse(b, &p); err != nil {
		l.t.Fatalf("sent % x: %v", b, err)
	}
	l.sent = append(l.sent, packet{Header: p.Header, payload: bytes.Clone(p.Payload), at: l.now})
}

// steady fails unless the packets are one stream from the first sequence number
// and timestamp on, each samples long.
func (l *leg) steady(list []packet, sequence uint16, timestamp uint32, samples int) {
	l.t.Helper()
	for i, p := range list {
		want := timestamp + uint32(i*samples)
		if p.SequenceNumber != sequence+uint16(i) || p.Timestamp != want || p.SSRC != 0x1234 {
			l.t.Errorf("packet %d: sequence %d timestamp %d source %x; want %d, %d, 1234",
				i, p.SequenceNumber, p.Timestamp, p.SSRC, sequence+uint16(i), want)
		}
	}
}

func sound(list []packet) []byte {
	var b []byte
	for _, p := range list {
		b = append(b, p.payload...)
	}
	return b
}

// noise is a clip in which every sample differs from its neighbours.
func noise(samples int) *audio.Clip {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(i*7919 + samples)
	}
	return audio.NewClip(pcm)
}

func silence(samples int) []byte {
	return bytes.Repeat([]byte{audio.PCMA.Silence()}, samples)
}

func done(b *media.Playback) bool {
	select {
	case <-b.Done():
		return true
	default:
		return false
	}
}

func TestPlaysThousandSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := media.NewClock(media.ClockOptions{})
		l := newLeg(t, law, media.OutputOptions{})
		ten := noise(10 * audio.Rate)
		b := l.out.Play(slices.Repeat([]*audio.Clip{ten}, 100)...)
		l.start = time.Now()
		c.Add(l)
		run(t, c)
		<-b.Done()
		if took := time.Since(l.start); took != 999_980*ms || len(l.sent) != 50_000 {
			t.Errorf("the last of %d frames left after %v; want 50,000 and 999.98 s", len(l.sent), took)
		}
		l.steady(l.sent, 65530, origin, 160)
		if want := slices.Repeat(ten.Encoded(audio.PCMA), 100); !bytes.Equal(sound(l.sent), want) {
			t.Error("other sound was sent than played")
		}
	})
}

// Tick lets a clock drive the leg.
func (l *leg) Tick(due time.Time) {
	l.now = due.Sub(l.start)
	l.ticks(1)
}

func TestPlayJoinsClips(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	l.ticks(2)
	one, two, three := noise(100), noise(333), noise(47)
	first := l.out.Play(one, noise(0), two)
	second := l.out.Play(three)
	empty := l.out.Play()
	got := l.ticks(2)
	if done(first) {
		t.Error("Play of 433 samples is over after 320")
	}
	got = append(got, l.ticks(1)...)
	if !first.Ended() || !second.Ended() || !empty.Ended() {
		t.Errorf("Ended = %v, %v, %v after the third packet; want all", first.Ended(), second.Ended(), empty.Ended())
	}
	want := slices.Concat(one.Encoded(audio.PCMA), two.Encoded(audio.PCMA), three.Encoded(audio.PCMA))
	if !bytes.Equal(sound(got), want) {
		t.Error("clips were not joined without a gap")
	}
	l.out.Play(one)
	if got := sound(l.ticks(1)); !bytes.Equal(got, append(one.Encoded(audio.PCMA)[:100:100], silence(60)...)) {
		t.Error("a short clip was not filled up with silence")
	}
	l.steady(l.sent, 65530, origin, 160)
	if !l.out.Play().Ended() {
		t.Error("Play of nothing waits")
	}
}

func TestMarkerBeginsStretch(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{Quiet: true})
	l.out.Play(noise(320))
	l.ticks(10)
	l.out.Play(noise(320))
	got := l.ticks(10)
	if len(l.sent) != 4 {
		t.Fatalf("%d packets were sent; want 4 of sound and none of silence", len(l.sent))
	}
	for i, want := range []bool{true, false, true, false} {
		if l.sent[i].Marker != want {
			t.Errorf("marker of packet %d is %v", i, l.sent[i].Marker)
		}
	}
	l.steady(got, 65532, after(10), 160)
}

func TestLateFramesAreSkipped(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	clip := noise(1600)
	b := l.out.Play(clip)
	l.ticks(3)
	l.now += 4 * media.Interval
	got := l.ticks(3)
	l.steady(got, 65533, after(7), 160)
	if !got[0].Marker || got[1].Marker {
		t.Error("the packet after the gap has no marker, or the next one has")
	}
	if !bytes.Equal(sound(got), clip.Encoded(audio.PCMA)[7*160:]) || !b.Ended() {
		t.Error("the prompt was slowed")
	}
	// A clip that has not begun does not lose its beginning.
	b = l.out.Play(clip)
	l.now += 20 * media.Interval
	if got := sound(l.ticks(10)); !bytes.Equal(got, clip.Encoded(audio.PCMA)) || !b.Ended() {
		t.Error("a clip was cut that had not begun")
	}
	// One that ends within the gap is over.
	b = l.out.Play(clip)
	l.ticks(1)
	l.now += 20 * media.Interval
	if got := sound(l.ticks(1)); !bytes.Equal(got, silence(160)) || !b.Ended() {
		t.Error("a clip that ended within a gap is not over")
	}
}

func TestStop(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	first, second := l.out.Play(noise(1600)), l.out.Play(noise(1600))
	l.ticks(2)
	l.out.Stop()
	if !done(first) || !done(second) || first.Ended() || second.Ended() {
		t.Error("Stop has not cut the playbacks off")
	}
	if !bytes.Equal(sound(l.ticks(3)), silence(480)) {
		t.Error("something plays after Stop")
	}
	l.steady(l.sent, 65530, origin, 160)
}

func TestLoop(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	prompt, music := noise(200), noise(330)
	b := l.out.Play(prompt)
	l.out.Loop(music)
	got := sound(l.ticks(20))
	want := append(prompt.Encoded(audio.PCMA)[:200:200], slices.Repeat(music.Encoded(audio.PCMA), 10)...)
	if !bytes.Equal(got, want[:3200]) || !b.Ended() {
		t.Error("music was not repeated without gaps after the prompt")
	}
	l.out.Play(prompt)
	if got := sound(l.ticks(3)); !bytes.Equal(got[:200], prompt.Encoded(audio.PCMA)) || !bytes.Equal(got[200:], silence(280)) {
		t.Error("a prompt did not end the music")
	}
	l.out.Loop(noise(0))
	if !bytes.Equal(sound(l.ticks(1)), silence(160)) {
		t.Error("an empty clip is not silent")
	}
}

func TestHold(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	clip := noise(800)
	b := l.out.Play(clip)
	got := l.ticks(2)
	l.out.Hold(true)
	if n := len(l.ticks(100)); n != 0 {
		t.Errorf("%d packets were sent on hold", n)
	}
	l.out.Hold(false)
	rest := l.ticks(3)
	l.steady(rest, 65532, after(102), 160)
	if !rest[0].Marker || !bytes.Equal(sound(append(got, rest...)), clip.Encoded(audio.PCMA)) || !b.Ended() {
		t.Error("the prompt did not wait, or goes on without a marker")
	}
}

func TestPacketTime(t *testing.T) {
	for ptime, want := range map[time.Duration]struct {
		samples int
		at      []time.Duration // when the packets leave
	}{
		0:               {160, []time.Duration{0, 20 * ms, 40 * ms}},
		time.Nanosecond: {80, []time.Duration{0, 0, 20 * ms, 20 * ms}},
		10 * ms:         {80, []time.Duration{0, 0, 20 * ms, 20 * ms, 40 * ms}},
		20 * ms:         {160, []time.Duration{0, 20 * ms, 40 * ms}},
		25 * ms:         {160, []time.Duration{0, 20 * ms, 40 * ms}},
		30 * ms:         {240, []time.Duration{0, 20 * ms, 60 * ms, 80 * ms}}, // never later than they should
		40 * ms:         {320, []time.Duration{0, 40 * ms, 80 * ms}},
		60 * ms:         {480, []time.Duration{0, 60 * ms, 120 * ms}},
		time.Second:     {480, []time.Duration{0, 60 * ms, 120 * ms}},
	} {
		f := law
		f.Ptime = ptime
		l := newLeg(t, f, media.OutputOptions{})
		clip := noise(12 * 160)
		b := l.out.Play(clip)
		got := l.ticks(12)
		l.steady(got, 65530, origin, want.samples)
		if !bytes.Equal(sound(got), clip.Encoded(audio.PCMA)) || !b.Ended() {
			t.Errorf("ptime %v: the sound is not whole", ptime)
		}
		for i, at := range want.at {
			if len(got[i].payload) != want.samples || got[i].at != at {
				t.Errorf("ptime %v: packet %d of %d samples at %v; want %d at %v", ptime, i, len(got[i].payload), got[i].at, want.samples, at)
			}
		}
	}
}

func TestSilentUntilUse(t *testing.T) {
	out := media.NewOutput(media.OutputOptions{})
	b := out.Play(noise(160))
	var buf [media.BufferSize]byte
	if out.Tick(time.Now(), buf[:]) != nil || done(b) {
		t.Error("something was sent without a format")
	}
	if _, err := out.Press("1"); !errors.Is(err, media.ErrNoKeys) {
		t.Errorf("Press = %v; want %v", err, media.ErrNoKeys)
	}
	out.Use(law)
	if out.Tick(time.Now(), buf[:]) == nil {
		t.Error("nothing was sent")
	}
	out.Sent()
	if !b.Ended() {
		t.Error("the playback is not over")
	}
}

func TestEnd(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	b := l.out.Play(noise(1600))
	k, err := l.out.Press("12")
	if err != nil {
		t.Fatal(err)
	}
	l.ticks(1)
	l.out.End()
	if !done(b) || b.Ended() || !done(k) || k.Ended() {
		t.Error("End has not cut off what was played and pressed")
	}
	if late := l.out.Play(noise(160)); !done(late) || late.Ended() {
		t.Error("Play after End waits")
	}
	if _, err := l.out.Press("1"); !errors.Is(err, media.ErrOver) {
		t.Errorf("Press after End = %v; want %v", err, media.ErrOver)
	}
	if n := len(l.ticks(5)); n != 0 {
		t.Errorf("%d packets were sent after End", n)
	}
}

func TestFillTakesThePlaceOfSilence(t *testing.T) {
	l := newLeg(t, law, media.OutputOptions{})
	fill, said := noise(480), noise(160)
	l.out.Fill(fill)
	l.ticks(2)
	l.out.Fill(fill) // goes on where it is
	l.out.Play(said)
	got := sound(l.ticks(3))
	want := slices.Concat(said.Encoded(audio.PCMA), fill.Encoded(audio.PCMA)[320:], fill.Encoded(audio.PCMA)[:160])
	if !bytes.Equal(got, want) {
		t.Error("what plays is not followed by the rest of the filling, and its beginning again")
	}
	l.out.Fill(nil)
	if got := sound(l.ticks(1)); !bytes.Equal(got, silence(160)) {
		t.Errorf("silence is % x", got)
	}
	quiet := newLeg(t, law, media.OutputOptions{Quiet: true})
	if quiet.ticks(2); len(quiet.sent) > 0 {
		t.Errorf("%d packets of silence", len(quiet.sent))
	}
	quiet.out.Fill(fill)
	if len(quiet.ticks(3)) != 3 {
		t.Errorf("%d packets of the filling; want 3", len(quiet.sent))
	}
}
