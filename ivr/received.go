package ivr

import (
	"errors"
	"fmt"
)

// CheckAgents tells whether people who answer a campaign with agents are always
// spoken to: the flow begins by sending them to the queue, and has something to
// say when no agent comes in time. The error names what is wrong.
func (f *Flow) CheckAgents(queue string) error {
	n := f.nodes[f.start]
	k, ok := n.kind.(*enqueue)
	if !ok {
		return fmt.Errorf("node %s, where it starts, must be an enqueue: somebody who answers shall meet an agent at once", f.start)
	}
	var errs []error
	if k.spec.Queue != queue {
		errs = append(errs, fmt.Errorf("node %s sends callees to queue %q; the campaign's is %q", f.start, k.spec.Queue, queue))
	}
	for _, on := range []EventKind{TimedOut, Full, Failed} {
		if at, silent := f.silent(k.on[on]); silent {
			errs = append(errs, fmt.Errorf("node %s leads %q to %s, which says nothing before the call ends: somebody who answers and meets no agent must hear who has called", f.start, on, at))
		}
	}
	return errors.Join(errs...)
}

// Enqueues tells whether the first that happens to a caller or callee is a queue.
func (f *Flow) Enqueues() bool {
	_, ok := f.nodes[f.start].kind.(*enqueue)
	return ok
}

// LetsOff tells whether everybody who meets no agent can ask not to be called again:
// whether each way on from the queue where the flow starts comes to an optout.
func (f *Flow) LetsOff() bool {
	k, ok := f.nodes[f.start].kind.(*enqueue)
	if !ok {
		return false
	}
	for _, on := range []EventKind{TimedOut, Full, Failed} {
		if !f.optsOut(k.on[on]) {
			return false
		}
	}
	return true
}

// checkAgents sees to it that an outbound flow which begins with a queue has
// something to say to those who meet no agent.
func (p *parser) checkAgents() {
	n := p.flow.nodes[p.flow.start]
	if !p.flow.outbound || n == nil {
		return
	}
	if k, ok := n.kind.(*enqueue); ok {
		for _, on := range []EventKind{TimedOut, Full, Failed} {
			if at, silent := p.flow.silent(k.on[on]); silent {
				p.problem(n.at, "lead it to a node that says who has called, and lets them opt out by a key",
					"node %s leads %q to %s: somebody who answers and meets no agent hears nothing", n.name, on, at)
			}
		}
	}
}

// silent tells whether a conversation may end without a word that goes on at a
// node. What is to be filled in from the contact may be missing; then nothing is
// said.
func (f *Flow) silent(at string) (name string, silent bool) {
	for range f.order {
		n := f.nodes[at]
		if at == end || n == nil {
			return at, true
		}
		switch k := n.kind.(type) {
		case say:
			return at, !k.words.fixed() && f.quiet(k.missing)
		case *gather:
			return at, len(n.says) == 0 || !k.ask.fixed() && f.quiet(k.missing)
		case *record:
			return at, !k.words.fixed() && f.quiet(k.missing)
		case optout, set, callback:
			at = n.edges[0].to
		default:
			return at, true
		}
	}
	return at, true
}

func (f *Flow) quiet(at string) bool {
	_, silent := f.silent(at)
	return silent
}
