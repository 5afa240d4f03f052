package campaigns

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"careline/internal/strict"
)

// Share is what a trunk takes of a campaign's calls.
type Share struct {
	Priority int `json:"priority"` // the trunks with the least are used first; the next ones when none of those has a line free
	Weight   int `json:"weight"`   // its part of the calls among those of the same priority, at least 1
}

// Ranks are the campaign's trunks in order of preference: calls go by those of
// the first rank, spread by weight, while one of them has a line free.
func (d Definition) Ranks() [][]string {
	if d.Shares == nil {
		ranks := make([][]string, len(d.Trunks))
		for i, name := range d.Trunks {
			ranks[i] = []string{name}
		}
		return ranks
	}
	var ranks [][]string
	for i, name := range d.Trunks {
		if i == 0 || d.Shares[name].Priority != d.Shares[d.Trunks[i-1]].Priority {
			ranks = append(ranks, nil)
		}
		ranks[len(ranks)-1] = append(ranks[len(ranks)-1], name)
	}
	return ranks
}

// Weight is a trunk's part of the calls of its rank.
func (d Definition) Weight(trunk string) int { return max(d.Shares[trunk].Weight, 1) }

// The bounds of what a campaign file may say of trunks.
const (
	mostTrunks   = 20
	mostPriority = 100
	mostWeight   = 1000
)

// trunks reads names in order of preference, or names with priorities and
// weights.
func (p *parser) trunks(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		if err := strict.Texts(&p.d.Trunks)(n); err != nil {
			return fmt.Errorf("%w; each is a name, or all are as {name: a, priority: 1, weight: 70}", err)
		}
		return p.eachOnce()
	}
	p.d.Shares = make(map[string]Share)
	for _, entry := range n.Content {
		name, share := "", Share{Priority: 1, Weight: 1}
		p.Mapping(entry, "a trunk", []strict.Field{
			{"name", strict.Text(&name)},
			{"priority", strict.Whole(&share.Priority, 1, mostPriority)},
			{"weight", strict.Whole(&share.Weight, 1, mostWeight)},
		})
		if name == "" {
			return fmt.Errorf("the trunk on line %d has no name", entry.Line)
		}
		p.d.Trunks = append(p.d.Trunks, name)
		if _, twice := p.d.Shares[name]; !twice {
			p.d.Shares[name] = share
		}
	}
	slices.SortStableFunc(p.d.Trunks, func(a, b string) int {
		return cmp.Compare(p.d.Shares[a].Priority, p.d.Shares[b].Priority)
	})
	return p.eachOnce()
}

// eachOnce checks the list of trunks as a whole.
func (p *parser) eachOnce() error {
	if len(p.d.Trunks) > mostTrunks {
		return fmt.Errorf("there are more than %d", mostTrunks)
	}
	for i, name := range p.d.Trunks {
		if slices.Contains(p.d.Trunks[:i], name) {
			return errors.New(name + " is there twice")
		}
	}
	return nil
}
