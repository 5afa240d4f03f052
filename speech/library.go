package speech

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"careline/audio"
	"careline/ivr"
)

// Library says prompts by recordings. It is safe for concurrent use and reads
// each recording once.
type Library struct {
	layers    []*layer
	apologies map[string]*audio.Clip

	mu    sync.RWMutex
	clips map[string]*audio.Clip // by path for music, by language and text for speech
}

// Open opens prompts directories, each laid out as zh/index.tsv with zh/*.wav,
// en/index.tsv and so on, and music/*.wav. What several of them hold is taken
// from the first. An index that cannot be read is an error now.
func Open(directories ...fs.FS) (*Library, error) {
	l := &Library{clips: map[string]*audio.Clip{}, apologies: map[string]*audio.Clip{}}
	for i, d := range directories {
		if err := checkIndexes(d); err != nil {
			return nil, fmt.Errorf("open prompts directory %d: %w", i+1, err)
		}
		l.layers = append(l.layers, &layer{files: d, indexes: map[string]dated{}})
	}
	for _, s := range Service() {
		c, err := l.say(s.Lang, s.Text)
		if err != nil && !errors.Is(err, ErrMissing) {
			return nil, fmt.Errorf("open prompts: %w", err)
		}
		if err == nil {
			l.apologies[s.Lang] = c
		}
	}
	return l, nil
}

func checkIndexes(files fs.FS) error {
	found, err := fs.Glob(files, "*/"+indexName)
	if err != nil {
		return fmt.Errorf("list languages: %w", err)
	}
	for _, name := range found {
		if _, err := openIndex(files, path.Dir(name)); err != nil {
			return err
		}
	}
	return nil
}

// Clips is what a prompt sounds like: clips that follow each other without
// gaps, pauses between sentences included. It returns a *MissingError for the first
// text that has no recording.
func (l *Library) Clips(p ivr.Prompt) ([]*audio.Clip, error) {
	var clips []*audio.Clip
	for i, piece := range p.Pieces {
		words, err := Words(p.Lang, piece)
		if err != nil {
			return nil, err
		}
		for _, w := range words {
			c, err := l.say(p.Lang, w)
			if err != nil {
				return nil, err
			}
			clips = append(clips, c)
		}
		if rest := pauseAfter(p.Pieces, i); rest != nil {
			clips = append(clips, rest)
		}
	}
	return clips, nil
}

// Clip is the music of that name: music/hold.wav is hold.
func (l *Library) Clip(name string) (*audio.Clip, error) {
	file := "music/" + name + ".wav"
	if !fs.ValidPath(file) || strings.Contains(name, "/") {
		return nil, fmt.Errorf("clip %q: %w", name, fs.ErrInvalid)
	}
	return l.kept(file, func() (*audio.Clip, error) {
		for _, layer := range l.layers {
			c, err := readMusic(layer.files, file)
			if !errors.Is(err, fs.ErrNotExist) {
				return c, err
			}
		}
		return nil, fmt.Errorf("clip %q: put a recording into the prompts directory as %s: %w", name, file, fs.ErrNotExist)
	})
}

// Apology is what a caller hears who cannot be helped any further because what
// they say cannot be kept. It is read when the library is opened, so that it is
// there when nothing else is; without a recording in any language it is a
// falling tone.
func (l *Library) Apology(lang string) *audio.Clip {
	for _, key := range []string{lang, base(lang), "en", "zh"} {
		if c := l.apologies[key]; c != nil {
			return c
		}
	}
	return fallingTone()
}

func fallingTone() *audio.Clip {
	var notes [3]*audio.Clip
	for i, hz := range []float64{900, 700, 500} {
		t := audio.Tone{Hz: []float64{hz}, Level: audio.PromptLevel, Fade: audio.JoinFade}
		notes[i] = audio.NewClip(t.PCM(300 * time.Millisecond))
	}
	return audio.Join(notes[:]...)
}

// say is the recording of one text, in the language or else in the language
// without its region.
func (l *Library) say(lang, text string) (*audio.Clip, error) {
	return l.kept(lang+"\t"+text, func() (*audio.Clip, error) {
		for _, dir := range slices.Compact([]string{lang, base(lang)}) {
			for _, layer := range l.layers {
				e, ok, err := layer.find(dir, text)
				if err != nil {
					return nil, err
				}
				if ok {
					return readSpeech(layer.files, dir, e)
				}
			}
		}
		return nil, &MissingError{Lang: lang, Text: text}
	})
}

// kept is the clip of that key, made once. Two callers that come at once may
// both make it; the second one's is kept.
func (l *Library) kept(key string, read func() (*audio.Clip, error)) (*audio.Clip, error) {
	l.mu.RLock()
	c := l.clips[key]
	l.mu.RUnlock()
	if c != nil {
		return c, nil
	}
	c, err := read()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.clips[key] = c
	l.mu.Unlock()
	return c, nil
}

func readMusic(files fs.FS, name string) (*audio.Clip, error) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("read clip: %w", err)
	}
	c, err := audio.ReadClip(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// readSpeech reads a recording and makes it fit with the others: silence around
// it goes, and one that is louder or quieter is brought to the prompts' level.
func readSpeech(files fs.FS, dir string, e entry) (*audio.Clip, error) {
	name := dir + "/" + e.file
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("read the recording of %s %q: %w", dir, e.text, err)
	}
	s, err := audio.ReadWAV(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s, the recording of %q: %w", name, e.text, err)
	}
	pcm := audio.Trim(s.Line())
	if !fits(s, pcm) {
		pcm = audio.Prepare(pcm)
	}
	if len(pcm) == 0 {
		return nil, fmt.Errorf("%s, the recording of %q, is silent: %w", name, e.text, audio.ErrWAV)
	}
	return audio.NewClip(pcm), nil
}

// fits tells whether a recording needs no work: it is the line's own format, at
// a level that nobody hears a difference to.
func fits(s audio.Sound, pcm []int16) bool {
	off := math.Abs(audio.ActiveLevel(pcm) - audio.PromptLevel)
	return s.Rate == audio.Rate && off < 0.5 && audio.Peak(pcm) <= audio.MaxPeak
}
