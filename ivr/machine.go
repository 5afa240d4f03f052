package ivr

// Machine tells whether the flow says something of its own to a machine that has
// answered.
func (f *Flow) Machine() bool { return f.machine != "" }

// checkMachine sees to it that the node for machines is there, and that it asks
// a machine nothing.
func (p *parser) checkMachine() {
	f := p.flow
	if f.machine == "" {
		return
	}
	n := f.nodes[f.machine]
	if n == nil {
		p.problem(p.machineAt, suggest(f.machine, f.order), "machine names %q, and there is no such node", clip(f.machine))
		f.machine = nearest(f.machine, f.order)
		return
	}
	reached := f.reach(f.machine)
	for _, name := range f.order {
		if !reached[name] {
			continue
		}
		switch f.nodes[name].kind.(type) {
		case *gather, *record, *enqueue, *dial:
			p.problem(p.machineAt, `lead it to nodes that only speak, and then to "end"`, "machine leads to node %s, which waits for an answer that a machine cannot give", name)
		}
	}
}
