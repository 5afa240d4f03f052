package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/ivr"
	"careline/store"
)

type agentNextCmd struct {
	agentArg
	Campaign string `placeholder:"NAME" help:"Of this campaign; else of those that run, in the order in which they were started."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run gives the agent the next customer.
func (c *agentNextCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		agent, err := c.known(cfg)
		if err != nil {
			return err
		}
		if err = c.works(a.ctx, s); err != nil {
			return err
		}
		of, err := previewsFor(a.ctx, cfg, s, agent, c.Campaign)
		if err != nil {
			return err
		}
		p, err := s.TakePreview(a.ctx, c.Name, of, time.Now())
		if errors.Is(err, store.ErrNothingLeft) {
			return fmt.Errorf("nobody is left to be called now in %s", inWhich(c.Campaign))
		}
		if err != nil {
			return err
		}
		v, err := cardOf(a.ctx, s, p)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(v)
		}
		v.print(a.out)
		fmt.Fprintf(a.out, "Next: careline agent dial %s, or careline agent skip %s\n", c.Name, c.Name)
		return nil
	})
}

// works tells whether the agent may take a customer: one on break could not call
// them. Who has one already is shown that one all the same.
func (c *agentNextCmd) works(ctx context.Context, s *store.Store) error {
	switch _, err := s.OpenPreview(ctx, c.Name); {
	case err == nil:
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	records, err := s.AgentRecords(ctx)
	if err != nil {
		return err
	}
	ready := slices.ContainsFunc(records, func(r agents.Record) bool { return r.Agent == c.Name && r.Wish == agents.Ready })
	if !ready {
		return fmt.Errorf("%s is on break and takes no customers; to take some: careline agent ready %s", c.Name, c.Name)
	}
	return nil
}

func inWhich(campaign string) string {
	if campaign == "" {
		return "any preview campaign of your queues"
	}
	return "campaign " + campaign
}

// previewsFor lists the running preview campaigns whose calls an agent takes.
func previewsFor(ctx context.Context, cfg config, s *store.Store, agent agents.Agent, name string) ([]campaigns.ID, error) {
	running, err := s.Running(ctx)
	if err != nil {
		return nil, err
	}
	var ids []campaigns.ID
	for _, c := range running {
		i := slices.IndexFunc(cfg.Queues, func(q agents.Queue) bool { return q.Name == c.Queue })
		serves := i >= 0 && agents.View{Agent: agent}.Serves(cfg.Queues[i])
		if name != "" && c.Name == name && (c.Mode != campaigns.Preview || !serves) {
			return nil, fmt.Errorf("campaign %s is in mode %s for queue %q; %s takes customers of preview campaigns, of queues that the agent serves", name, c.Mode, c.Queue, agent.Name)
		}
		if c.Mode == campaigns.Preview && serves && (name == "" || c.Name == name) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		if since, _, err := s.Stopped(ctx); err == nil {
			return nil, fmt.Errorf("all campaigns are held since %s; a supervisor lifts it: careline campaign resume --all", since.Local().Format(time.DateTime))
		}
		return nil, fmt.Errorf("no preview campaign runs that %s could take customers of; careline campaign status lists all", agent.Name)
	}
	return ids, nil
}

// card is what an agent sees of a customer.
type card struct {
	ID         string            `json:"id"`
	Campaign   string            `json:"campaign"`
	State      string            `json:"state"`
	Key        string            `json:"key"`
	Name       string            `json:"name,omitempty"`
	Numbers    []string          `json:"numbers"`
	Segment    string            `json:"segment,omitempty"`
	Manager    string            `json:"manager,omitempty"`
	Language   string            `json:"language,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	History    []cardEvent       `json:"history,omitempty"`
	Answers    map[string]string `json:"answers,omitempty"` // of this campaign
	Results    []ivr.Result      `json:"results,omitempty"` // that may be written down
	Script     []string          `json:"script"`
}

