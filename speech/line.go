package speech

import (
	"strings"

	"careline/ivr"
)

// Line is one text to be recorded, as an actor would find it in a script.
type Line struct {
	Lang string // as in flows: zh, en
	Text string
	Name string // of the file, without .wav; empty for one made from the text
}

// tidy is how a text is looked up: blanks do not matter but between words.
func tidy(text string) string { return strings.Join(strings.Fields(text), " ") }

// Lines is what must be recorded so that prompts can be said: their texts, each
// once, and the pieces that their numbers, dates and amounts are joined from.
func Lines(prompts ...ivr.Prompt) []Line {
	var lines []Line
	seen := map[Line]bool{}
	add := func(l Line) {
		if key := (Line{Lang: l.Lang, Text: l.Text}); !seen[key] {
			seen[key] = true
			lines = append(lines, l)
		}
	}
	for _, p := range prompts {
		for _, piece := range p.Pieces {
			if piece.Kind == ivr.Text {
				add(Line{Lang: p.Lang, Text: tidy(piece.Value)})
				continue
			}
			for _, l := range Pieces(p.Lang) {
				add(l)
			}
		}
	}
	return lines
}

// Service is what the service itself says, whatever the flow.
func Service() []Line {
	return []Line{
		{Lang: "zh", Text: "很抱歉，我们现在无法继续为您服务。请您稍后再拨。", Name: apologyName},
		{Lang: "en", Text: "We are sorry, we cannot continue right now. Please call again later.", Name: apologyName},
	}
}

// Acceptance is what an agent hears who is called by a number.
func Acceptance() []Line {
	return []Line{
		{Lang: "zh", Text: "有客户来电。接听请按1。", Name: acceptanceName},
		{Lang: "en", Text: "A customer is on the line. Press 1 to take the call.", Name: acceptanceName},
	}
}

// acceptanceName is the file of what an agent hears who is called by a number.
const acceptanceName = "acceptance"

// apologyName is the file of what a caller hears when an answer cannot be kept.
const apologyName = "apology"
