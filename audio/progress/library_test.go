package progress_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"testing"

	"careline/audio"
	"careline/audio/progress"
)

// announcements of networks, by class.
var announcements = []struct{ class, lang, text string }{
	{"2", "en", "The subscriber you dialed is powered off. Please try again later."},
	{"3", "en", "Sorry, the number you have dialed does not exist. Please check the number and dial again."},
	{"5", "en", "Please hold on. The subscriber you dialed is on another call at the moment."},
	{"7", "en", "Sorry, the subscriber you dialed cannot be connected for the moment. Please redial later."},
	{"9", "en", "The subscriber you dialed is busy now. Please try again later."},
	{"16", "en", "The subscriber you dialed has not paid the bill. Please try again later."},
	{"2", "de", "Der gewünschte Teilnehmer ist zurzeit nicht erreichbar. Bitte rufen Sie später wieder an."},
}

// speak has espeak-ng say a text, at 8 kHz.
func speak(t *testing.T, lang, text string) []int16 {
	t.Helper()
	wav, err := exec.CommandContext(t.Context(), "espeak-ng", "-v", lang, "-s", "150", "--stdout", text).Output()
	if err != nil {
		t.Fatal("espeak-ng (install it with .ci/deps):", err)
	}
	s, err := audio.ReadWAV(bytes.NewReader(wav))
	if err != nil {
		t.Fatal(err)
	}
	return audio.Resample(s.Samples, s.Rate, audio.Rate)
}

// louder changes the level by so many dB.
func louder(pcm []int16, db float64) []int16 {
	out := make([]int16, len(pcm))
	for i, x := range pcm {
		out[i] = int16(min(max(float64(x)*math.Pow(10, db/20), math.MinInt16), math.MaxInt16))
	}
	return out
}

// An announcement is recognised through G.711, noise, another level and from its
// middle on, and taken for none but itself.
func TestLibrary(t *testing.T) {
	var l progress.Library
	spoken := make([][]int16, len(announcements))
	name := func(i int) progress.Signal {
		return progress.Announcement(fmt.Sprint(announcements[i].class, "-", i))
	}
	for i, a := range announcements {
		spoken[i] = speak(t, a.lang, a.text)
		if err := l.Add(name(i), spoken[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, pcm := range spoken {
		for n, tt := range []struct {
			skip  int // samples
			db    float64
			noise float64
		}{{0, 0, -90}, {61, -10, -50}, {777, -3, -40}, {3333, -6, -50}, {0, -14, -48}} {
			sound := append(make([]int16, 1777*n), louder(pcm[min(tt.skip, len(pcm)):], tt.db)...)
			d := progress.NewDetector(&l)
			d.Write(line(sound, tt.noise, []audio.Codec{audio.PCMA, audio.PCMU}[n%2], uint64(n)))
			if got := d.Heard(); got != name(i) {
				t.Errorf("%s, %+v: %q; want %q", announcements[i].text, tt, got, name(i))
			}
		}
	}
}

// What is no announcement of the library is recognised as none.
func TestLibraryKnowsNothingElse(t *testing.T) {
	var l progress.Library
	for i, a := range announcements[:4] {
		if err := l.Add(progress.Announcement(fmt.Sprint(i)), speak(t, a.lang, a.text)); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(9, 9))
	music := make([]int16, 60*8000)
	for at := 0; at < len(music); at += 8000 {
		melody(r, music[at:at+8000])
	}
	for what, pcm := range map[string][]int16{
		"another announcement": speak(t, "en", "This call may be recorded. Your call is important to us, an agent will be with you shortly."),
		"one in german":        speak(t, "de", "Kein Anschluss unter dieser Nummer. Bitte rufen Sie die Auskunft an."),
		"music":                music,
		"ringing":              sound(-19, 3, on(2000, 440, 480), on(4000)),
		"silence":              make([]int16, 80000),
		"noise":                line(make([]int16, 160000), -20, audio.PCMA, 3),
	} {
		d := progress.NewDetector(&l)
		d.Write(pcm)
		if got := d.Heard(); got != "" {
			t.Errorf("%s: %q; want nothing", what, got)
		}
	}
}

func TestLibraryRefusesWhatIsTooShort(t *testing.T) {
	var l progress.Library
	if err := l.Add("announcement_2", make([]int16, 16000)); !errors.Is(err, progress.ErrTooShort) {
		t.Errorf("Add = %v; want ErrTooShort", err)
	}
}

func BenchmarkLibrary(b *testing.B) {
	var l progress.Library
	r := rand.New(rand.NewPCG(1, 1))
	pcm := make([]int16, 80000)
	for range 20 {
		melody(r, pcm)
		if err := l.Add("announcement_2", pcm); err != nil {
			b.Fatal(err)
		}
	}
	d := progress.NewDetector(&l)
	melody(r, pcm)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		d.Write(pcm[at : at+160])
		at = (at + 160) % 79840
	}
}
