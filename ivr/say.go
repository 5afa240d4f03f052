package ivr

// say speaks and goes on. With a result it waits until it was heard to its end.
type say struct {
	words   speech
	result  string
	missing string // where it goes when it cannot be spoken
	next    string
}

// heard is the value of a say's result.
const heard = "yes"

func (p *parser) say(n *node, body []field) kind {
	fs := p.fields(n, body, "say", "result", "if_missing", "next")
	words := p.speech(fs.get("say"), "say of node "+n.name)
	k := say{words: words, next: p.to(n, fs, "next", true)}
	n.says = []speech{words}
	k.missing = p.missing(n, fs, k.next)
	if v := fs.get("result"); v != nil {
		k.result = p.name(v, "result of node "+n.name)
		n.result = &Result{Name: k.result, Nodes: []string{n.name}, Values: []string{heard}}
	}
	return k
}

// missing reads where a node goes whose speech lacks something; otherwise is
// where it goes when the file does not say.
func (p *parser) missing(n *node, fs fields, otherwise string) string {
	fixed := true
	for _, sp := range n.says {
		fixed = fixed && sp.fixed()
	}
	v := fs.get("if_missing")
	switch {
	case v == nil && !fixed:
		p.warn(n.at, `add "if_missing: node"`, "node %s says nothing to a contact who lacks what it speaks", n.name)
		return otherwise
	case v == nil:
		return otherwise
	case fixed:
		p.problem(at(v), "", "if_missing of node %s is never used: nothing it says comes from the contact", n.name)
	}
	return p.edge(n, field{name: "if_missing", value: v}, true)
}

func (k say) waits() bool { return k.result != "" }

func (k say) enter(w *walk) string {
	prompt := w.prompt(k.words)
	if prompt == nil {
		return k.missing
	}
	w.play(prompt)
	if k.waits() {
		return ""
	}
	return k.next
}

func (k say) resume(w *walk, ev Event) string {
	if ev.Kind == Played {
		w.answer(AnswerSpec{Result: k.result, Value: heard})
	}
	return k.next
}
