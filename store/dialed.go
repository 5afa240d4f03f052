package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
)

// dialedRow is a call by a trunk that is no attempt.
type dialedRow struct {
	ID       string  `db:"id"`
	Trunk    string  `db:"trunk"`
	Day      string  `db:"day"`
	Price    int64   `db:"price"`
	At       instant `db:"at"`
	JoinedAt instant `db:"joined_at"` // of its talk
	EndedAt  instant `db:"ended_at"`
}

const (
	insertDialed = `INSERT INTO dialed (id, trunk, day, price, at) VALUES (:id, :trunk, :day, :price, :at)`
	runningTalks = `
SELECT CAST(COALESCE(SUM(($3 - t.joined_at + 59999) / 60000), 0) AS BIGINT) AS minutes,
	CAST(COALESCE(SUM(($3 - t.joined_at + 59999) / 60000 * d.price), 0) AS BIGINT) AS spend
FROM dialed d JOIN talks t ON t.agent_call = d.id
WHERE t.ended_at = 0 AND t.joined_at > 0 AND d.trunk = $1 AND d.day = $2`
	talked = `
SELECT d.*, t.joined_at, t.ended_at FROM dialed d JOIN talks t ON t.agent_call = d.id
WHERE t.ended_at > 0 AND d.id = $1`
	allTalked = `
SELECT d.*, t.joined_at, t.ended_at FROM dialed d JOIN talks t ON t.agent_call = d.id
WHERE t.ended_at > 0`
	deleteDialed = `DELETE FROM dialed WHERE id = $1`
	forgetDialed = `DELETE FROM dialed WHERE at < $1`
)

// chargeTalk counts the minutes of a talk that is over into the day of the trunk
// that it went by, once.
func chargeTalk(ctx context.Context, tx *txn, t call.Talk) error {
	if len(chargedBy(t)) == 0 {
		return nil
	}
	return chargeAll(ctx, tx, talked, t.AgentCall)
}

// chargeAll counts the minutes of the talks that a query finds.
func chargeAll(ctx context.Context, tx *txn, query string, args ...any) error {
	var rows []dialedRow
	if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
		return fmt.Errorf("find calls to be charged: %w", err)
	}
	for _, r := range rows {
		if _, err := tx.ExecContext(ctx, deleteDialed, r.ID); err != nil {
			return fmt.Errorf("charge call %s: %w", r.ID, err)
		}
		if r.JoinedAt.IsZero() {
			continue
		}
		minutes := startedMinutes(r.EndedAt.Sub(r.JoinedAt.Time))
		if _, err := tx.ExecContext(ctx, addToDay, r.Trunk, r.Day, 0, minutes, minutes*r.Price); err != nil {
			return fmt.Errorf("charge call %s: %w", r.ID, err)
		}
	}
	return nil
}

// dialed charges what an earlier run left, and forgets calls that no talk tells of.
func (r recovery) dialed(ctx context.Context) error {
	if err := chargeAll(ctx, r.tx, allTalked); err != nil {
		return err
	}
	_, err := r.tx.ExecContext(ctx, forgetDialed, ms(r.now.Add(-48*time.Hour)))
	return err
}
