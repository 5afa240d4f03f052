package main

import (
	"errors"
	"fmt"
	"time"

	"careline/store"
)

// stopAll holds every campaign on every node until it is lifted, also after a
// restart.
func stopAll(a *app, why string, yes bool) error {
	if !yes && !a.confirm("Hold all campaigns on all nodes, until: careline campaign resume --all?") {
		return errors.New("nothing was stopped")
	}
	return a.withStore(func(_ config, s *store.Store) error {
		if err := s.StopAll(a.ctx, why, time.Now()); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "All campaigns are held; calls in progress run to their end. Lift it: careline campaign resume --all")
		return nil
	})
}

// resumeAll lifts stopAll.
func resumeAll(a *app) error {
	return a.withStore(func(_ config, s *store.Store) error {
		if err := s.LiftStop(a.ctx); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "Campaigns go on as they stood.")
		return nil
	})
}

// oneOrAll tells whether a command means one campaign or all.
func oneOrAll(name string, all bool) error {
	if (name == "") == !all {
		return fmt.Errorf("%w: name a campaign, or say --all", errUsage)
	}
	if name != "" && all {
		return fmt.Errorf("%w: a name and --all do not go together", errUsage)
	}
	return nil
}
