package main

import (
	"context"
	"errors"
	"time"

	"careline/store"
)

// seat makes sure that this is the only node with agents, where it has some, and
// finds the callers at carriers whom an earlier run had in its queues.
func (s *service) seat(ctx context.Context) error {
	if len(s.cfg.Agents) == 0 {
		return nil
	}
	now := time.Now()
	_, err := s.store.Renew(ctx, s.cfg.Node, now)
	var elsewhere *store.AgentsElsewhereError
	if errors.As(err, &elsewhere) {
		return err
	}
	if err != nil { // the dialer tells of it, and tries again
		return nil //nolint:nilerr // likewise
	}
	s.orphans, err = s.store.LeftInQueues(ctx, now)
	return err
}
