package ivr

// set records a result that nobody was asked for.
type set struct {
	passing
	result string
	value  string
	next   string
}

func (p *parser) set(n *node, f field) kind {
	fs := p.mapping(f.value, "node "+n.name, "set", "next")
	body := p.mapping(fs.get("set"), "set of node "+n.name, "result", "value")
	k := set{
		result: p.name(p.need(body, "result"), "result of node "+n.name),
		value:  p.word(p.need(body, "value"), "value of node "+n.name),
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
