package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// lostFor is how long the network may still have a call that nobody carries any
// more: an answer is repeated for 32 s while nobody confirms it.
const lostFor = time.Minute

const upsertLost = `
INSERT INTO lost_calls (attempt, owner, until) VALUES ($1, $2, $3)
ON CONFLICT (attempt) DO UPDATE SET owner = excluded.owner`

// lose has an owner see to it that an attempt's call ends.
func lose(ctx context.Context, tx *txn, id campaigns.AttemptID, owner string, now time.Time) error {
	if _, err := tx.ExecContext(ctx, upsertLost, id, owner, ms(now.Add(lostFor))); err != nil {
		return fmt.Errorf("note a lost call: %w", err)
	}
	return nil
}

const (
	forgetLost   = `DELETE FROM lost_calls WHERE until <= $1`
	lostAttempts = `
SELECT a.* FROM lost_calls l JOIN attempts a ON a.id = l.attempt WHERE l.owner IN (?) ORDER BY a.id`
)

// lost takes over the calls that those who are gone were to end.
func (r recovery) lost(ctx context.Context) ([]attemptRow, error) {
	if _, err := r.tx.ExecContext(ctx, forgetLost, ms(r.now)); err != nil {
		return nil, fmt.Errorf("forget lost calls: %w", err)
	}
	var rows []attemptRow
	if err := r.list(ctx, &rows, lostAttempts); err != nil {
		return nil, fmt.Errorf("find lost calls: %w", err)
	}
	for _, row := range rows {
		if err := lose(ctx, r.tx, row.ID, r.self, r.now); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
