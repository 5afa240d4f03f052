package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"careline/campaigns"
	"careline/store"
)

// campaignCmd groups the commands on campaigns.
type campaignCmd struct {
	Create campaignCreateCmd `cmd:"" help:"Make a draft from a campaign file."`
	Start  campaignStartCmd  `cmd:"" help:"Begin a draft."`
	Pause  campaignPauseCmd  `cmd:"" help:"Place no new calls; those in progress run to their end."`
	Resume campaignResumeCmd `cmd:"" help:"Go on with a paused campaign."`
	Stop   campaignStopCmd   `cmd:"" help:"End a campaign for good."`
	Status campaignStatusCmd `cmd:"" help:"List campaigns, or say how one stands."`
	Report campaignReportCmd `cmd:"" help:"Print the funnel, how attempts ended, and the answers."`
	Export campaignExportCmd `cmd:"" help:"Write one CSV line a contact: state, attempts, times, disposition, each answer."`
	Mode   campaignModeCmd   `cmd:"" help:"Show how the calls are paced, or change it while they are placed."`
	Why    campaignWhyCmd    `cmd:"" help:"Say which rules hold a contact and until when; without a contact, why nothing or little is dialed."`

	Unknowns campaignUnknownsCmd `cmd:"" help:"List contacts of which nobody knows whether they were reached, or decide on them."`
}

type campaignCreateCmd struct {
	File string `arg:"" type:"existingfile" help:"Campaign file (YAML)."`
	Name string `help:"Another name than the file's."`
	List string `help:"Another list than the file's."`
}

// Run makes a draft.
func (c *campaignCreateCmd) Run(a *app) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read a campaign file: %w", err)
	}
	d, err := campaigns.ParseDefinition(c.File, text)
	if err != nil {
		return err
	}
	if c.Name != "" {
		d.Name = c.Name
	}
	if c.List != "" {
		d.List = c.List
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		if err := cfg.addFlows(a.ctx, s, time.Now()); err != nil {
			return err
		}
		if now := time.Now(); !d.Expires.IsZero() && !d.Expires.After(now) {
			return fmt.Errorf("%s: expires: it was over %s ago, so nobody would be called", c.File, roughly(now.Sub(d.Expires)))
		}
		if err := cfg.admits(a.ctx, s, d); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		shown := a.gauge("creating "+d.Name, "contacts")
		made, err := s.CreateCampaignTold(a.ctx, d, time.Now(), func(made, all int) {
			shown.to(time.Now(), made, float64(made)/float64(all))
		})
		shown.end()
		if err != nil {
			return err
		}
		f, err := s.Funnel(a.ctx, made.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "campaign %s: a draft of %d contacts, flow %s (%s)\nNext: careline campaign start %s\n",
			d.Name, f.Submitted, d.Flow, made.FlowHash, d.Name)
		if err := cfg.tellRules(a.out, d, time.Now()); err != nil {
			return err
		}
		return cfg.warnOfMute(a, s, made.FlowHash)
	})
}

// admits tells whether a campaign can be made of a definition, as this machine is
// configured.
func (c config) admits(ctx context.Context, s *store.Store, d campaigns.Definition) error {
	if err := c.permits(d); err != nil {
		return err
	}
	if err := c.wayOut(ctx, s, d, ""); err != nil {
		return err
	}
	if err := c.attends(ctx, s, d, ""); err != nil {
		return err
	}
	return c.alone(ctx, s, d, "")
}

// permits tells whether all trunks of a campaign are configured, and whether it
// lets phones ring long enough: a shorter ring is for a trunk on this machine,
// which reaches nobody.
func (c config) permits(d campaigns.Definition) error {
	for _, name := range d.Trunks {
		i := slices.IndexFunc(c.Trunks, func(t trunkConfig) bool { return t.Name == name })
		if i < 0 {
			return fmt.Errorf("trunks: there is no trunk %q in the configuration", name)
		}
		if d.RingTimeout < campaigns.MinRing && !c.Trunks[i].local() {
			return fmt.Errorf("ring_timeout: %s is shorter than %s, which trunk %q needs", d.RingTimeout, campaigns.MinRing, name)
		}
	}
	if err := c.owns(d); err != nil {
		return err
	}
	return c.follows(d)
}

// campaignArg names a campaign.
type campaignArg struct {
	Name string `arg:"" help:"The campaign's name."`
}

type (
	campaignStartCmd  struct{ campaignArg }
	campaignPauseCmd  struct{ campaignArg }
	campaignResumeCmd struct {
		Name string `arg:"" optional:"" help:"The campaign's name."`
		All  bool   `help:"Lift stop --all."`
	}
	campaignStopCmd struct {
		Name string `arg:"" optional:"" help:"The campaign's name."`
		All  bool   `help:"Hold all campaigns on all nodes, also after a restart, until resume --all."`
		Why  string `placeholder:"TEXT" help:"The reason, kept with --all."`
		Yes  bool   `help:"Do not ask."`
	}
)

