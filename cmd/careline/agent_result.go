package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/ivr"
	"careline/store"
)

type agentResultCmd struct {
	agentArg
	Set         map[string]string `placeholder:"RESULT=VALUE" help:"An answer, as the flow names and numbers it; once for each."`
	Disposition string            `placeholder:"NAME" help:"How it ended, where the agent knows better than the network: busy, no_answer, refused, invalid_number, ..."`
	Note        string            `placeholder:"TEXT" help:"For whoever talks to the customer next."`
	Again       string            `xor:"then" placeholder:"TIME" help:"Call the customer again then: 15:30, 2026-12-04 09:00, or 2h."`
	Done        bool              `xor:"then" help:"Do not call the customer again in this campaign."`
}

// Run stores what came of the call.
func (c *agentResultCmd) Run(a *app) error {
	return c.at(a, func(cfg config, s *store.Store, p campaigns.Assignment) error {
		o, err := c.conclusion(a.ctx, s, p, time.Now())
		if err != nil {
			return err
		}
		contact, err := s.FinishPreview(a.ctx, p.ID, o, time.Now())
		if err != nil {
			return c.advise(p, err)
		}
		fmt.Fprintf(a.out, "%s is %s%s\nNext: careline agent next %s\n", cmp.Or(contact.Name, contact.Key), contact.State, dueAgain(contact), c.Name)
		return nil
	})
}

func dueAgain(c campaigns.Contact) string {
	if c.State != campaigns.Pending {
		return ""
	}
	return ", to be called from " + c.Due.Local().Format("2006-01-02 15:04")
}

// conclusion reads what the agent says.
func (c *agentResultCmd) conclusion(ctx context.Context, s *store.Store, p campaigns.Assignment, now time.Time) (campaigns.Conclusion, error) {
	o := campaigns.Conclusion{Disposition: campaigns.Disposition(c.Disposition), Note: c.Note, Done: c.Done, Results: c.Set}
	if o.Disposition != "" && !slices.Contains(campaigns.Dispositions(), o.Disposition) {
		return o, fmt.Errorf("%w: --disposition: there is no %q; there are %s", errUsage, c.Disposition, joinNames(campaigns.Dispositions()))
	}
	if c.Again != "" {
		at, err := readTime(c.Again, now)
		if err != nil {
			return o, fmt.Errorf("%w: --again: %w", errUsage, err)
		}
		o.Again = at
	}
	campaign, err := s.Campaign(ctx, p.Campaign)
	if err != nil {
		return o, err
	}
	flow, err := s.Flow(ctx, campaign.FlowHash)
	if err != nil {
		return o, err
	}
	o.Categories, err = meanings(flow, c.Set)
	return o, err
}

// meanings checks answers against what the flow knows, and returns what they
// mean.
func meanings(f *ivr.Flow, answers map[string]string) (map[string]string, error) {
	known := f.Results()
	means := map[string]string{}
	for name, value := range answers {
		i := slices.IndexFunc(known, func(r ivr.Result) bool { return r.Name == name })
		if i < 0 {
			names := make([]string, 0, len(known))
			for _, r := range known {
				names = append(names, r.Name)
			}
			return nil, fmt.Errorf("%w: --set: flow %s has no result %q; it has %s", errUsage, f.Name(), name, cmp.Or(strings.Join(names, ", "), "none"))
		}
		if vs := known[i].Values; len(vs) > 0 && !slices.Contains(vs, value) {
			return nil, fmt.Errorf("%w: --set: %s is one of %s, not %q", errUsage, name, strings.Join(vs, ", "), value)
		}
		means[name] = known[i].Categories[value]
	}
	return means, nil
}

// readTime reads a time of today, of a day, or from now.
func readTime(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil { //nolint:gosmopolitan // what an agent writes is of the agent's place
			return future(t, now)
		}
	}
	if t, err := time.Parse("15:04", text); err == nil {
		y, m, d := now.Date()
		at := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, now.Location())
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 15:30, 2026-12-04 09:00, or 2h", text)
}

func future(t, now time.Time) (time.Time, error) {
	if !t.After(now) {
		return t, errors.New("it has passed")
	}
	return t, nil
}

type agentSkipCmd struct{ agentArg }

// Run gives the customer back.
func (c *agentSkipCmd) Run(a *app) error {
	return c.at(a, func(_ config, s *store.Store, p campaigns.Assignment) error {
		if _, err := s.SkipPreview(a.ctx, p.ID, time.Now()); err != nil {
			return c.advise(p, err)
		}
		fmt.Fprintf(a.out, "given back\nNext: careline agent next %s\n", c.Name)
		return nil
	})
}
