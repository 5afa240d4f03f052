package main

import (
	"errors"
	"fmt"
	"slices"

	"careline/agents"
	"careline/campaigns"
	"careline/store"
)

// agentCmd groups the commands of agents, and on them.
type agentCmd struct {
	List   agentListCmd   `cmd:"" help:"List agents and what they do."`
	Ready  agentReadyCmd  `cmd:"" help:"Have an agent take calls, as *1 on the phone does."`
	Break  agentBreakCmd  `cmd:"" help:"Have an agent take none, as *2 does."`
	Next   agentNextCmd   `cmd:"" help:"Take the next customer of a preview campaign, and show the card."`
	Dial   agentDialCmd   `cmd:"" help:"Call the customer: first the agent's phone rings."`
	Result agentResultCmd `cmd:"" help:"Write down what came of it; the next customer may come."`
	Skip   agentSkipCmd   `cmd:"" help:"Give the customer back."`
}

// agentArg names an agent.
type agentArg struct {
	Name string `arg:"" help:"The agent's name, as in the configuration."`
}

// known makes sure that there is such an agent.
func (c agentArg) known(cfg config) (agents.Agent, error) {
	people := cfg.people()
	i := slices.IndexFunc(people, func(a agents.Agent) bool { return a.Name == c.Name })
	if i < 0 {
		return agents.Agent{}, fmt.Errorf("there is no agent %q in the configuration; careline agent list names them", c.Name)
	}
	return people[i], nil
}

// advise says what an agent can do who cannot do now what was asked.
func (c agentArg) advise(p campaigns.Assignment, err error) error {
	switch {
	case !errors.Is(err, store.ErrNotAllowed):
		return err
	case p.State.Calls():
		return fmt.Errorf("the call is not over (%s); once it is: careline agent result %s", p.Told, c.Name)
	case p.State == campaigns.CustomerEnded:
		return fmt.Errorf("the customer was called already; write down what came of it: careline agent result %s", c.Name)
	case p.State == campaigns.CustomerTaken:
		return fmt.Errorf("answers belong to a call, and none was placed: careline agent dial %s, or leave out --set", c.Name)
	}
	return err
}

// at runs f with the customer whom the agent has taken.
func (c agentArg) at(a *app, f func(config, *store.Store, campaigns.Assignment) error) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		if _, err := c.known(cfg); err != nil {
			return err
		}
		p, err := s.OpenPreview(a.ctx, c.Name)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no customer; take one: careline agent next %s", c.Name, c.Name)
		}
		if err != nil {
			return err
		}
		return f(cfg, s, p)
	})
}