// cardEvent is one thing that has happened with the customer.
type cardEvent struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// cardOf reads what is known of the customer whom an agent has taken.
func cardOf(ctx context.Context, s *store.Store, p campaigns.Assignment) (card, error) {
	contact, err := s.Contact(ctx, p.Contact)
	if err != nil {
		return card{}, err
	}
	c, err := s.Campaign(ctx, p.Campaign)
	if err != nil {
		return card{}, err
	}
	flow, err := s.Flow(ctx, c.FlowHash)
	if err != nil {
		return card{}, err
	}
	v := card{
		ID: p.ID, Campaign: c.Name, State: string(p.State), Key: contact.Key, Name: contact.Name, Segment: contact.Segment,
		Manager: contact.Manager, Language: contact.Language, Attributes: contact.Attributes,
		Results: flow.Results(), Script: script(flow, contact.Customer),
	}
	v.Numbers = append(v.Numbers, string(contact.Number))
	for _, n := range contact.Numbers() {
		if n != contact.Number {
			v.Numbers = append(v.Numbers, string(n))
		}
	}
	if v.Answers, err = s.AnswersOf(ctx, p.Campaign, p.Contact); err != nil {
		return v, err
	}
	v.History, err = pastOf(ctx, s, p)
	return v, err
}

// pastOf lists the calls to the customer, and what agents noted.
func pastOf(ctx context.Context, s *store.Store, p campaigns.Assignment) ([]cardEvent, error) {
	attempts, err := s.AttemptsOn(ctx, p.Contact)
	if err != nil {
		return nil, err
	}
	var list []cardEvent
	for _, t := range attempts {
		list = append(list, cardEvent{t.BegunAt, fmt.Sprintf("called %s: %s", t.Number, cmp.Or(string(t.Disposition), "in progress"))})
	}
	past, err := s.PreviewsOn(ctx, p.Contact)
	if err != nil {
		return nil, err
	}
	for _, was := range past {
		if was.Note != "" {
			list = append(list, cardEvent{was.OverAt, was.Agent + " noted: " + was.Note})
		}
	}
	slices.SortStableFunc(list, func(a, b cardEvent) int { return a.At.Compare(b.At) })
	return list, nil
}

// script is what the campaign's flow says, in the customer's language, for the
// agent to say.
func script(f *ivr.Flow, c campaigns.Customer) []string {
	lang := f.Begin(ivr.Party{Language: c.Language}).Lang
	var lines []string
	for _, p := range f.Prompts() {
		if p.Lang != lang {
			continue
		}
		var b strings.Builder
		for _, piece := range p.Pieces {
			b.WriteString(cmp.Or(piece.Value, "…"))
			b.WriteString(" ")
		}
		lines = append(lines, strings.TrimSpace(b.String()))
	}
	return lines
}

// print shows the card.
func (v card) print(w io.Writer) {
	fmt.Fprintf(w, "%s  %s  (%s, campaign %s)\n", cmp.Or(v.Name, v.Key), strings.Join(v.Numbers, ", "), v.State, v.Campaign)
	for _, line := range []struct{ name, value string }{{"segment", v.Segment}, {"manager", v.Manager}, {"language", v.Language}} {
		if line.value != "" {
			fmt.Fprintf(w, "  %-14s %s\n", line.name, line.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.Attributes)) {
		fmt.Fprintf(w, "  %-14s %s\n", name, v.Attributes[name])
	}
	for _, h := range v.History {
		fmt.Fprintf(w, "  %s  %s\n", h.At.Local().Format("2006-01-02 15:04"), h.What)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Answers)) {
		fmt.Fprintf(w, "  answered %s: %s\n", name, v.Answers[name])
	}
	fmt.Fprintln(w, "Script:")
	for _, line := range v.Script {
		fmt.Fprintln(w, paragraph("- "+line, 78))
	}
	for _, r := range v.Results {
		fmt.Fprintf(w, "Result %s: %s\n", r.Name, cmp.Or(strings.Join(r.Values, ", "), "any keys"))
	}
}
