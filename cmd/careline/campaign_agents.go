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

// attends tells whether a campaign whose calls agents take can be served: its
// queue is there, with somebody who serves it, and its flow never leaves a person
// who has answered in silence.
func (c config) attends(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) error {
	machine := d.Machine == campaigns.MachineFlow
	if !d.Mode.NeedsAgents() && !machine {
		return nil
	}
	if hash == "" {
		var err error
		if hash, err = s.NewestFlow(ctx, d.Flow); err != nil {
			return fmt.Errorf("flow: %w", err)
		}
	}
	flow, err := s.Flow(ctx, hash)
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	if !d.Mode.NeedsAgents() {
		return nil
	}
	if err := c.staffs(d); err != nil {
		return err
	}
	if machine && !flow.Machine() {
		return fmt.Errorf(`machine: flow %s says nothing to machines; add "machine: node" to it, or write machine: hang_up`, d.Flow)
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
