package ivr

import (
	"slices"
	"strings"
)

// reach returns the nodes that can be come to from those given, and those
// themselves.
func (f *Flow) reach(from ...string) map[string]bool {
	reached := map[string]bool{}
	for len(from) > 0 {
		name := from[0]
		from = from[1:]
		n := f.nodes[name]
		if n == nil || reached[name] {
			continue
		}
		reached[name] = true
		for _, e := range n.edges {
			from = append(from, e.to)
		}
	}
	return reached
}

// unreachable reports nodes that no conversation comes to. It keeps silent
// while a node is unreadable, since ways may lead on from there.
func (p *parser) unreachable(reached map[string]bool) {
	f := p.flow
	for _, n := range f.nodes {
		if f.nodes[f.start] == nil || n.kind == nil {
			return
		}
	}
	for _, name := range f.order {
		if !reached[name] {
			p.problem(f.nodes[name].at, "lead there from another node, or remove it", "node %s is never reached", name)
		}
	}
}

// endless reports ways that never come to an end: those that a caller who does
// nothing goes round and round, and those that have no way out at all.
func (p *parser) endless(reached map[string]bool) {
	rounds := p.flow.rounds()
	ends := p.flow.ending(rounds)
	for _, name := range p.flow.order {
		n := p.flow.nodes[name]
		if round := rounds[name]; round != nil && name == round[0] {
			p.problem(n.at, `lead it to "end" some time; "tries" asks again`,
				"a caller who does nothing never gets out of %s", strings.Join(append(round, name), ", "))
		} else if reached[name] && !ends[name] {
			p.problem(n.at, "", "no way from node %s comes to an end", name)
		}
	}
	if p.flow.farewell == "" && p.flow.loops() {
		p.warn(pos{1, 1}, `add "farewell: node"`, "a caller who comes to a node more than %d times is hung up on without a word", MaxVisits)
	}
}

// rounds returns, for every node on a round of silent ways, such a round in
// the order of travel.
func (f *Flow) rounds() map[string][]string {
	rounds := map[string][]string{}
	for _, start := range f.order {
		if rounds[start] != nil {
			continue
		}
		round := f.back([]string{start}, map[string]bool{})
		for _, name := range round {
			rounds[name] = round
		}
	}
	return rounds
}

// back looks for silent ways from the last node of path to its first.
func (f *Flow) back(path []string, seen map[string]bool) []string {
	for _, e := range f.nodes[path[len(path)-1]].edges {
		switch {
		case !e.silent || f.nodes[e.to] == nil:
		case e.to == path[0]:
			return slices.Clone(path)
		case !seen[e.to]:
			seen[e.to] = true
			if round := f.back(append(path, e.to), seen); round != nil {
				return round
			}
		}
	}
	return nil
}

// ending returns the nodes from which an end can be reached. Those on rounds,
// and those that could not be read, count as such: they are reported already.
func (f *Flow) ending(rounds map[string][]string) map[string]bool {
	ends := map[string]bool{end: true}
	for name, n := range f.nodes {
		ends[name] = rounds[name] != nil || n.kind == nil
	}
	for grown := true; grown; {
		grown = false
		for name, n := range f.nodes {
			if !ends[name] && slices.ContainsFunc(n.edges, func(e edge) bool { return ends[e.to] }) {
				ends[name], grown = true, true
			}
		}
	}
	return ends
}

// loops tells whether any node can be come to again.
func (f *Flow) loops() bool {
	for name, n := range f.nodes {
		for _, e := range n.edges {
			if f.reach(e.to)[name] {
				return true
			}
		}
	}
	return false
}
