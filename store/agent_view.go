package store

import (
	"context"
	"fmt"
	"time"

	"careline/agents"
)

const (
	registeredAgents = `SELECT DISTINCT agent FROM bindings WHERE expires > $1`
	talkingAgents    = `SELECT DISTINCT agent FROM talks WHERE agent <> '' AND ended_at = 0 AND joined_at > 0`
)

// AgentViews tells what each of the agents does, as far as the tables know: a
// phone that is registered and does not answer any more counts as there.
func (s *Store) AgentViews(ctx context.Context, people []agents.Agent, now time.Time) ([]agents.View, error) {
	records, err := s.AgentRecords(ctx)
	if err != nil {
		return nil, err
	}
	there, talking := map[string]bool{}, map[string]bool{}
	var names []string
	if err := s.read.SelectContext(ctx, &names, registeredAgents, ms(now)); err != nil {
		return nil, fmt.Errorf("list the phones that are there: %w", err)
	}
	for _, n := range names {
		there[n] = true
	}
	names = nil
	if err := s.read.SelectContext(ctx, &names, talkingAgents); err != nil {
		return nil, fmt.Errorf("list the agents who talk: %w", err)
	}
	for _, n := range names {
		talking[n] = true
	}
	byName := map[string]agents.Record{}
	for _, r := range records {
		byName[r.Agent] = r
	}
	views := make([]agents.View, len(people))
	for i, a := range people {
		record, known := byName[a.Name]
		if !known {
			record = agents.Record{Agent: a.Name, Wish: agents.Break}
		}
		views[i] = agents.View{Agent: a, Record: record, Reachable: there[a.Name], OnCall: talking[a.Name]}
	}
	return views, nil
}
