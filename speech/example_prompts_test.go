package speech_test

import (
	"flag"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"careline/audio"
	"careline/examples"
	"careline/ivr"
	"careline/speech"
)

var update = flag.Bool("update", false, "render what the examples lack")

// promptsDir is the source of what the binary carries.
const promptsDir = "../examples/prompts"

// examplePrompts is everything that the example flows can say.
func examplePrompts(t *testing.T) []ivr.Prompt {
	t.Helper()
	files, err := fs.Glob(examples.FS(), "flows/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("example flows: %v, %v", files, err)
	}
	var prompts []ivr.Prompt
	for _, name := range files {
		text, err := fs.ReadFile(examples.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		flow, err := ivr.Parse(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if len(flow.Prompts()) == 0 {
			t.Errorf("%s says nothing", name)
		}
		prompts = append(prompts, flow.Prompts()...)
	}
	return prompts
}

// exampleLines is everything that is recorded for the examples: what flows and
// the service say, and all pieces of both languages.
func exampleLines(t *testing.T) []speech.Line {
	t.Helper()
	lines := append(speech.Service(), speech.Acceptance()...)
	for _, lang := range []string{"zh", "en"} {
		lines = append(lines, speech.Pieces(lang)...)
	}
	return append(lines, speech.Lines(examplePrompts(t)...)...)
}

func TestUpdateExamples(t *testing.T) {
	if !*update {
		return
	}
	o := speech.RenderOptions{Progress: func(r speech.Rendered) { t.Logf("%d/%d %s %s", r.Done, r.Total, r.File, r.Line.Text) }}
	if err := speech.Render(t.Context(), promptsDir, exampleLines(t), speech.NewEspeak(speech.EspeakOptions{}), o); err != nil {
		t.Fatal(err)
	}
	if err := speech.RenderMusic(promptsDir); err != nil {
		t.Fatal(err)
	}
}

func exampleLibrary(t *testing.T) *speech.Library {
	t.Helper()
	l, err := speech.Open(os.DirFS(promptsDir))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestExampleFlowsCanBeSaid(t *testing.T) {
	l := exampleLibrary(t)
	for _, p := range examplePrompts(t) {
		for _, m := range l.Missing(p) {
			t.Error(m.Error())
		}
	}
}

func TestEveryPieceIsRecorded(t *testing.T) {
	l := exampleLibrary(t)
	for _, line := range exampleLines(t) {
		if _, err := l.Clips(ivr.Prompt{Lang: line.Lang, Pieces: []ivr.Piece{{Kind: ivr.Text, Value: line.Text}}}); err != nil {
			t.Error(err)
		}
	}
}

// recordings is every WAV file of a language, as it stands on disk.
func recordings(t *testing.T, lang string) map[string]audio.Sound {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(promptsDir, lang, "*.wav"))
	if err != nil || len(names) < 60 {
		t.Fatalf("recordings of %s: %d, %v", lang, len(names), err)
	}
	sounds := map[string]audio.Sound{}
	for _, name := range names {
		sounds[name] = readWAV(t, name)
	}
	return sounds
}

func readWAV(t *testing.T, name string) audio.Sound {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := audio.ReadWAV(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

func TestRecordingsHaveOneLevel(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for name, s := range recordings(t, lang) {
			if s.Rate != audio.Rate || s.Channels != 1 {
				t.Errorf("%s: %d Hz, %d channels", name, s.Rate, s.Channels)
			}
			if level := audio.ActiveLevel(s.Samples); math.Abs(level-audio.PromptLevel) > 0.5 {
				t.Errorf("%s: active level %.2f dBm0; want %v within 0.5", name, level, audio.PromptLevel)
			}
			if peak := audio.Peak(s.Samples); peak > audio.MaxPeak {
				t.Errorf("%s: peak %.2f dBm0; want at most %v", name, peak, audio.MaxPeak)
			}
			if d := s.Duration().Seconds(); d < 0.1 || d > 20 {
				t.Errorf("%s: %.2f s long", name, d)
			}
		}
	}
}

func TestRecordingsJoinWithoutClicks(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for name, s := range recordings(t, lang) {
			n := len(s.Samples)
			first, last := s.Samples[0], s.Samples[n-1]
			if max(first, -first) > 64 || max(last, -last) > 64 {
				t.Errorf("%s begins with %d and ends with %d", name, first, last)
			}
		}
	}
}

func TestIndexesAndFilesAgree(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		b, err := os.ReadFile(filepath.Join(promptsDir, lang, "index.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for line := range strings.Lines(string(b)) {
			if !strings.HasPrefix(line, "#") {
				named = append(named, strings.Split(line, "\t")[0])
			}
		}
		if !slices.IsSorted(named) {
			t.Errorf("%s: the index is not sorted by file", lang)
		}
		for name := range recordings(t, lang) {
			if !slices.Contains(named, path.Base(filepath.ToSlash(name))) {
				t.Errorf("%s stands in no index", name)
			}
		}
	}
}

// What no flow says any more is taken out by hand: its line and its file.
func TestNothingIsRecordedInVain(t *testing.T) {
	needed := map[string]bool{}
	for _, line := range exampleLines(t) {
		needed[line.Lang+"\t"+line.Text] = true
	}
	for _, lang := range []string{"zh", "en"} {
		b, err := os.ReadFile(filepath.Join(promptsDir, lang, "index.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			columns := strings.Split(strings.TrimSpace(line), "\t")
			if !strings.HasPrefix(line, "#") && !needed[lang+"\t"+columns[1]] {
				t.Errorf("%s/%s: no flow says %q", lang, columns[0], columns[1])
			}
		}
	}
}

func TestExamplesStaySmall(t *testing.T) {
	total := int64(0)
	err := fs.WalkDir(os.DirFS(promptsDir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		total += info.Size()
		return err
	})
	if err != nil || total > 5<<20 {
		t.Errorf("example prompts take %d bytes, %v; want at most 5 MiB", total, err)
	}
}

func TestHoldMusicIsTheComposition(t *testing.T) {
	got, want := readWAV(t, promptsDir+"/music/hold.wav").Samples, speech.HoldMusic()
	if len(got) != len(want) {
		t.Fatalf("music/hold.wav has %d samples; the composition %d", len(got), len(want))
	}
	off := make([]int16, len(got))
	for i := range got {
		off[i] = got[i] - want[i]
	}
	if noise := audio.Level(off) - audio.Level(want); noise > -30 {
		t.Errorf("music/hold.wav differs from the composition by %.1f dB; A-law alone makes -37", noise)
	}
}
