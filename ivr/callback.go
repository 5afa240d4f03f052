package ivr

// callback notes that a person shall call back.
type callback struct {
	passing
	reason string
	next   string
}

func (p *parser) callback(n *node, body []field) kind {
	fs := p.fields(n, body, "callback", "next")
	inner := p.mapping(fs.get("callback"), "callback of node "+n.name, "reason")
	k := callback{next: p.to(n, fs, "next", true)}
	if v := p.need(inner, "reason"); v != nil {
		k.reason = p.text(v, "reason of node "+n.name, MaxReasonLen)
	}
	return k
}

func (k callback) enter(w *walk) string {
	w.do(Action{Kind: Callback, Reason: k.reason})
	return k.next
}
