package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/store"
)

// campaignUnknownsCmd lists contacts of which nobody knows whether they were
// reached, or decides on them.
type campaignUnknownsCmd struct {
	campaignArg
	Redial bool   `xor:"decision" help:"Have them called again."`
	Close  bool   `xor:"decision" help:"Leave them as they are, for good: they count as not reached."`
	Why    string `placeholder:"TEXT" help:"The reason; it is recorded with the decision, which needs it."`
	Yes    bool   `help:"Do not ask."`
	JSON   bool   `name:"json" help:"Print the list as JSON."`
}

// unknown is one line of the list.
type unknown struct {
	Contact   campaigns.ContactID `json:"contact"`
	Number    string              `json:"number"`
	Trunk     string              `json:"trunk"`
	BegunAt   time.Time           `json:"begun_at"`
	RingingAt time.Time           `json:"ringing_at,omitzero"`
	Evidence  campaigns.Evidence  `json:"evidence"`
}

// Run lists the unknowns, and settles all of them where a decision is given.
func (c *campaignUnknownsCmd) Run(a *app) error {
	decides := c.Redial || c.Close
	if decides && c.Why == "" {
		return fmt.Errorf("%w: say --why; the reason is recorded with the decision", errUsage)
	}
	return a.withStore(func(_ config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		list, err := s.Unknowns(a.ctx, campaign.ID)
		if err != nil {
			return err
		}
		if err := c.print(a, list); err != nil || !decides || len(list) == 0 {
			return err
		}
		return c.decide(a, s, list)
	})
}

func (c *campaignUnknownsCmd) print(a *app, list []campaigns.Attempt) error {
	if c.JSON {
		out := make([]unknown, 0, len(list))
		for _, t := range list {
			out = append(out, unknown{t.Contact, string(t.Number), t.Trunk, t.BegunAt, t.RingingAt, t.Evidence})
		}
		return json.NewEncoder(a.out).Encode(out)
	}
	if len(list) == 0 {
		fmt.Fprintf(a.out, "Campaign %s has no unknowns: of every attempt it is known how it ended.\n", c.Name)
		return nil
	}
	fmt.Fprintf(a.out, "%-18s %-20s %-9s %s\n", "number", "begun", "rang", "what is known")
	for _, t := range list {
		rang := "no"
		if !t.RingingAt.IsZero() {
			rang = "yes"
		}
		fmt.Fprintf(a.out, "%-18s %-20s %-9s %s\n", t.Number, t.BegunAt.Local().Format(time.DateTime), rang, t.Evidence.Text)
	}
	if !c.Redial && !c.Close {
		fmt.Fprintf(a.out, "They are not called again on their own. Decide: careline campaign unknowns %s --redial|--close --why TEXT\n", c.Name)
	}
	return nil
}

// decide settles each contact, after asking.
func (c *campaignUnknownsCmd) decide(a *app, s *store.Store, list []campaigns.Attempt) error {
	to, question := campaigns.Exhausted, "Close %d contacts? They will not be called."
	if c.Redial {
		to, question = campaigns.Pending, "Call %d contacts again? Some may have been reached already."
	}
	if !c.Yes && !a.confirm(fmt.Sprintf(question, len(list))) {
		return errors.New("nothing was decided")
	}
	for i, t := range list {
		if err := s.Decide(a.ctx, t.Contact, to, c.Why, time.Now()); err != nil {
			return fmt.Errorf("after %d of %d: %w", i, len(list), err)
		}
	}
	fmt.Fprintf(a.out, "%d contacts are now %s\n", len(list), to)
	return nil
}
