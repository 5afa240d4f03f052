package speech_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"careline/audio"
	"careline/ivr"
	"careline/speech"
)

// voice is a recording: a tone with silence around it.
func voice(t *testing.T, hz, level float64, rate int) []byte {
	t.Helper()
	tone := audio.Tone{Hz: []float64{hz}, Level: level, Fade: audio.JoinFade}.PCM(time.Second)
	quiet := make([]int16, audio.Rate/2)
	pcm := append(append(append([]int16{}, quiet...), tone...), quiet...)
	var b bytes.Buffer
	s := audio.Sound{Rate: rate, Channels: 1, Samples: audio.Resample(pcm, audio.Rate, rate)}
	if err := audio.WriteWAV(&b, s, audio.PCM16); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(b []byte) *fstest.MapFile { return &fstest.MapFile{Data: b} }

func open(t *testing.T, layers ...fs.FS) *speech.Library {
	t.Helper()
	l, err := speech.Open(layers...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func text(lang string, values ...string) ivr.Prompt {
	p := ivr.Prompt{Lang: lang}
	for _, v := range values {
		p.Pieces = append(p.Pieces, ivr.Piece{Kind: ivr.Text, Value: v})
	}
	return p
}

func clips(t *testing.T, l *speech.Library, p ivr.Prompt) []*audio.Clip {
	t.Helper()
	c, err := l.Clips(p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFirstDirectoryWins(t *testing.T) {
	ours := fstest.MapFS{
		"en/index.tsv": file([]byte("hello.wav\tHello.\n")),
		"en/hello.wav": file(voice(t, 1000, -19, 8000)),
	}
	examples := fstest.MapFS{
		"en/index.tsv": file([]byte("a.wav\tHello.\nb.wav\tGoodbye.\n")),
		"en/a.wav":     file(voice(t, 500, -19, 8000)),
		"en/b.wav":     file(voice(t, 2000, -19, 8000)),
	}
	l := open(t, ours, examples)
	for said, hz := range map[string]float64{"Hello.": 1000, "Goodbye.": 2000} {
		c := clips(t, l, text("en", said))[0]
		if got := audio.Goertzel(c.PCM(), hz); got < -25 {
			t.Errorf("%s has %.1f dBm0 of %v Hz: the other recording", said, got, hz)
		}
	}
}

func TestRecordingsAreMadeToFit(t *testing.T) {
	for _, tt := range []struct {
		level float64
		rate  int
	}{{-19, 8000}, {-40, 8000}, {-5, 8000}, {-30, 48000}, {-10, 22050}} {
		l := open(t, fstest.MapFS{
			"en/index.tsv": file([]byte("a.wav\tHello\n")),
			"en/a.wav":     file(voice(t, 1000, tt.level, tt.rate)),
		})
		c := clips(t, l, text("en", "Hello"))[0]
		if got := audio.ActiveLevel(c.PCM()); math.Abs(got-audio.PromptLevel) > 0.5 {
			t.Errorf("recorded at %v dBm0, %d Hz: plays at %.1f", tt.level, tt.rate, got)
		}
		if d := c.Duration(); d < 990*time.Millisecond || d > 1060*time.Millisecond {
			t.Errorf("recorded at %v dBm0, %d Hz: %v with its silence; want about 1s", tt.level, tt.rate, d)
		}
	}
}

func TestPromptIsJoined(t *testing.T) {
	l := exampleLibrary(t)
	p := ivr.Prompt{Lang: "zh", Pieces: []ivr.Piece{
		{Kind: ivr.Text, Value: "您的账户余额是"}, {Kind: ivr.Money, Value: "23.50", Unit: "CNY"},
	}}
	got := clips(t, l, p)
	want := 250 * time.Millisecond // the rest at the end
	for _, w := range []string{"您的账户余额是", "二", "十", "三", "元", "五", "角"} {
		want += clips(t, l, text("zh", w))[0].Duration()
	}
	if d := audio.Join(got...).Duration(); d != want {
		t.Errorf("joined %v; the recordings are %v", d, want)
	}
}

func TestPauses(t *testing.T) {
	l := exampleLibrary(t)
	date := ivr.Piece{Kind: ivr.Date, Value: "2026-12-04"}
	for _, tt := range []struct {
		name   string
		pieces []ivr.Piece
		want   time.Duration // of all rests together
	}{
		{"a sentence, as another prompt may follow", []ivr.Piece{{Kind: ivr.Text, Value: "Thank you. Goodbye."}}, 250 * time.Millisecond},
		{"words that go on", []ivr.Piece{{Kind: ivr.Text, Value: "Your balance is"}}, 0},
		{"a date and then a sentence", []ivr.Piece{date, {Kind: ivr.Text, Value: "Thank you. Goodbye."}}, 500 * time.Millisecond},
		{"a date and then more words", []ivr.Piece{date, {Kind: ivr.Text, Value: "and"}}, 120 * time.Millisecond},
		{"a date at the end, as another prompt may follow", []ivr.Piece{{Kind: ivr.Text, Value: "and"}, date}, 250 * time.Millisecond},
		{"a date alone", []ivr.Piece{date}, 250 * time.Millisecond},
	} {
		got := audio.Join(clips(t, l, ivr.Prompt{Lang: "en", Pieces: tt.pieces})...).Duration()
		for _, p := range tt.pieces {
			for _, w := range words(t, "en", p) {
				got -= clips(t, l, text("en", w))[0].Duration()
			}
		}
		if got != tt.want {
			t.Errorf("%s: rests of %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestMissing(t *testing.T) {
	l := open(t, fstest.MapFS{})
	p := text("zh", "您好。")
	_, err := l.Clips(p)
	var m *speech.MissingError
	if !errors.As(err, &m) || m.Lang != "zh" || m.Text != "您好。" || !errors.Is(err, speech.ErrMissing) {
		t.Errorf("Clips = %v; want a *MissingError", err)
	}
	if !strings.Contains(err.Error(), "zh") || !strings.Contains(err.Error(), "您好") || !strings.Contains(err.Error(), "careline prompts render") {
		t.Errorf("%q does not say what is missing and what to do", err)
	}
	p.Pieces = append(p.Pieces, ivr.Piece{Kind: ivr.Date}) // not filled in yet
	if got := l.Missing(p); len(got) != 1+len(speech.Pieces("zh")) {
		t.Errorf("%d missing; want the text and every piece", len(got))
	}
}

func TestMissingNamesWhatNobodyCanRecord(t *testing.T) {
	l := exampleLibrary(t)
	for _, tt := range []struct {
		lang string
		p    ivr.Piece
		says string
	}{
		{"zh", ivr.Piece{Kind: ivr.Money}, `currency ""`},
		{"fr", ivr.Piece{Kind: ivr.Number}, `language "fr"`},
		{"zh", ivr.Piece{Kind: ivr.Date, Value: "tomorrow"}, "not a day"},
	} {
		got := l.Missing(ivr.Prompt{Lang: tt.lang, Pieces: []ivr.Piece{tt.p}})
		if len(got) != 1 || !strings.Contains(got[0].Error(), tt.says) || !errors.Is(&got[0], speech.ErrPiece) {
			t.Errorf("Missing(%s, %+v) = %v; want %q", tt.lang, tt.p, got, tt.says)
		}
	}
	full := ivr.Prompt{Lang: "en", Pieces: []ivr.Piece{{Kind: ivr.Money, Unit: "CNY"}, {Kind: ivr.Date}, {Kind: ivr.Digits}}}
	if got := l.Missing(full); len(got) != 0 {
		t.Errorf("Missing of what the examples have: %v", got)
	}
}

func TestBrokenRecordingIsNamed(t *testing.T) {
	l := open(t, fstest.MapFS{
		"en/index.tsv": file([]byte("a.wav\tHello\nb.wav\tGoodbye\nc.wav\tQuiet\n")),
		"en/a.wav":     file([]byte("not a WAV file")),
		"en/c.wav":     file(voice(t, 1000, -200, 8000)),
	})
	for said, want := range map[string]string{"Hello": "en/a.wav", "Goodbye": "b.wav", "Quiet": "silent"} {
		_, err := l.Clips(text("en", said))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v; want %q named", said, err, want)
		}
		if errors.Is(err, speech.ErrMissing) {
			t.Errorf("%s: %v; it is not missing, it is broken", said, err)
		}
		if got := l.Missing(text("en", said)); len(got) != 1 || got[0].Err == nil {
			t.Errorf("%s: Missing = %v; want the reason", said, got)
		}
	}
}

func TestOpenRefusesABrokenIndex(t *testing.T) {
	_, err := speech.Open(fstest.MapFS{}, fstest.MapFS{"en/index.tsv": file([]byte("oops"))})
	if !errors.Is(err, speech.ErrIndex) || !strings.Contains(err.Error(), "directory 2: en/index.tsv: line 1") {
		t.Errorf("Open = %v; want directory, file and line", err)
	}
}

func TestLibraryNoticesNewRecordings(t *testing.T) {
	dir := t.TempDir()
	l := open(t, os.DirFS(dir))
	if _, err := l.Clips(text("en", "Hello")); !errors.Is(err, speech.ErrMissing) {
		t.Fatalf("Clips = %v; want it missing", err)
	}
	write(t, dir, "en/index.tsv", []byte("a.wav\tHello\n"))
	write(t, dir, "en/a.wav", voice(t, 1000, -19, 8000))
	clips(t, l, text("en", "Hello"))
	write(t, dir, "en/index.tsv", []byte("a.wav\tHello\nb.wav\tGoodbye\n"))
	write(t, dir, "en/b.wav", voice(t, 1000, -19, 8000))
	clips(t, l, text("en-GB", "Goodbye"))
}

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestMusic(t *testing.T) {
	l := exampleLibrary(t)
	c, err := l.Clip("hold")
	if err != nil || c.Duration() != 18*time.Second {
		t.Fatalf("Clip(hold) = %v, %v; want 18s", c, err)
	}
	if again, _ := l.Clip("hold"); again != c {
		t.Error("read twice")
	}
	for _, name := range []string{"jazz", "../zh/apology", "a/b", ""} {
		if _, err := l.Clip(name); err == nil || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("Clip(%q) = %v; want an error that names it", name, err)
		}
	}
}

func TestApologyIsAlwaysThere(t *testing.T) {
	l, bare := exampleLibrary(t), open(t, fstest.MapFS{})
	for lang, want := range map[string]string{"zh": "zh", "zh-CN": "zh", "en": "en", "fr": "en", "": "en"} {
		if l.Apology(lang) != l.Apology(want) || l.Apology(lang) == nil {
			t.Errorf("the apology in %q is not the one in %s", lang, want)
		}
	}
	if l.Apology("zh") == l.Apology("en") {
		t.Error("one apology for two languages")
	}
	if c := bare.Apology("zh"); c.Duration() < 500*time.Millisecond || audio.Level(c.PCM()) < -25 {
		t.Errorf("without recordings: %v at %.1f dBm0", c.Duration(), audio.Level(c.PCM()))
	}
}

func TestLibraryIsConcurrent(t *testing.T) {
	l, prompts := exampleLibrary(t), examplePrompts(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, p := range prompts {
				l.Missing(p)
			}
		})
	}
	all.Wait()
}

func BenchmarkClips(b *testing.B) {
	l, err := speech.Open(os.DirFS(promptsDir))
	if err != nil {
		b.Fatal(err)
	}
	p := ivr.Prompt{Lang: "zh", Pieces: []ivr.Piece{
		{Kind: ivr.Text, Value: "您的账户余额是"}, {Kind: ivr.Money, Value: "23.50", Unit: "CNY"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Clips(p); err != nil {
			b.Fatal(err)
		}
	}
}
