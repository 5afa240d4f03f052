package campaigns

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Given is a consent to be called that is on record.
type Given struct {
	Level    Consent
	Evidence string // where that is written down
	At       time.Time
}

// consentWords are how lists word a consent; a refusal is none.
var consentWords = map[Consent][]string{
	ExpressConsent: {"express", "oral", "verbal", "yes", "y", "true", "口头", "明示", "同意", "是"},
	WrittenConsent: {"written", "signed", "书面", "签字", "书面同意"},
	NoConsent:      {"", "none", "no", "n", "false", "refused", "无", "否", "拒绝", "不同意"},
}

// ParseConsent reads how strong a consent is as a list words it.
func ParseConsent(text string) (Consent, error) {
	folded := strings.ToLower(strings.TrimSpace(text))
	for level, words := range consentWords {
		if slices.Contains(words, folded) {
			return level, nil
		}
	}
	return NoConsent, fmt.Errorf("%q is no strength of consent; there are %s, %s and none", text, ExpressConsent, WrittenConsent)
}

// Consented returns the strongest consent of those that are later than the latest
// refusal, and how it is proved or why there is none. Silence is no consent.
func Consented(given []Given, refused time.Time) (Consent, string) {
	var best Given
	ended := false
	for _, g := range given {
		switch {
		case g.Level == NoConsent:
		case !refused.IsZero() && !g.At.After(refused):
			ended = true
		case !best.Level.Covers(g.Level), best.Level == g.Level && g.At.After(best.At):
			best = g
		}
	}
	switch {
	case best.Level == NoConsent && ended:
		return NoConsent, "a refusal of " + stamp(refused) + " ended the consent given before"
	case best.Level == NoConsent && !refused.IsZero():
		return NoConsent, "it was refused at " + stamp(refused)
	case best.Level == NoConsent:
		return NoConsent, ""
	case best.At.IsZero():
		return best.Level, fmt.Sprintf("%s consent: %s", best.Level, best.proof())
	}
	return best.Level, fmt.Sprintf("%s consent of %s: %s", best.Level, best.At.UTC().Format(time.DateOnly), best.proof())
}

func (g Given) proof() string {
	if g.Evidence == "" {
		return "no evidence is noted"
	}
	return g.Evidence
}
