package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
)

// AgentsElsewhereError is returned to a node with agents while another one has
// some: callers would wait at one node for agents who are at the other, and both
// would count by themselves how many were abandoned.
type AgentsElsewhereError struct {
	NodeTakenError // of the other node
}

// Error says who has agents and what to do.
func (e *AgentsElsewhereError) Error() string {
	return fmt.Sprintf("agents are configured at node %q too (process %d on %s, until %s): have them at one node of a database alone, "+
		"and take agents and queues out of the configuration of the others", e.Node, e.PID, e.Host, e.Until.Format(time.RFC3339))
}

const (
	lockSeats   = `SELECT n FROM changes WHERE id = 1`
	selectSeats = `SELECT * FROM nodes WHERE agents = 1 AND name <> $1 AND lease_until >= $2 ORDER BY name`
)

// checkSeats finds another live node that has agents, where this one has some.
// Of nodes that begin at the same moment one is let in.
func (s *Store) checkSeats(ctx context.Context, tx *txn, self nodeRow, now time.Time) error {
	if self.Agents == 0 {
		return nil
	}
	var n int64
	if err := tx.GetContext(ctx, &n, lockSeats+s.d.forUpdate); err != nil {
		return fmt.Errorf("look for agents of other nodes: %w", err)
	}
	var others []nodeRow
	if err := tx.SelectContext(ctx, &others, selectSeats, self.Name, ms(now)); err != nil {
		return fmt.Errorf("look for agents of other nodes: %w", err)
	}
	for _, o := range others {
		if o.lives(self) {
			return &AgentsElsewhereError{NodeTakenError{Node: o.Name, Host: o.Host, PID: o.PID, Until: o.LeaseUntil.Time}}
		}
	}
	return nil
}

const (
	selectSeated = `
SELECT t.* FROM talks t JOIN hosted_calls h ON h.id = t.call_id
WHERE t.ended_at = 0 AND t.queue <> '' AND h.phase < 5 AND h.name <> '' ORDER BY t.id`
	endSeated = `
UPDATE talks SET ended_at = $1, outcome = CASE WHEN joined_at > 0 THEN 'connected' ELSE 'failed' END
WHERE id = $2 AND ended_at = 0`
)

// LeftInQueues ends the talks that an earlier run of the node with the agents had
// with callers at carriers, and returns the calls that go on: nobody serves them
// any more. Callers whom their carrier has connected with an agent by itself are
// left to talk. It is meant for such a node that begins, once Renew has let it in.
func (s *Store) LeftInQueues(ctx context.Context, now time.Time) ([]call.Fact, error) {
	var ids []string
	err := s.tx(ctx, func(tx *txn) error {
		ids = nil
		var rows []talkRow
		if err := tx.SelectContext(ctx, &rows, selectSeated); err != nil {
			return err
		}
		for _, r := range rows {
			if r.elsewhere() {
				continue
			}
			if _, err := tx.ExecContext(ctx, endSeated, ms(now), r.ID); err != nil {
				return err
			}
			ids = append(ids, r.CallID)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the callers whom an earlier run had: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.Facts(ctx, ids)
}

// elsewhere tells whether the two talk by their carrier alone: no call of ours
// was placed to the agent's number.
func (r talkRow) elsewhere() bool {
	return r.Number != "" && r.Leg.v.CallID == "" && !r.JoinedAt.IsZero()
}
