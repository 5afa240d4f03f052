package sip_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"careline/audio"
	"careline/ivr"
	"careline/sip"
)

// recorder is a house that keeps messages in the directory returned.
func recorder(t *testing.T, change func(*sip.Options)) (*house, string) {
	t.Helper()
	dir := t.TempDir()
	return newHouse(t, func(o *sip.Options) {
		o.Messages = filepath.Join(dir, "messages")
		if change != nil {
			change(o)
		}
	}), filepath.Join(dir, "messages")
}

// complaint asks for a message.
func complaint(spec ivr.RecordSpec) ivr.Action {
	spec.FinishOnKey, spec.Beep = "#", true
	return ivr.Action{Kind: ivr.Record, Prompt: say("welcome"), Record: &spec}
}

var usual = ivr.RecordSpec{Max: 20 * time.Second, Silence: 2 * time.Second}

// beeps waits until the far end has heard that it is time to speak.
func (s *farSound) beeps(t *testing.T) { t.Helper(); s.hearsTone(t, 1000) }

// message reads the only file of a directory, and checks it against the event.
func message(t *testing.T, dir string, ev ivr.Event) []int16 {
	t.Helper()
	want(t, ev, ivr.Recorded, "")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != ev.Message.File || ev.Message.File != ev.Message.ID+".wav" {
		t.Fatalf("the directory holds %v, %v; want %+v", files, err, ev.Message)
	}
	f, err := os.Open(filepath.Join(dir, ev.Message.File))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sound, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil || info.Size() != ev.Message.Bytes || sound.Duration() != ev.Message.Length || sound.Channels != 1 || sound.Rate != audio.Rate {
		t.Errorf("the file has %d bytes, %v, of %d channels at %d Hz; the event says %+v", info.Size(), sound.Duration(), sound.Channels, sound.Rate, ev.Message)
	}
	return sound.Samples
}

// nothing checks that no message, nor a part of one, is in a directory.
func nothing(t *testing.T, dir string) {
	t.Helper()
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("the directory holds %v, %v; want nothing", files, err)
	}
}

// heardTone is how long a tone sounds in pcm, and how loud it is then.
func heardTone(pcm []int16, hz float64) (long time.Duration, level float64) {
	var loud []int16
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		if audio.Goertzel(pcm[:160], hz) > -20 {
			loud = append(loud, pcm[:160]...)
		}
	}
	return audio.Duration(len(loud)), audio.Level(loud)
}

// What a caller says for three seconds is kept as it sounded, and ends by the
// silence that follows.
func TestMessageEndsBySilence(t *testing.T) {
	t.Parallel()
	h, dir := recorder(t, nil)
	c, line := h.answered(t)
	start(t, line, complaint(usual))
	c.sound.beeps(t)
	c.sound.speak(t.Context(), tone(700, 3*time.Second))
	pcm := message(t, dir, event(t, line))
	long, level := heardTone(pcm, 700)
	if long < 2700*time.Millisecond || long > 3100*time.Millisecond {
		t.Errorf("%v of what was said for 3s are in the message", long)
	}
	if spoken := audio.Level(tone(700, time.Second)); math.Abs(level-spoken) > 1 {
		t.Errorf("the message sounds at %.1f dBm0; it was said at %.1f", level, spoken)
	}
	if whole := audio.Duration(len(pcm)); whole > 6*time.Second || whole < long+300*time.Millisecond {
		t.Errorf("the message lasts %v, of which %v were said", whole, long)
	}
	if beep, _ := heardTone(pcm, 1000); beep > 100*time.Millisecond {
		t.Errorf("our own beep is in the message for %v", beep)
	}
}

func TestMessageEndsByKey(t *testing.T) {
	t.Parallel()
	h, dir := recorder(t, nil)
	c, line := h.answered(t)
	start(t, line, complaint(usual))
	c.sound.press('#') // before the beep it means nothing
	c.sound.beeps(t)
	c.sound.speak(t.Context(), tone(700, time.Second))
	c.sound.press('5') // ends nothing
	c.sound.speak(t.Context(), tone(900, time.Second))
	c.sound.press('#')
	pcm := message(t, dir, event(t, line))
	for _, hz := range []float64{700, 900} {
		if long, _ := heardTone(pcm, hz); long < 700*time.Millisecond {
			t.Errorf("%v of a second at %v Hz are in the message", long, hz)
		}
	}
	want(t, do(t, line, ivr.Action{Kind: ivr.Play, Prompt: say("menu")}), ivr.Played, "")
}

