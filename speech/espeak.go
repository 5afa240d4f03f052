package speech

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
)

// Espeak speaks by eSpeak NG: robotic, but free, offline and for over a hundred
// languages.
type Espeak struct {
	o EspeakOptions
}

// EspeakOptions tune an Espeak. The zero value is ready to use.
type EspeakOptions struct {
	Command string            // the program; empty means espeak-ng
	Speed   int               // words a minute; 0 means 150
	Voices  map[string]string // by language; one that is not here has the voice of its own name
}

// espeakVoices are the voices of the languages that do not go by their name.
// The voice cmn of version 1.51 looks characters up as Pinyin and then reads
// that as English, so that it says nin two hao three.
var espeakVoices = map[string]string{"zh": "cmn-latn-pinyin", "en": "en-gb"}

func (o EspeakOptions) withDefaults() EspeakOptions {
	o.Command = cmp.Or(o.Command, "espeak-ng")
	o.Speed = cmp.Or(o.Speed, 150)
	return o
}

// NewEspeak makes a speaker of the program espeak-ng.
func NewEspeak(o EspeakOptions) *Espeak { return &Espeak{o: o.withDefaults()} }

// Speak runs espeak-ng.
func (e *Espeak) Speak(ctx context.Context, lang, text string) ([]int16, error) {
	command := []string{
		e.o.Command, "-v", e.voice(lang), "-s", strconv.Itoa(e.o.Speed), "-b", "1", "-z", "--stdin", "--stdout",
	}
	pcm, err := synthesise(ctx, command, text)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("speaker espeak: %w (on Debian: apt-get install espeak-ng)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("speaker espeak: %w", err)
	}
	return pcm, nil
}

// Voice is the program's voice for a language.
func (e *Espeak) Voice(lang string) string { return "espeak-ng " + e.voice(lang) }

func (e *Espeak) voice(lang string) string {
	return cmp.Or(e.o.Voices[lang], espeakVoices[base(lang)], lang)
}
