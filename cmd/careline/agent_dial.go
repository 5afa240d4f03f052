package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

type agentDialCmd struct {
	agentArg
	Number string `placeholder:"N" help:"Another number of the customer than the first on the card."`
}

// longestTalk is how long a command looks at a call.
const longestTalk = 2 * time.Hour

// Run has the service ring the agent's phone and then the customer, and says how
// that goes, until the call is over.
func (c *agentDialCmd) Run(a *app) error {
	return c.at(a, func(cfg config, s *store.Store, p campaigns.Assignment) error {
		number, err := c.chosen(a, cfg, s, p)
		if err != nil {
			return err
		}
		asked := time.Now()
		was := p
		if p, err = s.AskPreview(a.ctx, p.ID, number, asked); err != nil {
			return c.advise(was, err)
		}
		told := p.Told
		_, err = soonEnough(a, longestTalk, func() (bool, error) {
			is, bad := s.Preview(a.ctx, p.ID)
			if bad != nil {
				return false, bad
			}
			if is.Told != told {
				told = is.Told
				fmt.Fprintln(a.out, told)
			}
			p = is
			if is.State == campaigns.CustomerAsked && time.Since(asked) > noticed {
				return true, nil
			}
			return !is.State.Calls(), nil
		})
		if err != nil {
			return err
		}
		return c.over(a, p)
	})
}

// over says what can be done next.
func (c *agentDialCmd) over(a *app, p campaigns.Assignment) error {
	switch p.State {
	case campaigns.CustomerAsked:
		return fmt.Errorf("no service has taken it up within %v; careline serve must run; then ask again", noticed)
	case campaigns.CustomerTaken:
		return fmt.Errorf("the customer was not called; try again (after a break: careline agent ready %s), or: careline agent skip %s", c.Name, c.Name)
	case campaigns.CustomerEnded:
		fmt.Fprintf(a.out, "Next: careline agent result %s\n", c.Name)
		return nil
	default:
		return fmt.Errorf("the customer is not yours any more; take another: careline agent next %s", c.Name)
	}
}

// chosen is the number to call; empty is the first on the card.
func (c *agentDialCmd) chosen(a *app, cfg config, s *store.Store, p campaigns.Assignment) (phone.Number, error) {
	if c.Number == "" {
		return "", nil
	}
	n, err := phone.Parse(c.Number, cfg.Region)
	if err != nil {
		return "", fmt.Errorf("%w: --number: %w", errUsage, err)
	}
	contact, err := s.Contact(a.ctx, p.Contact)
	if err != nil {
		return "", err
	}
	if !slices.Contains(contact.Numbers(), n) {
		return "", errors.New("--number: it is none of the customer's; the card lists them")
	}
	return n, nil
}
