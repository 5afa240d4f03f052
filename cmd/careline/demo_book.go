package main

import (
	"fmt"

	"careline/audio"
	"careline/ivr"
	"careline/sim/people"
	"careline/speech"
)

// habits are what the people of the demonstration press when they have heard a
// question: by flow and node, then by persona.
var habits = map[string]map[people.Persona]people.Choices{
	"contract-expiry/offer": {
		people.Complies:   {"1": 0.86, "2": 0.14},
		people.BargesIn:   {"1": 0.9, "2": 0.1},
		people.PressesBad: {"1": 1},
		people.WantsAgent: {"0": 1},
		people.OptsOut:    {"9": 1},
	},
	"contract-expiry/satisfaction": {
		people.Complies:   {"5": 0.6, "4": 0.25, "3": 0.1, "2": 0.05},
		people.BargesIn:   {"4": 1},
		people.PressesBad: {"3": 1},
		people.WantsAgent: {"5": 1},
	},
	"care-call/satisfaction": {
		people.Complies:   {"5": 0.7, "4": 0.25, "2": 0.05},
		people.BargesIn:   {"5": 1},
		people.PressesBad: {"4": 1},
		people.WantsAgent: {"5": 1},
	},
	"suspension-reminder/menu": {
		people.Complies:   {"1": 0.1, "2": 0.4, people.HangUp: 0.5},
		people.BargesIn:   {"2": 1},
		people.PressesBad: {"2": 1},
		people.WantsAgent: {"0": 1},
		people.OptsOut:    {"9": 1},
	},
}

// question is a gather with a result, as the judge needs it.
type question struct {
	result string
	valid  map[string]bool // the keys that are answers
}

// book is what people understand, and what the judge expects of it.
type book struct {
	prompts   []people.Prompt
	questions map[string]question // by label
}

// newBook lists what flows say as a whole: prompts without a part that differs
// from call to call. The label is flow/node; that of a reprompt ends in /again.
func newBook(flows []*ivr.Flow, library *speech.Library) (book, error) {
	b := book{questions: make(map[string]question)}
	for _, f := range flows {
		for _, r := range f.Results() {
			valid := make(map[string]bool)
			for _, v := range r.Values {
				valid[v] = true
			}
			for _, node := range r.Nodes {
				if err := b.add(f, node, question{result: r.Name, valid: valid}, library); err != nil {
					return book{}, err
				}
			}
		}
	}
	return b, nil
}

// add lists the prompts of one question.
func (b *book) add(f *ivr.Flow, node string, q question, library *speech.Library) error {
	said := f.Said(node)
	for i, p := range said {
		if !fixed(p) {
			continue
		}
		label := f.Name() + "/" + node
		choices := habits[label]
		if i >= len(f.Languages()) {
			label += "/again"
		}
		clips, err := library.Clips(p)
		if err != nil {
			return fmt.Errorf("learn %s: %w", label, err)
		}
		b.prompts = append(b.prompts, people.Prompt{
			Label: label, Language: p.Lang, Samples: joined(clips), Choices: choices,
		})
		b.questions[label] = q
	}
	return nil
}

// fixed tells whether a prompt is the same in every call.
func fixed(p ivr.Prompt) bool {
	for _, piece := range p.Pieces {
		if piece.Kind != ivr.Text {
			return false
		}
	}
	return len(p.Pieces) > 0
}

// joined puts clips one after another.
func joined(clips []*audio.Clip) []int16 {
	var pcm []int16
	for _, c := range clips {
		pcm = append(pcm, c.PCM()...)
	}
	return pcm
}
