package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"careline/call"
)

// trunkDay is a day of a trunk that has a cap.
type trunkDay struct{ trunk, day string }

func (d trunkDay) compare(other trunkDay) int {
	return cmp.Or(cmp.Compare(d.trunk, other.trunk), cmp.Compare(d.day, other.day))
}

// day is the day that the attempt counts into; it has no trunk where that has no
// cap.
func (g *beginning) day() trunkDay {
	if g.b.Cap.Day == "" {
		return trunkDay{}
	}
	return trunkDay{g.b.Attempt.Trunk, g.b.Cap.Day}
}

// charging is an op that counts minutes of calls into the days of their trunks.
type charging interface{ charges() []string }

func (e endAttempt) charges() []string { return []string{string(e.Attempt)} }

func (v voidAttempt) charges() []string { return []string{string(v.ID)} }

func (t saveTalk) charges() []string { return chargedBy(t.Talk) }

// chargedBy names the call whose minutes a talk that is over has used.
func chargedBy(t call.Talk) []string {
	if t.EndedAt.IsZero() || t.AgentCall == "" {
		return nil
	}
	return []string{t.AgentCall}
}

// lockDays holds days of trunks until the transaction ends. As with numbers, a
// transaction locks all that it needs at once, before any other row, and in one
// order.
func (s *Store) lockDays(ctx context.Context, tx *txn, days ...trunkDay) error {
	slices.SortFunc(days, trunkDay.compare)
	for _, d := range slices.Compact(days) {
		s.capped.Store(true)
		if _, err := tx.ExecContext(ctx, insertDay, d.trunk, d.day); err != nil {
			return fmt.Errorf("count the day of trunk %s: %w", d.trunk, err)
		}
		if _, err := tx.ExecContext(ctx, selectDay+s.d.forUpdate, d.trunk, d.day); err != nil {
			return fmt.Errorf("lock the day of trunk %s: %w", d.trunk, err)
		}
	}
	return nil
}

// daysOf holds, in that order, the days that calls count into.
const daysOf = `
SELECT trunk FROM trunk_days WHERE (trunk, day) IN (
	SELECT trunk, cap_day FROM attempts WHERE id = ANY($1) AND cap_day <> ''
	UNION SELECT trunk, day FROM dialed WHERE id = ANY($1)) ORDER BY trunk, day FOR UPDATE`

// lockDaysOf holds the days that calls count into. Where no trunk had a cap since
// the service began it does not look for any.
func (s *Store) lockDaysOf(ctx context.Context, tx *txn, calls []string) error {
	if len(calls) == 0 || !s.capped.Load() {
		return nil
	}
	if _, err := tx.ExecContext(ctx, daysOf, pq.Array(calls)); err != nil {
		return fmt.Errorf("lock the days of %d calls: %w", len(calls), err)
	}
	return nil
}
