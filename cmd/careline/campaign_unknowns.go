package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

// campaignUnknownsCmd lists contacts of which nobody knows whether they were
// reached, decides on them, or lists what was decided.
type campaignUnknownsCmd struct {
	campaignArg
	Who     []string `arg:"" optional:"" name:"number" help:"Only these: numbers, as +8613800138000 or as they are dialed at home, or contacts by their id."`
	Redial  bool     `xor:"decision" help:"Have them called again; a campaign that has finished runs again for them."`
	Close   bool     `xor:"decision" help:"Leave them as they are, for good: they count as not reached."`
	Decided bool     `xor:"decision" help:"List what was decided, when, by whom and why."`
	Why     string   `placeholder:"TEXT" help:"The reason; it is recorded with the decision, which needs it."`
	By      string   `env:"USER" default:"${whoami}" placeholder:"NAME" help:"Who decides (default: the user)."`
	Yes     bool     `help:"Do not ask."`
	JSON    bool     `name:"json" help:"Print one JSON array: the list, or with a decision those who were decided on."`
}

// unknown is one line of the list.
type unknown struct {
	Contact   campaigns.ContactID `json:"contact"`
	Number    string              `json:"number"`
	Trunk     string              `json:"trunk"`
	Node      string              `json:"node"`
	Attempt   string              `json:"attempt"` // careline calls show tells more of it
	Ordinal   int                 `json:"ordinal"` // 1 is the first attempt on the contact
	BegunAt   time.Time           `json:"begun_at"`
	RingingAt time.Time           `json:"ringing_at,omitzero"`
	EndedAt   time.Time           `json:"ended_at"` // when it was given up
	Evidence  campaigns.Evidence  `json:"evidence"`
	Now       string              `json:"now,omitempty"` // what was decided on it just now: pending or exhausted
}

// Run lists the unknowns, and settles them where a decision is given.
func (c *campaignUnknownsCmd) Run(a *app) error {
	decides := c.Redial || c.Close
	switch {
	case decides && c.Why == "":
		return fmt.Errorf("%w: say --why; the reason is recorded with the decision", errUsage)
	case decides && c.JSON && !c.Yes:
		return fmt.Errorf("%w: with --json nobody is asked; say --yes", errUsage)
	}
	return a.withStore(func(cfg config, s *store.Store) error {
		campaign, err := s.CampaignNamed(a.ctx, c.Name)
		if err != nil {
			return noCampaign(c.Name, err)
		}
		if c.Decided {
			return c.decisions(a, s, campaign.ID)
		}
		list, err := s.Unknowns(a.ctx, campaign.ID)
		if err == nil {
			list, err = c.chosen(list, cfg.Region)
		}
		switch {
		case err != nil:
			return err
		case decides && len(list) > 0:
			return c.decide(a, s, campaign, list)
		default:
			return c.print(a, list)
		}
	})
}

// chosen are those of the list that are named, or all of it.
func (c *campaignUnknownsCmd) chosen(list []campaigns.Attempt, region string) ([]campaigns.Attempt, error) {
	if len(c.Who) == 0 {
		return list, nil
	}
	var some []campaigns.Attempt
	for _, who := range c.Who {
		number, err := phone.Parse(who, region)
		i := slices.IndexFunc(list, func(t campaigns.Attempt) bool {
			return string(t.Contact) == who || err == nil && t.Number == number
		})
		if i < 0 {
			return nil, fmt.Errorf("%s is not among the unknowns of campaign %s; nothing was decided", who, c.Name)
		}
		if !slices.ContainsFunc(some, func(t campaigns.Attempt) bool { return t.ID == list[i].ID }) {
			some = append(some, list[i])
		}
	}
	return some, nil
}

func newUnknown(t campaigns.Attempt) unknown {
	return unknown{
		Contact: t.Contact, Number: string(t.Number), Trunk: t.Trunk, Node: t.Node, Attempt: string(t.ID), Ordinal: t.Ordinal,
		BegunAt: t.BegunAt, RingingAt: t.RingingAt, EndedAt: t.EndedAt, Evidence: t.Evidence,
	}
}

func (c *campaignUnknownsCmd) print(a *app, list []campaigns.Attempt) error {
	if c.JSON {
		out := make([]unknown, 0, len(list))
		for _, t := range list {
			out = append(out, newUnknown(t))
		}
		return json.NewEncoder(a.out).Encode(out)
	}
	if len(list) == 0 {
		fmt.Fprintf(a.out, "Campaign %s has no unknowns: of every attempt it is known how it ended.\n", c.Name)
		return nil
	}
	c.table(a.out, list)
	fmt.Fprintf(a.out, "They are not called again on their own. Decide: careline campaign unknowns %s [NUMBER ...] --redial|--close --why TEXT\n", c.Name)
	return nil
}

