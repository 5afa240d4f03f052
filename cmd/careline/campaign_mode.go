package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"time"

	"careline/campaigns"
	"careline/store"
)

// campaignModeCmd shows how a campaign's calls are paced, or changes it while it
// runs.
type campaignModeCmd struct {
	campaignArg
	Mode  string  `arg:"" optional:"" help:"agentless, preview, progressive, power or predictive; none shows how it stands."`
	Queue string  `placeholder:"NAME" help:"Whose agents take the calls from now on."`
	Ratio float64 `placeholder:"N" help:"Calls for each agent who is free, in mode power: 1 to 10."`
	Yes   bool    `help:"Do not ask."`
	JSON  bool    `name:"json" help:"Print JSON."`
}

// Run shows or changes the mode. A service that runs notices within a second;
// calls in progress end as they began.
func (c *campaignModeCmd) Run(a *app) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		if c.Mode == "" && (c.Queue != "" || c.Ratio != 0) {
			c.Mode = string(campaign.Mode)
		}
		if c.Mode != "" {
			if campaign, err = c.change(a, cfg, s, campaign); err != nil {
				return err
			}
			if !c.JSON {
				tellMachine(a.out, campaign.Definition)
			}
		}
		return c.show(a, s, campaign)
	})
}

func (c *campaignModeCmd) change(a *app, cfg config, s *store.Store, campaign campaigns.Campaign) (campaigns.Campaign, error) {
	to := campaigns.Switch{Mode: campaigns.Mode(c.Mode), Queue: c.Queue, Ratio: c.Ratio, Who: whoAmI()}
	switch {
	case !slices.Contains(campaigns.Modes(), to.Mode):
		return campaign, fmt.Errorf("%w: there is no mode %q; there are %s", errUsage, c.Mode, joinNames(campaigns.Modes()))
	case c.Ratio != 0 && (c.Ratio < 1 || c.Ratio > 10):
		return campaign, fmt.Errorf("%w: --ratio: %v is not from 1 to 10", errUsage, c.Ratio)
	case c.Ratio != 0 && to.Mode != campaigns.Power:
		return campaign, fmt.Errorf("%w: --ratio: it is for mode %s, and says nothing in mode %s", errUsage, campaigns.Power, to.Mode)
	case to.Mode.NeedsAgents() && cmp.Or(c.Queue, campaign.Queue) == "":
		return campaign, fmt.Errorf("%w: in mode %s agents take the calls; say --queue", errUsage, to.Mode)
	}
	if err := cfg.suits(a.ctx, s, to.Apply(campaign.Definition), campaign.FlowHash); err != nil {
		return campaign, fmt.Errorf("campaign %s in mode %s: %w", campaign.Name, to.Mode, err)
	}
	if err := c.alone(a, cfg, s, campaign, to); err != nil {
		return campaign, err
	}
	return s.SwitchMode(a.ctx, campaign.ID, to, time.Now())
}

// suits tells whether a campaign may go on in another mode: all is asked of it then
// that is asked when it is created.
func (c config) suits(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) error {
	if err := c.follows(d); err != nil {
		return err
	}
	if err := c.wayOut(ctx, s, d, hash); err != nil {
		return err
	}
	return c.attends(ctx, s, d, hash)
}

// alone asks before people who answer shall go without the agents whom the flow
// sends them to.
func (c *campaignModeCmd) alone(a *app, cfg config, s *store.Store, campaign campaigns.Campaign, to campaigns.Switch) error {
	err := cfg.alone(a.ctx, s, to.Apply(campaign.Definition), campaign.FlowHash)
	if !errors.Is(err, errNoAgents) {
		return err
	}
	if c.Yes {
		return nil
	}
	fmt.Fprintf(a.out, "Flow %s begins by sending people to a queue, and in mode %s no agent is kept free for them.\n", campaign.Flow, to.Mode)
	if a.confirm("Call people who may hear only that nobody is there?") {
		return nil
	}
	return fmt.Errorf("not changed: campaign %s stays %s; to place no calls: careline campaign pause %s", campaign.Name, campaign.Mode, campaign.Name)
}

func (c *campaignModeCmd) show(a *app, s *store.Store, campaign campaigns.Campaign) error {
	past, err := s.Switches(a.ctx, campaign.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(newModes(campaign, past))
	}
	fmt.Fprintf(a.out, "campaign %s: %s%s\n", campaign.Name, campaign.Mode, served(campaign.Definition))
	for _, p := range past {
		fmt.Fprintf(a.out, "  %s  %s -> %s%s  by %s\n", p.At.Local().Format(time.DateTime), p.Was, p.Mode,
			served(campaigns.Definition{Mode: p.Mode, Queue: p.Queue, Ratio: p.Ratio}), cmp.Or(p.Who, "somebody"))
	}
	return nil
}

// served is who takes the calls, in words.
func served(d campaigns.Definition) string {
	switch {
	case !d.Mode.NeedsAgents():
		return ""
	case d.Mode == campaigns.Power:
		return fmt.Sprintf(", queue %s, %v calls for each agent who is free", d.Queue, d.Ratio)
	default:
		return ", queue " + d.Queue
	}
}

// modes is how a campaign is paced, as JSON.
type modes struct {
	Name     string         `json:"name"`
	Mode     campaigns.Mode `json:"mode"`
	Queue    string         `json:"queue,omitempty"`
	Ratio    float64        `json:"ratio,omitempty"`
	Switches []modeSwitch   `json:"switches"`
}

type modeSwitch struct {
	At    time.Time      `json:"at"`
	Was   campaigns.Mode `json:"was"`
	Mode  campaigns.Mode `json:"mode"`
	Queue string         `json:"queue,omitempty"`
	Ratio float64        `json:"ratio,omitempty"`
	Who   string         `json:"who"`
}

func newModes(c campaigns.Campaign, past []campaigns.Switch) modes {
	m := modes{Name: c.Name, Mode: c.Mode, Queue: c.Queue, Ratio: c.Ratio, Switches: []modeSwitch{}}
	for _, p := range past {
		m.Switches = append(m.Switches, modeSwitch{p.At, p.Was, p.Mode, p.Queue, p.Ratio, p.Who})
	}
	return m
}

// joinNames lists names.
func joinNames[T ~string](names []T) string {
	text := ""
	for i, n := range names {
		if i > 0 {
			text += ", "
		}
		text += string(n)
	}
	return text
}

// whoAmI is who has called a command, for the record.
func whoAmI() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
