package people

import (
	"time"

	"careline/audio"
)

// Heard is a prompt that was heard to its end in a recording.
type Heard struct {
	Label    string
	Language string
	Start    time.Duration // of its first loud sample, from the recording's beginning
	End      time.Duration // of its last one
}

// Hear finds the prompts of a book in a recording at 8000 Hz, in the order of
// their ends.
func Hear(book []Prompt, pcm []int16) ([]Heard, error) {
	lib, err := newLibrary(book)
	if err != nil {
		return nil, err
	}
	e := lib.newEar()
	var out []Heard
	for at := 0; at < len(pcm); at += audio.FrameSamples {
		out = append(out, finished(e.listen(at, pcm[at:min(at+audio.FrameSamples, len(pcm))]))...)
	}
	return append(out, finished(e.pass(len(pcm)+2*blockSamples))...), nil
}

func finished(all []sounding) []Heard {
	var out []Heard
	for _, s := range all {
		if s.kind == KindHeard {
			out = append(out, Heard{
				Label: s.prompt.Label, Language: s.prompt.Language,
				Start: audio.Duration(s.start), End: audio.Duration(s.end),
			})
		}
	}
	return out
}
