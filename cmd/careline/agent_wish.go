package main

import (
	"fmt"
	"time"

	"careline/agents"
	"careline/store"
)

type (
	agentReadyCmd struct{ agentArg }
	agentBreakCmd struct{ agentArg }
)

// Run has an agent take calls.
func (c *agentReadyCmd) Run(a *app) error { return c.ask(a, agents.Ready) }

// Run has an agent take none.
func (c *agentBreakCmd) Run(a *app) error { return c.ask(a, agents.Break) }

// noticed is how long a command waits for a service to do what it asks.
const noticed = 3 * time.Second

// ask has the service set what the agent wishes.
func (c agentArg) ask(a *app, w agents.Wish) error {
	return a.withStore(func(cfg config, s *store.Store) error {
		if _, err := c.known(cfg); err != nil {
			return err
		}
		if err := s.AskWish(a.ctx, c.Name, w, time.Now()); err != nil {
			return err
		}
		done, err := soonEnough(a, noticed, func() (bool, error) {
			left, err := s.Wishes(a.ctx)
			for _, l := range left {
				if l.Agent == c.Name {
					return false, err
				}
			}
			return true, err
		})
		switch {
		case err != nil:
			return err
		case !done:
			fmt.Fprintf(a.out, "%s: %s as soon as the service runs\n", c.Name, w)
		default:
			fmt.Fprintf(a.out, "%s: %s\n", c.Name, w)
		}
		if w == agents.Ready {
			return c.tellOffline(a, cfg, s)
		}
		return nil
	})
}

// tellOffline says that an agent who is ready gets no calls without a phone.
func (c agentArg) tellOffline(a *app, cfg config, s *store.Store) error {
	list, err := agentStatuses(a, cfg, s)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.Name == c.Name && v.Presence == agents.Offline {
			fmt.Fprintf(a.out, "No phone of %s is registered: no calls come until one is.\n", c.Name)
		}
	}
	return nil
}

// soonEnough asks again and again, for so long at most, whether something is done.
func soonEnough(a *app, limit time.Duration, done func() (bool, error)) (bool, error) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return ok, err
		}
		select {
		case <-look.C:
		case <-late.C:
			return false, nil
		case <-a.ctx.Done():
			return false, a.ctx.Err()
		}
	}
}
