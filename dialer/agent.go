package dialer

import (
	"context"
	"maps"
	"slices"

	"careline/agents"
	"careline/dialer/plan"
)

// standing is what an agent does, and for whose callers.
type standing struct {
	pools []string
	state agents.Presence
}

// SetAgent tells what an agent does, and whose queues' calls the agent takes:
// all of them, each time that anything of it changes. It may be called at any
// time, and returns at once.
func (d *Dialer) SetAgent(name string, pools []string, state agents.Presence) {
	d.mu.Lock()
	d.agents[name] = standing{slices.Clone(pools), state}
	d.changed[name] = true
	d.mu.Unlock()
	select {
	case d.mustered <- struct{}{}:
	default:
	}
}

// atWork tells whether anybody takes the calls of a queue; of one agent, where
// one is named.
func (d *Dialer) atWork(pool, name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for who, is := range d.agents {
		if (name == "" || who == name) && plan.Staffs(is.state) && slices.Contains(is.pools, pool) {
			return true
		}
	}
	return false
}

// muster hands in what agents do.
func (l *loop) muster(ctx context.Context) {
	l.d.mu.Lock()
	changed := map[string]standing{}
	for name := range l.d.changed {
		changed[name] = l.d.agents[name]
	}
	clear(l.d.changed)
	l.d.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		is := changed[name]
		l.step(ctx, plan.Event{Kind: plan.SetAgent, Agent: name, Pools: is.pools, Presence: is.state})
	}
}