// Run begins a draft.
func (c *campaignStartCmd) Run(a *app) error {
	return c.turn(a, func(s *store.Store, ctx context.Context, id campaigns.ID, now time.Time) (campaigns.Campaign, error) {
		cfg, err := a.loadConfig()
		if err != nil {
			return campaigns.Campaign{}, err
		}
		campaign, err := s.Campaign(ctx, id)
		if err != nil {
			return campaign, err
		}
		if err := cfg.permits(campaign.Definition); err != nil {
			return campaign, fmt.Errorf("start campaign %s: %w", campaign.Name, err)
		}
		if err := cfg.attends(ctx, s, campaign.Definition, campaign.FlowHash); err != nil {
			return campaign, fmt.Errorf("start campaign %s: %w", campaign.Name, err)
		}
		return s.Start(ctx, id, now)
	})
}

// Run holds a running campaign.
func (c *campaignPauseCmd) Run(a *app) error { return c.turn(a, (*store.Store).Pause) }

// Run goes on with a paused campaign.
func (c *campaignResumeCmd) Run(a *app) error {
	if err := oneOrAll(c.Name, c.All); err != nil {
		return err
	}
	if c.All {
		return resumeAll(a)
	}
	return campaignArg{c.Name}.turn(a, (*store.Store).Resume)
}

// Run ends a campaign for good, after asking.
func (c *campaignStopCmd) Run(a *app) error {
	if err := oneOrAll(c.Name, c.All); err != nil {
		return err
	}
	if c.All {
		return stopAll(a, c.Why, c.Yes)
	}
	if !c.Yes && !a.confirm(fmt.Sprintf("Stop campaign %s for good? Its remaining contacts will not be called.", c.Name)) {
		return errors.New("not stopped; to hold it for a while: careline campaign pause " + c.Name)
	}
	return campaignArg{c.Name}.turn(a, (*store.Store).Stop)
}

// turn changes a campaign's state.
func (c campaignArg) turn(
	a *app, change func(*store.Store, context.Context, campaigns.ID, time.Time) (campaigns.Campaign, error),
) error {
	return a.withStore(func(_ config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		campaign, err = change(s, a.ctx, campaign.ID, time.Now())
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "campaign %s: %s\n", campaign.Name, campaign.State)
		return nil
	})
}

// noCampaign says what to do about a campaign that is not there.
func noCampaign(name string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no campaign %q; careline campaign status lists them", name)
	}
	return err
}

type campaignStatusCmd struct {
	Name string `arg:"" optional:"" help:"The campaign's name; all when left out."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// campaignStatus is one line of the list.
type campaignStatus struct {
	Name      string          `json:"name"`
	State     campaigns.State `json:"state"`
	Submitted int             `json:"submitted"`
	Pending   int             `json:"pending"`
	Dialing   int             `json:"dialing"`
	Attempts  int             `json:"attempts"`
	Connected int             `json:"connected"`
	Completed int             `json:"completed"`
	Accepted  int             `json:"accepted"`
	Unknown   int             `json:"unknown"`
	Down      []string        `json:"trunks_down,omitempty"` // why no trunk of a running campaign is up
}

// Run lists campaigns.
func (c *campaignStatusCmd) Run(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		list, err := statuses(a.ctx, s, c.Name)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(a.out).Encode(list)
		}
		if len(list) == 0 {
			fmt.Fprintln(a.out, "No campaigns yet. Make one: careline campaign create FILE")
			return nil
		}
		printStatuses(a.out, list)
		for _, v := range list {
			printDown(a.out, v.Name+" places no calls: ", v.Down)
		}
		return tellAlarms(a, s)
	})
}

// statuses reads one campaign, or all when name is empty.
func statuses(ctx context.Context, s *store.Store, name string) ([]campaignStatus, error) {
	list, err := s.Campaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := []campaignStatus{}
	for _, c := range list {
		if name != "" && c.Name != name {
			continue
		}
		f, err := s.Funnel(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		var down []string
		if c.State == campaigns.Running {
			if down, err = downTrunks(ctx, s, c.Trunks, time.Now()); err != nil {
				return nil, err
			}
		}
		out = append(out, campaignStatus{
			Down: down, Name: c.Name, State: c.State, Submitted: f.Submitted, Attempts: f.Attempts,
			Pending: f.ByState[campaigns.Pending], Dialing: f.ByState[campaigns.Dialing], Unknown: f.ByState[campaigns.Unknown],
			Connected: f.Connected, Completed: f.Completed, Accepted: f.Accepted,
		})
	}
	if name != "" && len(out) == 0 {
		return nil, noCampaign(name, store.ErrNotFound)
	}
	return out, nil
}
