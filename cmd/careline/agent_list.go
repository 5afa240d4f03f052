package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"careline/agents"
	"careline/store"
)

type agentListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// agentStatus is one line of the list.
type agentStatus struct {
	Name     string          `json:"name"`
	Team     string          `json:"team"`
	Queues   []string        `json:"queues"`
	Presence agents.Presence `json:"presence"`
	Customer string          `json:"customer,omitempty"` // of a preview campaign, by number
	Doing    string          `json:"doing,omitempty"`    // with that customer
}

// Run lists agents.
func (c *agentListCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		list, err := agentStatuses(a, cfg, s)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "No agents are configured. Add them under agents in careline.yaml.")
			return nil
		}
		fmt.Fprintf(a.out, "%-16s %-10s %-10s %-24s %s\n", "agent", "team", "is", "queues", "customer")
		for _, v := range list {
			fmt.Fprintln(a.out, strings.TrimRight(fmt.Sprintf("%-16s %-10s %-10s %-24s %s %s",
				v.Name, v.Team, v.Presence, strings.Join(v.Queues, ", "), v.Customer, v.Doing), " "))
		}
		return nil
	})
}

// agentStatuses reads what agents do.
func agentStatuses(a *app, cfg config, s *store.Store) ([]agentStatus, error) {
	views, err := s.AgentViews(a.ctx, cfg.people(), time.Now())
	if err != nil {
		return nil, err
	}
	list := []agentStatus{}
	for _, v := range views {
		is := agentStatus{Name: v.Agent.Name, Team: v.Agent.Team, Queues: []string{}, Presence: v.Presence(time.Now())}
		for _, q := range cfg.Queues {
			if v.Serves(q) {
				is.Queues = append(is.Queues, q.Name)
			}
		}
		if p, err := s.OpenPreview(a.ctx, v.Agent.Name); err == nil {
			contact, err := s.Contact(a.ctx, p.Contact)
			if err != nil {
				return nil, err
			}
			is.Customer, is.Doing = string(contact.Number), cmp.Or(p.Told, string(p.State))
		}
		list = append(list, is)
	}
	return list, nil
}
