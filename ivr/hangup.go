package ivr

// hangup ends the call without another word.
type hangup struct{ passing }

func (p *parser) hangup(n *node, body []field) kind {
	fs := p.fields(n, body, "hangup")
	if v := fs.get("hangup"); v != nil {
		p.choice(v, "hangup of node "+n.name, "true")
	}
	n.edges = append(n.edges, edge{on: "hangup", to: end, at: n.at, silent: true})
	return hangup{}
}

func (hangup) enter(*walk) string { return end }
