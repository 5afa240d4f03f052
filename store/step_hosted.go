package store

import (
	"context"
	"database/sql"
	"errors"
)

const (
	endOfAttempt = `SELECT ended_at FROM attempts WHERE id = $1`
	endOfCall    = `SELECT ended_at FROM calls WHERE id = $1`
	noteOptOut   = `UPDATE attempts SET opted_out = 1 WHERE id = $1`
)

// parted notes what a step at a carrier means for the call's attempt, which may
// have ended: a report of keys may be overtaken by that of the end. Until then
// what was said waits for the end to be counted.
func (c commitStep) parted(ctx context.Context, s *Store, tx *txn) error {
	if len(c.OptOuts) > 0 {
		if _, err := tx.ExecContext(ctx, noteOptOut, c.CallID); err != nil {
			return err
		}
	}
	if len(c.Answers) == 0 {
		return nil
	}
	// The attempt is held, so that its end sees the answers, or is seen here.
	var ended instant
	err := tx.GetContext(ctx, &ended, endOfAttempt+s.d.forUpdate, c.CallID)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.GetContext(ctx, &ended, endOfCall, c.CallID) // which the step holds
	}
	if err != nil || ended.IsZero() {
		return err
	}
	return c.reconsider(ctx, s, tx)
}
