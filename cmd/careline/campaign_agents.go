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
	return inFlow(flow, d)
}

// inFlow tells whether a flow attends to everybody who answers, as the campaign's
// rules have it.
func inFlow(flow *ivr.Flow, d campaigns.Definition) error {
	if err := flow.CheckAgents(d.Queue); err != nil {
		return fmt.Errorf("flow %s: %w", flow.Name(), err)
	}
	for _, a := range d.Abandonments() {
		if d.Purpose == campaigns.Marketing && slices.Contains(a.Message, "opt_out") && !flow.LetsOff() {
			return fmt.Errorf("flow %s: who meets no agent hears of no way out, which rule %s asks of marketing: "+
				"lead timeout, full and failed to a gather with a key that leads to an optout (%s)", flow.Name(), a.Rule, a.Source)
		}
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
