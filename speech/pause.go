package speech

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"careline/audio"
	"careline/ivr"
)

// The rests within a prompt. Recordings have next to none of their own.
var (
	sentenceRest = rest(250 * time.Millisecond)
	clauseRest   = rest(120 * time.Millisecond)
)

func rest(d time.Duration) *audio.Clip {
	return audio.NewClip(make([]int16, audio.Samples(d)))
}

// pauseAfter is the rest after the i-th piece, or nil: a long one after a
// sentence and after what was filled in at the end, as another prompt may
// follow; a short one after a clause, and after what was filled in, as far as
// the text that follows does not begin a sentence.
func pauseAfter(pieces []ivr.Piece, i int) *audio.Clip {
	this, next := strings.TrimSpace(pieces[i].Value), ""
	if i+1 < len(pieces) {
		next = strings.TrimSpace(pieces[i+1].Value)
	}
	first, _ := utf8.DecodeRuneInString(next)
	last, _ := utf8.DecodeLastRuneInString(this)
	switch {
	case pieces[i].Kind != ivr.Text && (next == "" || unicode.IsUpper(first)):
		return sentenceRest
	case pieces[i].Kind != ivr.Text:
		return clauseRest
	case strings.ContainsRune("。.！!？?…", last):
		return sentenceRest
	case strings.ContainsRune("，,、；;：:", last) && next != "":
		return clauseRest
	default:
		return nil
	}
}
