package ivr

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// end is where a conversation goes that is through. No node has this name.
const end = "end"

// node is one named place of a flow.
type node struct {
	name   string
	at     pos
	kind   kind
	edges  []edge
	says   []speech // what it can say
	result *Result  // what it records; nil where nothing
	reads  []string // the attributes that it needs besides those it speaks
}

// edge is one way out of a node.
type edge struct {
	on     string // the event or key that it is for, as the file words it
	to     string
	at     pos
	silent bool // taken by itself, or by a caller who does nothing
}

// kind is what a node does. Each kind of node has a file.
type kind interface {
	// enter does what the node does when a conversation comes to it. It
	// returns the node to go on to, or nothing when it waits for an event.
	enter(w *walk) string
	// waits tells whether a conversation can stand here.
	waits() bool
	// resume takes the event that the node waited for. An event that does not
	// fit ends the wait as if what was hoped for had not come.
	resume(w *walk, ev Event) string
}

// passing is the part of a kind that waits for nothing.
type passing struct{}

func (passing) waits() bool                { return false }
func (passing) resume(*walk, Event) string { return end }

// kinds are the keys that make a node what it is. A node with none of them
// says something.
var kinds = []string{"gather", "record", "enqueue", "dial", "callback", "optout", "set", "hangup"}

// build reads the body of a node.
func (p *parser) build(n *node, v *yaml.Node) {
	body := p.entries(v, "node "+n.name)
	if v.Kind != yaml.MappingNode {
		return
	}
	var found []field
	says := false
	for _, e := range body {
		if slices.Contains(kinds, e.name) {
			found = append(found, e)
		}
		says = says || e.name == "say"
	}
	switch {
	case len(found) > 1:
		p.problem(at(found[1].key), "make them two nodes", "node %s has both %q and %q", n.name, found[0].name, found[1].name)
	case len(found) == 1:
		n.kind = p.kind(n, found[0].name, body)
	case says:
		n.kind = p.say(n, body)
	default:
		p.idle(n, body)
	}
}

// fields reads the body of a node that may have the known keys and no others.
func (p *parser) fields(n *node, body []field, known ...string) fields {
	return p.known(body, fields{at: n.at, what: "node " + n.name}, known)
}

func (p *parser) kind(n *node, name string, body []field) kind {
	switch name {
	case "gather":
		return p.gather(n, body)
	case "record":
		return p.record(n, body)
	case "enqueue":
		return p.enqueue(n, body)
	case "dial":
		return p.dial(n, body)
	case "callback":
		return p.callback(n, body)
	case "optout":
		return p.optout(n, body)
	case "set":
		return p.set(n, body)
	default:
		return p.hangup(n, body)
	}
}

// idle reports a node that does nothing, which is often a misspelled key.
func (p *parser) idle(n *node, body []field) {
	does := append([]string{"say"}, kinds...)
	for _, e := range body {
		if near := nearest(e.name, does); near != "" {
			p.problem(at(e.key), suggest(e.name, does), "node %s has an unknown key %q", n.name, clip(e.name))
			return
		}
	}
	p.problem(n.at, suggest("", does), "node %s does nothing", n.name)
}

// to reads where a node goes on to. A way that is lacking is taken to end, so
// that it is one problem and not many.
func (p *parser) to(n *node, fs fields, on string, silent bool) string {
	v := p.need(fs, on)
	if v == nil {
		n.edges = append(n.edges, edge{on: on, to: end, at: n.at, silent: silent})
		return end
	}
	return p.edge(n, field{name: on, value: v}, silent)
}

// edge reads one way out of a node.
func (p *parser) edge(n *node, f field, silent bool) string {
	to, ok := p.scalar(f.value, f.name+" of node "+n.name)
	if !ok {
		return ""
	}
	n.edges = append(n.edges, edge{on: f.name, to: to, at: at(f.value), silent: silent})
	return to
}