// table writes what is known.
func (*campaignUnknownsCmd) table(w io.Writer, list []campaigns.Attempt) {
	fmt.Fprintf(w, "%-18s %-20s %-7s %-9s %-12s %s\n", "number", "begun", "attempt", "rang", "trunk", "what is known")
	for _, t := range list {
		rang := "no"
		if !t.RingingAt.IsZero() {
			rang = t.RingingAt.Local().Format(time.TimeOnly)
		}
		fmt.Fprintf(w, "%-18s %-20s %-7d %-9s %-12s %s\n", t.Number, t.BegunAt.Local().Format(time.DateTime), t.Ordinal, rang, t.Trunk, known(t))
	}
}

// known says what is known of an attempt in words.
func known(t campaigns.Attempt) string {
	text := cmp.Or(t.Evidence.Text, "nothing")
	if t.Evidence.Status > 0 {
		text = fmt.Sprintf("%d %s", t.Evidence.Status, text)
	}
	return fmt.Sprintf("%s (node %s, %s)", text, t.Node, t.EndedAt.Local().Format(time.TimeOnly))
}

// decide settles each contact, after showing them and asking.
func (c *campaignUnknownsCmd) decide(a *app, s *store.Store, campaign campaigns.Campaign, list []campaigns.Attempt) error {
	if !c.JSON {
		c.table(a.out, list)
	}
	to, question := campaigns.Exhausted, fmt.Sprintf("Close %s? They will not be called.", contactsIn(len(list)))
	if c.Redial {
		to, question = campaigns.Pending, fmt.Sprintf("Call %s again? Some may have been reached already.", contactsIn(len(list)))
		if campaign.State == campaigns.Finished {
			question += " The campaign has finished and will run again."
		}
	}
	if !c.Yes && !a.confirm(question) {
		return errors.New("nothing was decided")
	}
	var done []unknown
	var others []error
	for _, t := range list {
		err := s.Decide(a.ctx, store.Decision{Contact: t.Contact, To: to, Why: c.Why, Who: c.By, At: time.Now()})
		if err != nil && !errors.Is(err, store.ErrNotAllowed) {
			return fmt.Errorf("after %d of %d: %w", len(done), len(list), err)
		}
		if err != nil {
			others = append(others, fmt.Errorf("%s: %w", t.Number, err))
			continue
		}
		u := newUnknown(t)
		u.Now = string(to)
		done = append(done, u)
	}
	return errors.Join(c.tell(a, done, to), errors.Join(others...))
}

// tell says what was decided.
func (c *campaignUnknownsCmd) tell(a *app, done []unknown, to campaigns.ContactState) error {
	if c.JSON {
		return json.NewEncoder(a.out).Encode(append([]unknown{}, done...))
	}
	fmt.Fprintf(a.out, "now %s: %s; careline campaign unknowns %s --decided tells what was decided\n", to, contactsIn(len(done)), c.Name)
	return nil
}

func contactsIn(n int) string {
	if n == 1 {
		return "1 contact"
	}
	return fmt.Sprintf("%d contacts", n)
}

// decided is one line of the record.
type decided struct {
	At       time.Time           `json:"at"`
	By       string              `json:"by"`
	Contact  campaigns.ContactID `json:"contact"`
	Number   string              `json:"number"`
	Attempt  string              `json:"attempt"`
	Decision string              `json:"decision"` // redial or close
	Why      string              `json:"why"`
}

// decisions lists what was decided.
func (c *campaignUnknownsCmd) decisions(a *app, s *store.Store, id campaigns.ID) error {
	list, err := s.Decisions(a.ctx, id)
	if err != nil {
		return err
	}
	out := make([]decided, 0, len(list))
	for _, d := range list {
		line := decided{At: d.At, By: d.Who, Contact: d.Contact, Number: string(d.Number), Attempt: string(d.Attempt), Decision: "close", Why: d.Why}
		if d.To == campaigns.Pending {
			line.Decision = "redial"
		}
		out = append(out, line)
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	if len(out) == 0 {
		fmt.Fprintf(a.out, "Nothing was decided on campaign %s.\n", c.Name)
		return nil
	}
	fmt.Fprintf(a.out, "%-20s %-12s %-8s %-18s %s\n", "when", "by", "decision", "number", "why")
	for _, d := range out {
		by := cmp.Or(strings.TrimSpace(d.By), "-")
		fmt.Fprintf(a.out, "%-20s %-12s %-8s %-18s %s\n", d.At.Local().Format(time.DateTime), by, d.Decision, d.Number, d.Why)
	}
	return nil
}