// Who hangs up while they speak has left a message; then the call is over.
func TestMessageOfWhoHangsUp(t *testing.T) {
	t.Parallel()
	h, dir := recorder(t, nil)
	c, line := h.answered(t)
	start(t, line, complaint(usual))
	c.sound.beeps(t)
	c.sound.speak(t.Context(), tone(700, time.Second))
	c.hangUp()
	if long, _ := heardTone(message(t, dir, event(t, line)), 700); long < 800*time.Millisecond {
		t.Errorf("%v of a second are in the message", long)
	}
	want(t, event(t, line), ivr.HungUp, "")
}

// The longest message ends while the caller still speaks.
func TestMessageEndsAtItsLongest(t *testing.T) {
	t.Parallel()
	h, dir := recorder(t, nil)
	c, line := h.answered(t)
	start(t, line, complaint(ivr.RecordSpec{Max: 1500 * time.Millisecond, Silence: time.Second}))
	c.sound.beeps(t)
	defer c.sound.talk(t, 700)()
	if whole := audio.Duration(len(message(t, dir, event(t, line)))); whole != 1500*time.Millisecond {
		t.Errorf("the message lasts %v; want 1.5s", whole)
	}
}

func TestNoMessage(t *testing.T) {
	t.Parallel()
	short := ivr.RecordSpec{Max: 3 * time.Second, Silence: 600 * time.Millisecond}
	for _, tt := range []struct {
		name   string
		change func(*sip.Options)
		does   func(*farCall)
		want   ivr.EventKind
	}{
		{"nothing is said", nil, func(*farCall) {}, ivr.Silent},
		{"the key at once", nil, func(c *farCall) { c.sound.press('#') }, ivr.Silent},
		{"a noise of the line", nil, func(c *farCall) {
			c.sound.speak(context.Background(), make([]int16, 8000))
		}, ivr.Silent},
		{"hangs up after the beep", nil, (*farCall).hangUp, ivr.HungUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, dir := recorder(t, tt.change)
			c, line := h.answered(t)
			start(t, line, complaint(short))
			c.sound.beeps(t)
			tt.does(c)
			want(t, event(t, line), tt.want, "")
			nothing(t, dir)
		})
	}
}

// Where a message cannot be kept the caller is not asked for one.
func TestNoRoomForMessages(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sip.Options){
		"no directory": func(o *sip.Options) { o.Messages = "" },
		"full":         func(o *sip.Options) { o.MostMessages = 100_000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := recorder(t, change)
			_, line := h.answered(t)
			want(t, do(t, line, complaint(usual)), ivr.Failed, "")
		})
	}
}

// Room that messages do not use is given back: the third of them fits.
func TestRoomOfMessagesIsGivenBack(t *testing.T) {
	t.Parallel()
	h, _ := recorder(t, func(o *sip.Options) { o.MostMessages = 20_000 })
	c, line := h.answered(t)
	for range 3 {
		start(t, line, complaint(ivr.RecordSpec{Max: 2 * time.Second, Silence: time.Second}))
		heard := c.sound.count()
		c.sound.await(t, "the prompt and the beep", func(all []heardPacket) bool { return len(all) > heard+45 })
		c.sound.press('#')
		want(t, event(t, line), ivr.Silent, "")
	}
}

// A service that ends in the middle of a message keeps what was said.
func TestMessageWhenTheServiceEnds(t *testing.T) {
	t.Parallel()
	h, dir := recorder(t, nil)
	c, line := h.answered(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := line.Start(ctx, []ivr.Action{complaint(usual)}); err != nil {
		t.Fatal(err)
	}
	c.sound.beeps(t)
	c.sound.speak(t.Context(), tone(700, time.Second))
	cancel()
	ev, err := line.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if long, _ := heardTone(message(t, dir, ev), 700); long < 800*time.Millisecond {
		t.Errorf("%v of a second are in the message", long)
	}
}
