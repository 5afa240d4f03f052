package main

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/store"
)

// slowed says of each trunk that places fewer calls than configured, by node and
// name, how many, and until when it rests: the running campaigns note it.
func slowed(ctx context.Context, s *store.Store, now time.Time) (map[[2]string]string, error) {
	running, err := s.Running(ctx)
	if err != nil {
		return nil, err
	}
	all, latest := make(map[[2]string]string), make(map[[2]string]time.Time)
	for _, c := range running {
		list, err := s.Standings(ctx, c.ID, now)
		if err != nil {
			return nil, err
		}
		for _, standing := range list {
			for _, t := range standing.Trunks {
				key := [2]string{standing.Node, t.Name}
				if standing.At.Before(latest[key]) {
					continue
				}
				latest[key], all[key] = standing.At, pushedBack(t, now)
			}
		}
	}
	return all, nil
}

// pushedBack is how a trunk is slowed, in words; empty where it is not.
func pushedBack(t campaigns.Carrier, now time.Time) string {
	text := ""
	if t.Rate < t.Of {
		text = fmt.Sprintf("its carrier pushes back: %.1f calls/s of %.1f", t.Rate, t.Of)
	}
	if t.Rests.After(now) {
		if text == "" {
			text = "its carrier pushes back"
		}
		text += ", none for " + roughly(t.Rests.Sub(now))
	}
	return text
}
