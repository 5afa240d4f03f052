package twilio_test

import (
	"hash/fnv"
	"io"
	"math"

	"careline/audio"
	"careline/ivr"
)

// accept is what agents are asked who are called by a number.
var accept = ivr.Prompt{Lang: "en", Pieces: []ivr.Piece{{Kind: ivr.Text, Value: "Take it?"}}}

// voice says each text by a sound of its own, which people know again: a tone
// that slides.
type voice struct{}

func (v voice) Clips(p ivr.Prompt) ([]*audio.Clip, error) {
	var clips []*audio.Clip
	for _, piece := range p.Pieces {
		clips = append(clips, v.say(piece.Value))
	}
	return clips, nil
}

func (v voice) Clip(name string) (*audio.Clip, error) { return v.say(name), nil }

func (voice) say(text string) *audio.Clip {
	h := fnv.New32a()
	_, _ = io.WriteString(h, text)
	from := 300 + float64(h.Sum32()%1000)
	to := 300 + float64(h.Sum32()/1000%1000)
	pcm := make([]int16, audio.Rate)
	phase := 0.0
	for i := range pcm {
		phase += 2 * math.Pi * (from + (to-from)*float64(i)/float64(len(pcm))) / audio.Rate
		pcm[i] = int16(9000 * math.Sin(phase))
	}
	return audio.NewClip(pcm)
}
