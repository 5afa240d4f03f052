package main

import (
	"context"
	"fmt"
	"slices"

	"careline/agents"
	"careline/campaigns"
	"careline/ivr"
	"careline/store"
)

// attends tells whether a campaign and its flow go together: the flow yields what
// the campaign counts, and never leaves a person who has answered in silence;
// where agents take the calls the queue is there, with somebody who serves it. An
// empty hash is the newest version of the flow.
func (c config) attends(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) error {
	flow, err := c.flowOf(ctx, s, d, hash)
	if err != nil {
		return err
	}
	if err := yields(flow, d); err != nil {
		return err
	}
	if d.Machine == campaigns.MachineFlow && !flow.Machine() {
		return fmt.Errorf(`machine: flow %s says nothing to machines; add "machine: node" to it, or write machine: hang_up`, d.Flow)
	}
	if !d.Mode.NeedsAgents() {
		return nil
	}
	if err := c.staffs(d); err != nil {
		return err
	}
	return inFlow(flow, d.Queue)
}

// inFlow tells whether a flow attends to everybody who answers.
func inFlow(flow *ivr.Flow, queue string) error {
	if err := flow.CheckAgents(queue); err != nil {
		return fmt.Errorf("flow %s: %w", flow.Name(), err)
	}
	return nil
}

// staffs tells whether the campaign's queue is there, and has agents.
func (c config) staffs(d campaigns.Definition) error {
	i := slices.IndexFunc(c.Queues, func(q agents.Queue) bool { return q.Name == d.Queue })
	if i < 0 {
		return fmt.Errorf("queue: there is no queue %q in the configuration", d.Queue)
	}
	if !slices.ContainsFunc(c.people(), func(a agents.Agent) bool { return agents.View{Agent: a}.Serves(c.Queues[i]) }) {
		return fmt.Errorf("queue: no agent of the configuration serves queue %q", d.Queue)
	}
	return nil
}
