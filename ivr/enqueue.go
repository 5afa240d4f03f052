package ivr

// enqueue asks for an agent and waits until they have talked.
type enqueue struct {
	spec       EnqueueSpec
	knownAgent string // the contact's attribute that names their own agent
	on         map[EventKind]string
}

// enqueued are the ways that waiting for an agent ends.
var enqueued = []EventKind{Connected, TimedOut, Full, Failed}

func (p *parser) enqueue(n *node, body []field) kind {
	fs := p.fields(n, body, "enqueue", "on")
	k := &enqueue{on: map[EventKind]string{}}
	p.enqueueSpec(k, n, fs)
	v := p.need(fs, "on")
	on := p.mapping(v, "on of node "+n.name, string(Connected), string(TimedOut), string(Full), string(Failed))
	for _, ev := range enqueued {
		k.on[ev] = p.to(n, on, string(ev), false)
	}
	return k
}

func (p *parser) enqueueSpec(k *enqueue, n *node, in fields) {
	what := func(key string) string { return key + " of node " + n.name }
	fs := p.mapping(in.get("enqueue"), "enqueue of node "+n.name, "queue", "known_agent", "known_agent_wait", "max_wait", "music")
	k.spec.Queue = p.name(p.need(fs, "queue"), what("queue"))
	k.spec.MaxWait = p.span(fs.get("max_wait"), what("max_wait"), MaxQueueWait, defaultMaxWait)
	if v := fs.get("music"); v != nil {
		k.spec.Music = p.name(v, what("music"))
	}
	wait := fs.get("known_agent_wait")
	if v := fs.get("known_agent"); v == nil {
		if wait != nil {
			p.problem(at(wait), "", "node %s has known_agent_wait without known_agent", n.name)
		}
		return
	} else if k.knownAgent = p.attribute(v, what("known_agent")); k.knownAgent != "" {
		n.reads = append(n.reads, k.knownAgent)
	}
	k.spec.KnownAgentWait = p.span(wait, what("known_agent_wait"), MaxQueueWait, min(defaultKnownWait, k.spec.MaxWait))
	if k.spec.KnownAgentWait > k.spec.MaxWait {
		p.problem(at(wait), "", "known_agent_wait of node %s is above max_wait", n.name)
	}
}

func (k *enqueue) waits() bool { return true }

func (k *enqueue) enter(w *walk) string {
	spec := k.spec
	if spec.KnownAgent = w.state.Attrs[k.knownAgent]; spec.KnownAgent == "" {
		spec.KnownAgentWait = 0
	}
	w.state.Queue = spec.Queue
	w.do(Action{Kind: Enqueue, Enqueue: &spec})
	return ""
}

func (k *enqueue) resume(_ *walk, ev Event) string {
	if to, ok := k.on[ev.Kind]; ok {
		return to
	}
	return k.on[Failed]
}
