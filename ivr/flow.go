package ivr

import (
	"maps"
	"slices"
)

// Flow is a conversation as it was written down. It never changes.
type Flow struct {
	hash        string
	name        string
	description string
	languages   []string // the first is spoken where the contact's is not among them
	currency    string   // ISO 4217; empty where no money is spoken
	outbound    bool
	start       string
	farewell    string // the node that says goodbye when the flow must end by itself; may be empty
	machine     string // the node that speaks to a machine which has answered; may be empty
	order       []string
	nodes       map[string]*node
	warnings    Problems
}

// Hash identifies the flow's exact text: 16 hexadecimal digits.
func (f *Flow) Hash() string { return f.hash }

// Name is what campaigns and routes call the flow.
func (f *Flow) Name() string { return f.name }

// Description says what the flow is for; it may be empty.
func (f *Flow) Description() string { return f.description }

// Languages are those that the flow speaks. The first is for everybody whose
// own is not among them.
func (f *Flow) Languages() []string { return slices.Clone(f.languages) }

// Outbound tells whether the flow is written for calls that we place.
func (f *Flow) Outbound() bool { return f.outbound }

// Warnings are what Parse found doubtful without refusing the flow.
func (f *Flow) Warnings() Problems { return slices.Clone(f.warnings) }

// Prompts returns everything that the flow can say, in the order of the file
// and, within it, of the languages. A piece that is filled in from the contact
// has an empty Value; speech is rendered from the pieces of kind Text.
func (f *Flow) Prompts() []Prompt {
	all := make([]Prompt, 0, len(f.order)*len(f.languages))
	for _, name := range f.order {
		all = append(all, f.Said(name)...)
	}
	return all
}

// Said returns what one node can say, in each language: first its say, then its
// reprompt. A node that is not there says nothing.
func (f *Flow) Said(node string) []Prompt {
	n, ok := f.nodes[node]
	if !ok {
		return nil
	}
	var all []Prompt
	for _, sp := range n.says {
		for _, lang := range f.languages {
			prompt := Prompt{Lang: lang}
			for _, p := range sp[lang] {
				prompt.Pieces = append(prompt.Pieces, p.Piece)
			}
			all = append(all, prompt)
		}
	}
	return all
}

// Result is one result that conversations by a flow can have.
type Result struct {
	Name       string            `json:"name"`
	Nodes      []string          `json:"nodes"`                // that record it, in the order of the file
	Values     []string          `json:"values,omitempty"`     // all that it can have, sorted; empty where any keys may be pressed
	Categories map[string]string `json:"categories,omitempty"` // what a value means, for those that the flow gives a meaning
	Message    bool              `json:"message,omitempty"`    // a value is the id of a message that the caller has left
}

// Results returns what conversations by the flow can yield, in the order of
// the file.
func (f *Flow) Results() []Result {
	var all []Result
	for _, name := range f.order {
		r := f.nodes[name].result
		if r == nil {
			continue
		}
		i := slices.IndexFunc(all, func(known Result) bool { return known.Name == r.Name })
		if i < 0 {
			i = len(all)
			all = append(all, Result{Name: r.Name, Categories: maps.Clone(r.Categories), Message: r.Message})
		}
		all[i].Nodes = append(all[i].Nodes, name)
		all[i].Values = slices.Compact(slices.Sorted(slices.Values(append(all[i].Values, r.Values...))))
	}
	return all
}

// Attributes are the names, without "contact.", of what the flow reads of a
// contact, sorted.
func (f *Flow) Attributes() []string {
	names := map[string]bool{}
	for _, n := range f.nodes {
		for _, name := range n.reads {
			names[name] = true
		}
		for _, sp := range n.says {
			sp.each(func(p piece) { names[p.attr] = true })
		}
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}
