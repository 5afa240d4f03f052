package ivr

// set records a result that nobody was asked for.
type set struct {
	passing
	result string
	value  string
	next   string
}

func (p *parser) set(n *node, body []field) kind {
	fs := p.fields(n, body, "set", "next")
	inner := p.mapping(fs.get("set"), "set of node "+n.name, "result", "value")
	k := set{
		result: p.name(p.need(inner, "result"), "result of node "+n.name),
		value:  p.word(p.need(inner, "value"), "value of node "+n.name),
		next:   p.to(n, fs, "next", true),
	}
	if k.result != "" {
		n.result = &Result{Name: k.result, Nodes: []string{n.name}, Values: []string{k.value}}
	}
	return k
}

func (k set) enter(w *walk) string {
	w.answer(AnswerSpec{Result: k.result, Value: k.value})
	return k.next
}
