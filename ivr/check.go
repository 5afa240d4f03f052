package ivr

import (
	"maps"
	"slices"
)

// check looks at the flow as a whole, once every node was read.
func (p *parser) check() {
	p.targets()
	p.checkFarewell()
	p.checkMachine()
	p.checkAgents()
	reached := p.flow.reach(p.flow.start, p.flow.farewell, p.flow.machine)
	p.unreachable(reached)
	p.endless(reached)
	p.results()
	p.optouts(reached)
	if n := len(p.flow.Attributes()); n > MaxAttributes {
		p.problem(pos{1, 1}, "", "the flow reads %d attributes of the contact; at most %d are kept", n, MaxAttributes)
	}
}

// targets reports ways that lead nowhere. Each is then taken to lead to the
// node that was likely meant, so that one slip is one problem.
func (p *parser) targets() {
	f := p.flow
	if f.start != "" && f.nodes[f.start] == nil {
		p.problem(p.startAt, suggest(f.start, f.order), "start names %q, and there is no such node", clip(f.start))
		f.start = nearest(f.start, f.order)
	}
	known := append(slices.Clone(f.order), end)
	for _, name := range f.order {
		n := f.nodes[name]
		for i, e := range n.edges {
			if e.to == end || f.nodes[e.to] != nil {
				continue
			}
			p.problem(e.at, suggest(e.to, known), "node %s leads %q to %q, and there is no such node", name, clip(e.on), clip(e.to))
			if n.edges[i].to = nearest(e.to, known); n.edges[i].to == "" {
				n.edges[i].to = end
			}
		}
	}
}

// checkFarewell sees to it that the flow's last words can always be said.
func (p *parser) checkFarewell() {
	f := p.flow
	if f.farewell == "" {
		return
	}
	n := f.nodes[f.farewell]
	if n == nil {
		p.problem(p.farewellAt, suggest(f.farewell, f.order), "farewell names %q, and there is no such node", clip(f.farewell))
		f.farewell = nearest(f.farewell, f.order)
		return
	}
	k, ok := n.kind.(say)
	if n.kind != nil && (!ok || k.waits() || !k.words.fixed() || k.next != end) {
		p.problem(p.farewellAt, "", `farewell must be a node that says a fixed text, has no result and has "next: end"`)
	}
}

// results sees to it that one name means one thing.
func (p *parser) results() {
	first := map[string]*node{}
	for _, name := range p.flow.order {
		n := p.flow.nodes[name]
		if n.result == nil || n.result.Name == "" {
			continue
		}
		was := first[n.result.Name]
		if was == nil {
			first[n.result.Name] = n
		} else if !n.records(was) {
			p.problem(n.at, "give it another name, or the same keys and categories",
				"node %s records %q otherwise than node %s does", name, n.result.Name, was.name)
		}
	}
	if len(first) > MaxResults {
		p.problem(pos{1, 1}, "", "the flow has %d results; at most %d are kept", len(first), MaxResults)
	}
}

// records tells whether n may record the same result as other.
func (n *node) records(other *node) bool {
	switch n.kind.(type) {
	case set:
		_, ok := other.kind.(set)
		return ok
	case say:
		_, ok := other.kind.(say)
		return ok
	case *record:
		_, ok := other.kind.(*record)
		return ok
	default:
		_, ok := other.kind.(*gather)
		return ok && slices.Equal(n.result.Values, other.result.Values) &&
			maps.Equal(n.result.Categories, other.result.Categories)
	}
}

// optouts sees to it that who asked not to be called hears that it is so, and
// that an outbound flow lets people ask.
func (p *parser) optouts(reached map[string]bool) {
	offered := false
	for _, name := range p.flow.order {
		n := p.flow.nodes[name]
		if _, ok := n.kind.(optout); !ok {
			continue
		}
		offered = offered || reached[name]
		if !p.confirms(n) {
			p.problem(n.at, `lead it to a node that says so and then to "end"`, "node %s opts out and does not end with a confirmation", name)
		}
	}
	if p.flow.outbound && !offered {
		p.warn(pos{1, 1}, "add a node with optout, and a key that leads there", "an outbound flow offers no way to opt out")
	}
}

// confirms tells whether all that follows n is fixed text, at least one, and
// the end.
func (p *parser) confirms(n *node) bool {
	spoken := false
	for range p.flow.order {
		to := end
		if len(n.edges) > 0 {
			to = n.edges[0].to
		}
		if to == end {
			break
		}
		n = p.flow.nodes[to]
		if _, ok := n.kind.(hangup); ok {
			break
		}
		k, ok := n.kind.(say)
		if !ok || k.waits() || !k.words.fixed() {
			return n.kind == nil // it has a problem of its own
		}
		spoken = true
	}
	return spoken
}
