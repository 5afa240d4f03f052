package speech_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/ivr"
	"careline/speech"
)

// hum is a speaker that says everything as a tone, quietly.
type hum struct {
	hz   float64
	said []string
	err  error
}

func (h *hum) Speak(_ context.Context, lang, text string) ([]int16, error) {
	h.said = append(h.said, lang+" "+text)
	return audio.Tone{Hz: []float64{h.hz}, Level: -40}.PCM(300 * time.Millisecond), h.err
}

func (h *hum) Voice(lang string) string { return "hum " + lang }

var script = []speech.Line{
	{Lang: "zh", Text: "您好。"},
	{Lang: "en", Text: "Hello."},
	{Lang: "en", Text: "seven", Name: "number-7"},
}

func render(t *testing.T, dir string, s speech.Speaker, o speech.RenderOptions) []speech.Rendered {
	t.Helper()
	var all []speech.Rendered
	o.Progress = func(r speech.Rendered) { all = append(all, r) }
	if err := speech.Render(t.Context(), dir, script, s, o); err != nil {
		t.Fatal(err)
	}
	return all
}

func content(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRenderMakesWhatIsMissing(t *testing.T) {
	dir, h := t.TempDir(), &hum{hz: 1000}
	done := render(t, dir, h, speech.RenderOptions{})
	if len(h.said) != 3 || len(done) != 3 || done[2].Done != 3 || done[2].Total != 3 || !done[2].Made || done[2].File != "en/number-7.wav" {
		t.Errorf("said %q, told of %+v", h.said, done)
	}
	if got := len(readWAV(t, dir+"/en/number-7.wav").Samples); got == 0 {
		t.Error("nothing in the file")
	}
	idx := content(t, dir, "en/index.tsv")
	if !strings.Contains(idx, "\nnumber-7.wav\tseven\thum en\t") || strings.Index(idx, "hello-") > strings.Index(idx, "number-7") {
		t.Errorf("index, sorted by file:\n%s", idx)
	}
	l := open(t, os.DirFS(dir))
	for _, line := range script {
		c := clips(t, l, text(line.Lang, line.Text))[0]
		if got := audio.ActiveLevel(c.PCM()); got < -19.5 || got > -18.5 {
			t.Errorf("%s: %.2f dBm0", line.Text, got)
		}
	}
	if left, _ := fs.Glob(os.DirFS(dir), "*/*.new"); len(left) > 0 {
		t.Errorf("drafts left: %v", left)
	}
}

func TestRenderAgainDoesNothing(t *testing.T) {
	dir := t.TempDir()
	render(t, dir, &hum{hz: 1000}, speech.RenderOptions{})
	before := content(t, dir, "en/index.tsv")
	h := &hum{hz: 500}
	for _, r := range render(t, dir, h, speech.RenderOptions{}) {
		if r.Made {
			t.Errorf("made %s again", r.File)
		}
	}
	if len(h.said) != 0 || content(t, dir, "en/index.tsv") != before {
		t.Errorf("said %q again", h.said)
	}
}

func TestRenderLeavesRecordingsAlone(t *testing.T) {
	dir := t.TempDir()
	render(t, dir, &hum{hz: 1000}, speech.RenderOptions{})
	studio := voice(t, 700, -19, 48000)
	write(t, dir, "en/number-7.wav", studio)
	for _, tt := range []struct {
		o    speech.RenderOptions
		said int
		kept bool
	}{
		{speech.RenderOptions{}, 0, true},
		{speech.RenderOptions{Again: true}, 2, true},
		{speech.RenderOptions{Replace: true}, 3, false},
	} {
		h := &hum{hz: 500}
		render(t, dir, h, tt.o)
		kept := content(t, dir, "en/number-7.wav") == string(studio)
		if len(h.said) != tt.said || kept != tt.kept {
			t.Errorf("%+v: said %q, recording kept: %v", tt.o, h.said, kept)
		}
	}
}

func TestRenderTakesAFileThatStandsThere(t *testing.T) {
	dir, h := t.TempDir(), &hum{hz: 500}
	write(t, dir, "en/number-7.wav", voice(t, 700, -19, 48000))
	render(t, dir, h, speech.RenderOptions{Again: true})
	if len(h.said) != 2 || !strings.HasSuffix(content(t, dir, "en/index.tsv"), "\nnumber-7.wav\tseven\n") {
		t.Errorf("said %q, index:\n%s", h.said, content(t, dir, "en/index.tsv"))
	}
}

func TestRenderMakesALostFileAnew(t *testing.T) {
	dir, h := t.TempDir(), &hum{hz: 500}
	render(t, dir, h, speech.RenderOptions{})
	if err := os.Remove(filepath.Join(dir, "en/number-7.wav")); err != nil {
		t.Fatal(err)
	}
	if render(t, dir, h, speech.RenderOptions{}); len(h.said) != 4 {
		t.Errorf("said %q; want seven twice", h.said)
	}
}

func TestRenderNamesWhatItCouldNotSay(t *testing.T) {
	broken := errors.New("no breath")
	for name, tt := range map[string]struct {
		line  speech.Line
		s     speech.Speaker
		cause error
		says  string
	}{
		"voice":    {speech.Line{Lang: "en", Text: "Hello."}, &hum{hz: 500, err: broken}, broken, `render en "Hello."`},
		"silence":  {speech.Line{Lang: "en", Text: "Hello."}, &hum{hz: 0}, speech.ErrMissing, "hum en made no sound"},
		"language": {speech.Line{Lang: "../en", Text: "Hello."}, &hum{hz: 500}, fs.ErrInvalid, `language "../en"`},
	} {
		err := speech.Render(t.Context(), t.TempDir(), []speech.Line{tt.line}, tt.s, speech.RenderOptions{})
		if !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", name, err, tt.says)
		}
	}
}

