package ivr

// optout takes the caller's wish not to be called any more.
type optout struct {
	passing
	scope string
	next  string
}

// The scopes of an opt-out.
const (
	ScopeAll      = "all"      // no campaign may call any more
	ScopeCampaign = "campaign" // this campaign may not
)

func (p *parser) optout(n *node, body []field) kind {
	fs := p.fields(n, body, "optout", "next")
	inner := p.mapping(fs.get("optout"), "optout of node "+n.name, "scope")
	return optout{
		scope: p.choice(p.need(inner, "scope"), "scope of node "+n.name, ScopeAll, ScopeCampaign),
		next:  p.to(n, fs, "next", true),
	}
}

func (k optout) enter(w *walk) string {
	w.do(Action{Kind: OptOut, Scope: k.scope})
	return k.next
}
