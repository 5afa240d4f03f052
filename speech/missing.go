package speech

import (
	"errors"
	"fmt"

	"careline/ivr"
)

// ErrMissing is the cause of errors about a text that nobody has recorded.
var ErrMissing = errors.New("no recording")

// MissingError is one thing that cannot be said.
type MissingError struct {
	Lang string
	Text string // the text that has no recording; of other pieces, their value
	Err  error  // why, where it is not that the recording is missing
}

// Error says what cannot be said, and what to do.
func (m *MissingError) Error() string {
	if m.Err != nil {
		return fmt.Sprintf("%s: %q cannot be said: %v", m.Lang, m.Text, m.Err)
	}
	return fmt.Sprintf("%s: no recording of %q; run careline prompts render, or add one to %s/%s of the prompts directory",
		m.Lang, m.Text, m.Lang, indexName)
}

// Is lets callers ask for ErrMissing.
func (m *MissingError) Is(target error) bool { return target == ErrMissing && m.Err == nil }

// Unwrap is why, where it is not that the recording is missing.
func (m *MissingError) Unwrap() error { return m.Err }

// Missing returns everything in a prompt that cannot be said. A piece without a
// value, as flows have them before a call fills them in, stands for every value
// that it may get. What can be said is read on the way and will be ready.
func (l *Library) Missing(p ivr.Prompt) []MissingError {
	var missing []MissingError
	for _, piece := range p.Pieces {
		words, err := needed(p.Lang, piece)
		if err != nil {
			missing = append(missing, MissingError{Lang: p.Lang, Text: piece.Value, Err: err})
		}
		for _, w := range words {
			if m := l.lacks(p.Lang, w); m != nil {
				missing = append(missing, *m)
			}
		}
	}
	return missing
}

func (l *Library) lacks(lang, text string) *MissingError {
	_, err := l.say(lang, text)
	var m *MissingError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &m):
		return m
	default:
		return &MissingError{Lang: lang, Text: text, Err: err}
	}
}

// needed is every recording that a piece may ask for.
func needed(lang string, p ivr.Piece) ([]string, error) {
	if p.Value != "" || p.Kind == ivr.Text {
		return Words(lang, p)
	}
	if _, ok := currencies[p.Unit]; p.Kind == ivr.Money && !ok {
		return nil, fmt.Errorf("currency %q is none of CNY, EUR, GBP and USD: %w", p.Unit, ErrPiece)
	}
	if _, err := tongueOf(lang); err != nil {
		return nil, err
	}
	var words []string
	for _, line := range Pieces(lang) {
		words = append(words, line.Text)
	}
	return words, nil
}