func TestRenderStopsAndKeepsWhatItHas(t *testing.T) {
	dir, h := t.TempDir(), &hum{hz: 500}
	ctx, stop := context.WithCancel(t.Context())
	o := speech.RenderOptions{Progress: func(speech.Rendered) { stop() }}
	if err := speech.Render(ctx, dir, script, h, o); !errors.Is(err, context.Canceled) {
		t.Errorf("Render = %v; want it cancelled", err)
	}
	clips(t, open(t, os.DirFS(dir)), text("zh", "您好。"))
}

func TestLines(t *testing.T) {
	p := text("en", "Hello.", " Hello. ", "Goodbye.")
	p.Pieces = append(p.Pieces, ivr.Piece{Kind: ivr.Date}, ivr.Piece{Kind: ivr.Money})
	if got := speech.Lines(p, p); len(got) != 2+len(speech.Pieces("en")) {
		t.Errorf("%d lines; want each text once, and the pieces", len(got))
	}
	if got := speech.Lines(text("zh", "您好。")); len(got) != 1 || got[0] != (speech.Line{Lang: "zh", Text: "您好。"}) {
		t.Errorf("Lines = %+v", got)
	}
}

func TestRenderMusic(t *testing.T) {
	dir := t.TempDir()
	if err := speech.RenderMusic(dir); err != nil {
		t.Fatal(err)
	}
	music := content(t, dir, "music/hold.wav")
	write(t, dir, "music/hold.wav", []byte("ours"))
	if err := speech.RenderMusic(dir); err != nil || content(t, dir, "music/hold.wav") != "ours" {
		t.Errorf("RenderMusic = %v, and music of our own is gone", err)
	}
	if s, err := audio.ReadWAV(bytes.NewReader([]byte(music))); err != nil || s.Duration() != 18*time.Second {
		t.Errorf("music/hold.wav: %v, %v", s.Duration(), err)
	}
}

// The seam must not be heard: no step from the last sample to the first that is
// larger than those within, and no dip or swell.
func TestHoldMusicRepeats(t *testing.T) {
	pcm := speech.HoldMusic()
	most := 0
	for i := 1; i < len(pcm); i++ {
		most = max(most, distance(pcm[i], pcm[i-1]))
	}
	if seam := distance(pcm[0], pcm[len(pcm)-1]); seam > most {
		t.Errorf("a step of %d at the seam; %d at most within", seam, most)
	}
	if got := audio.ActiveLevel(pcm); got < -26.5 || got > -25.5 {
		t.Errorf("%.1f dBm0; want %v", got, audio.MusicLevel)
	}
	for at := 0; at < len(pcm); at += audio.Rate / 2 {
		if got := audio.Level(pcm[at : at+audio.Rate/2]); got < -38 || got > -20 {
			t.Errorf("%.1f dBm0 after %v", got, audio.Duration(at))
		}
	}
}

func distance(a, b int16) int { return max(int(a)-int(b), int(b)-int(a)) }
