package twilio

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"careline/ivr"
)

// mostSaid is how many characters one Say holds; Twilio's voices take 3000 and
// more.
const mostSaid = 2500

// say returns the verbs of a prompt: what Twilio's voice of the language says,
// where the trunk names one, else our own audio.
func (c *Carrier) say(t *trunk, p *ivr.Prompt) ([]any, error) {
	if p == nil || len(p.Pieces) == 0 {
		return nil, nil
	}
	if voice := t.voice(p.Lang); voice != "" {
		return c.spoken(voice, *p), nil
	}
	return c.played(t, *p)
}

// voice is Twilio's voice for a language, or for it whatever the region; empty
// where there is none.
func (t *trunk) voice(lang string) string {
	if v := t.Voices[lang]; v != "" {
		return v
	}
	base, _, _ := strings.Cut(lang, "-")
	return t.Voices[base]
}

// spoken has a voice of Twilio's say a prompt.
func (c *Carrier) spoken(voice string, p ivr.Prompt) []any {
	var verbs []any
	text := ""
	for _, piece := range p.Pieces {
		more := c.worded(p.Lang, piece)
		if text != "" && utf8.RuneCountInString(text)+utf8.RuneCountInString(more) > mostSaid {
			verbs = append(verbs, sayVerb{Voice: voice, Language: tongue(voice, p.Lang), Text: text})
			text = ""
		}
		text = joined(p.Lang, text, more)
	}
	return append(verbs, sayVerb{Voice: voice, Language: tongue(voice, p.Lang), Text: text})
}

// worded is a piece in the words that a voice shall say.
func (c *Carrier) worded(lang string, p ivr.Piece) string {
	if c.opt.Words != nil {
		if words, err := c.opt.Words(lang, p); err == nil {
			return joined(lang, words...)
		}
	}
	switch p.Kind {
	case ivr.Digits:
		return strings.Join(strings.Split(strings.NewReplacer(" ", "", "-", "").Replace(p.Value), ""), " ")
	case ivr.Money:
		return strings.TrimSpace(p.Value + " " + p.Unit)
	case ivr.Text, ivr.Date, ivr.Number:
	}
	return p.Value
}

// joined puts words together as the language is written.
func joined(lang string, words ...string) string {
	between := " "
	if base, _, _ := strings.Cut(lang, "-"); base == "zh" || base == "ja" {
		between = ""
	}
	var some []string
	for _, w := range words {
		if w != "" {
			some = append(some, w)
		}
	}
	return strings.Join(some, between)
}

// tongues are the languages of Twilio's basic voices, where only a language is
// known and no region.
var tongues = map[string]string{
	"en": "en-US", "zh": "zh-CN", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT", "pt": "pt-PT", "nl": "nl-NL",
	"pl": "pl-PL", "ru": "ru-RU", "ja": "ja-JP", "ko": "ko-KR", "da": "da-DK", "sv": "sv-SE", "nb": "nb-NO", "fi": "fi-FI", "ca": "ca-ES",
}

// tongue is the language of a Say. A voice with a name of its own has one, and is
// told none.
func tongue(voice, lang string) string {
	switch {
	case strings.Contains(voice, "."):
		return ""
	case strings.Contains(lang, "-"):
		return lang
	default:
		return tongues[lang]
	}
}

// sorry is what is said before a call is ended that cannot go on. It needs
// nothing of ours: what cannot be fetched may be our own audio.
func (c *Carrier) sorry(t *trunk, lang string) []any {
	p := c.opt.Apology(lang)
	if len(p.Pieces) == 0 {
		return []any{hangupVerb{}}
	}
	return append(c.spoken(t.voice(p.Lang), p), hangupVerb{})
}

// longest is how long the name of a piece of our audio may become, so that its
// URL is taken everywhere; what is longer is played in parts.
const longest = 1200

// played has our own audio played.
func (c *Carrier) played(t *trunk, p ivr.Prompt) ([]any, error) {
	if c.opt.Speaker == nil {
		return nil, fmt.Errorf("no speaker for a prompt in %s: %w", p.Lang, errNothingToSay)
	}
	if _, err := c.opt.Speaker.Clips(p); err != nil {
		return nil, fmt.Errorf("%w: %w", errNothingToSay, err)
	}
	var verbs []any
	for _, part := range parts(p) {
		address, err := c.soundURL(t, part)
		if err != nil {
			return nil, err
		}
		verbs = append(verbs, playVerb{URL: address})
	}
	return verbs, nil
}

// parts divides a long prompt between its pieces.
func parts(p ivr.Prompt) []ivr.Prompt {
	var all []ivr.Prompt
	size := 0
	for _, piece := range p.Pieces {
		n := len(piece.Value) + len(piece.Unit) + 40 // of the JSON around it
		if len(all) == 0 || size+n > longest*3/4 {
			all, size = append(all, ivr.Prompt{Lang: p.Lang}), 0
		}
		last := &all[len(all)-1]
		last.Pieces, size = append(last.Pieces, piece), size+n
	}
	return all
}
