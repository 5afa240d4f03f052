package speech

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"careline/audio"
)

// RenderOptions tune Render. The zero value makes what is missing.
type RenderOptions struct {
	Again    bool           // make anew what was rendered before, as after a change of voice
	Replace  bool           // make anew even recordings made by hand
	Progress func(Rendered) // told of each line; nil tells nobody
}

// Rendered is how far Render is.
type Rendered struct {
	Done, Total int
	Line        Line
	File        string // relative to the directory
	Made        bool   // it was made now; false: it was there
}

// Render brings dir to say lines: each that has no recording there is spoken,
// brought to the level of all prompts and written as an A-law WAV file beside
// the language's index.tsv. Recordings made by hand, and rendered ones that were
// replaced by hand, are left alone. What was made before an error stays.
func Render(ctx context.Context, dir string, lines []Line, s Speaker, o RenderOptions) error {
	r := renderer{dir: dir, speaker: s, o: o, indexes: map[string]index{}}
	for i, line := range lines {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("render prompts: %w", context.Cause(ctx))
		}
		line.Text = tidy(line.Text)
		file, made, err := r.render(ctx, line)
		if err != nil {
			return fmt.Errorf("render %s %q: %w", line.Lang, line.Text, err)
		}
		if o.Progress != nil {
			o.Progress(Rendered{Done: i + 1, Total: len(lines), Line: line, File: line.Lang + "/" + file, Made: made})
		}
	}
	return nil
}

// renderer is one Render under way.
type renderer struct {
	dir     string
	speaker Speaker
	o       RenderOptions
	indexes map[string]index // by language
}

// render makes one line, as far as that must be, and says which file has it.
func (r *renderer) render(ctx context.Context, line Line) (file string, made bool, err error) {
	idx, err := r.index(line.Lang)
	if err != nil {
		return "", false, err
	}
	e, known := idx[line.Text]
	if !known {
		e = entry{file: idx.newFile(line), text: line.Text}
	}
	sum, err := checksum(filepath.Join(r.dir, line.Lang, e.file))
	switch {
	case err != nil:
		return "", false, err
	case sum != "" && !r.wanted(e, sum):
		if known {
			return e.file, false, nil
		}
	default:
		if e, err = r.make(ctx, line, e); err != nil {
			return "", false, err
		}
		made = true
	}
	idx[line.Text] = e
	return e.file, made, r.save(filepath.Join(line.Lang, indexName), idx.bytes())
}

// wanted tells whether a file that is there shall be made anew.
func (r *renderer) wanted(e entry, sum string) bool {
	byHand := e.voice == "" || e.checksum != sum
	return r.o.Replace || r.o.Again && !byHand
}

// make speaks a line into its file.
func (r *renderer) make(ctx context.Context, line Line, e entry) (entry, error) {
	pcm, err := r.speaker.Speak(ctx, line.Lang, line.Text)
	if err != nil {
		return e, err
	}
	if pcm = audio.Prepare(pcm); len(pcm) == 0 {
		return e, fmt.Errorf("the voice %s made no sound: %w", r.speaker.Voice(line.Lang), ErrMissing)
	}
	wav, err := encoded(pcm)
	if err != nil {
		return e, err
	}
	e.voice, e.checksum = r.speaker.Voice(line.Lang), sumOf(wav)
	return e, r.save(filepath.Join(line.Lang, e.file), wav)
}

// encoded is a WAV file of half the size of a linear one, at no loss where
// A-law is spoken.
func encoded(pcm []int16) ([]byte, error) {
	var wav bytes.Buffer
	s := audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}
	if err := audio.WriteWAV(&wav, s, audio.ALaw); err != nil {
		return nil, fmt.Errorf("encode recording: %w", err)
	}
	return wav.Bytes(), nil
}

// index is the language's, read once; the language is the name of a directory.
func (r *renderer) index(lang string) (index, error) {
	if lang == "" || lang == "music" || strings.ContainsAny(lang, `/\.`) {
		return nil, fmt.Errorf("language %q: %w", lang, fs.ErrInvalid)
	}
	if idx, ok := r.indexes[lang]; ok {
		return idx, nil
	}
	if err := os.MkdirAll(filepath.Join(r.dir, lang), 0o755); err != nil {
		return nil, fmt.Errorf("make prompts directory: %w", err)
	}
	idx, err := openIndex(os.DirFS(r.dir), lang)
	if err != nil {
		return nil, err
	}
	r.indexes[lang] = idx
	return idx, nil
}

// save writes a file whole or not at all: whoever reads it meanwhile has the
// old one.
func (r *renderer) save(name string, content []byte) error {
	path := filepath.Join(r.dir, name)
	draft := path + ".new"
	if err := os.WriteFile(draft, content, 0o644); err != nil {
		return fmt.Errorf("write prompt: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("put prompt in place: %w", err)
	}
	return nil
}

// checksum is of a file's content; empty for one that is not there.
func checksum(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read recording: %w", err)
	}
	return sumOf(b), nil
}

// sumOf tells a file that was changed by hand, so that few digits will do.
func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// newFile names the file of a line that has none yet: by its own name, or by
// the first words of its text and, as those may be few or in characters that
// file names had better not have, by a checksum of it.
func (idx index) newFile(line Line) string {
	if name := line.Name + ".wav"; line.Name != "" && !idx.uses(name) {
		return name
	}
	sum := sumOf([]byte(line.Text))
	if s := slug(line.Text); s != "" {
		return s + "-" + sum[:6] + ".wav"
	}
	return sum + ".wav"
}

func (idx index) uses(file string) bool {
	for _, e := range idx {
		if e.file == file {
			return true
		}
	}
	return false
}

// slugLength is the most letters of a text that name its file.
const slugLength = 40

// slug is the beginning of a text in lower case, with hyphens between the words;
// empty for a text in other than Latin letters.
func slug(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	s := ""
	for _, w := range words {
		if len(s)+len(w) > slugLength || strings.Trim(w, "0123456789") == "" {
			break
		}
		s = strings.TrimPrefix(s+"-"+w, "-")
	}
	return s
}
