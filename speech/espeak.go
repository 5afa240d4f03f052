package speech

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Espeak speaks by eSpeak NG: robotic, but free, offline and for over a hundred
// languages.
type Espeak struct {
	o EspeakOptions
}

// EspeakOptions tune an Espeak. The zero value is ready to use.
type EspeakOptions struct {
	Command string            // the program; empty means espeak-ng
	Speed   int               // words a minute, as the program counts; 0 means a calm pace
	Voices  map[string]string // by language; one that is not here has the voice of its own name
}

// The voices and paces of the languages that do not go by their names and by the
// usual one. The voice cmn of version 1.51 looks characters up as Pinyin and
// then reads that as English, so that it says nin two hao three. A Chinese word
// counts as one character, of which 190 a minute are as calm as 150 English words.
var (
	espeakVoices = map[string]string{"zh": "cmn-latn-pinyin", "en": "en-gb"}
	espeakSpeeds = map[string]int{"zh": 190}
)

const espeakSpeed = 150

// respell writes words that the program misreads with characters that sound as
// they should: again is chong and not zhong, idle kong in the fourth tone.
var respell = strings.NewReplacer("重听", "虫听", "重新", "虫新", "重复", "虫复", "空闲", "控闲", "便士", "变士")

func (o EspeakOptions) withDefaults() EspeakOptions {
	o.Command = cmp.Or(o.Command, "espeak-ng")
	return o
}

// NewEspeak makes a speaker of the program espeak-ng.
func NewEspeak(o EspeakOptions) *Espeak { return &Espeak{o: o.withDefaults()} }

// Speak runs espeak-ng.
func (e *Espeak) Speak(ctx context.Context, lang, text string) ([]int16, error) {
	speed := strconv.Itoa(cmp.Or(e.o.Speed, espeakSpeeds[base(lang)], espeakSpeed))
	command := []string{e.o.Command, "-v", e.voice(lang), "-s", speed, "-b", "1", "-z", "--stdin", "--stdout"}
	pcm, err := synthesise(ctx, command, respell.Replace(text))
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
