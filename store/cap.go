package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"careline/call"
	"careline/campaigns"
)

// longestCharge bounds what a call is charged whose end nobody saw.
const longestCharge = 2 * time.Hour

// dayRow is what a trunk has carried in a day.
type dayRow struct {
	Calls   int64 `db:"calls"`
	Minutes int64 `db:"minutes"`
	Spend   int64 `db:"spend"`
}

func (r dayRow) use() campaigns.Use {
	return campaigns.Use{Calls: int(r.Calls), Minutes: int(r.Minutes), Spend: float64(r.Spend) / 1e6}
}

const (
	insertDay  = `INSERT INTO trunk_days (trunk, day) VALUES ($1, $2) ON CONFLICT (trunk, day) DO NOTHING`
	selectDay  = `SELECT calls, minutes, spend FROM trunk_days WHERE trunk = $1 AND day = $2`
	runningDay = `
SELECT CAST(COALESCE(SUM(($3 - answered_at + 59999) / 60000), 0) AS BIGINT) AS minutes,
	CAST(COALESCE(SUM(($3 - answered_at + 59999) / 60000 * price), 0) AS BIGINT) AS spend
FROM attempts WHERE ended_at = 0 AND answered_at > 0 AND trunk = $1 AND cap_day = $2`
	addToDay = `UPDATE trunk_days SET calls = calls + $3, minutes = minutes + $4, spend = spend + $5 WHERE trunk = $1 AND day = $2`
)

// TrunkUse is what a trunk has carried in a day, with the calls that are up.
func (s *Store) TrunkUse(ctx context.Context, trunk, day string, now time.Time) (u campaigns.Use, err error) {
	err = s.snapshot(ctx, func(tx *txn) error {
		u, err = used(ctx, tx, trunk, day, now, "")
		return err
	})
	if err != nil {
		return u, fmt.Errorf("count the day of trunk %s: %w", trunk, err)
	}
	return u, nil
}

// used counts a trunk's day; hold ends the statement that reads what is over.
//
//nolint:revive // argument-limit: a query and what is asked for
func used(ctx context.Context, tx *txn, trunk, day string, now time.Time, hold string) (campaigns.Use, error) {
	var over, running dayRow
	err := tx.GetContext(ctx, &over, selectDay+hold, trunk, day)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return campaigns.Use{}, err
	}
	for _, query := range []string{runningDay, runningTalks} {
		if err := tx.GetContext(ctx, &running, query, trunk, day, ms(now)); err != nil {
			return campaigns.Use{}, err
		}
		over.Minutes += running.Minutes
		over.Spend += running.Spend
	}
	return over.use(), nil
}

// count reads what the trunk of an attempt has carried, and holds the day until
// the transaction ends, so that no two nodes take its last call.
func (g *beginning) count(ctx context.Context, tx *txn) (campaigns.Use, error) {
	c, trunk := g.b.Cap, g.b.Attempt.Trunk
	if c.Day == "" {
		return campaigns.Use{}, nil
	}
	if _, err := tx.ExecContext(ctx, insertDay, trunk, c.Day); err != nil {
		return campaigns.Use{}, fmt.Errorf("count the day of trunk %s: %w", trunk, err)
	}
	u, err := used(ctx, tx, trunk, c.Day, g.now, g.s.d.forUpdate)
	if err != nil {
		return u, fmt.Errorf("count the day of trunk %s: %w", trunk, err)
	}
	return u, nil
}

// warn raises an alarm where the trunk's day is used up, or nearly so.
func (g *beginning) warn(ctx context.Context, tx *txn, u campaigns.Use) error {
	c := g.b.Cap
	text := c.Nears(u)
	if text == "" {
		return nil
	}
	if reached := c.Reached(u); reached != "" {
		text = reached + "; no more calls go by it until the day is over"
	}
	return raise(ctx, tx, call.Alarm{Kind: call.AlarmCap, Subject: g.b.Attempt.Trunk, Text: text, At: g.now, Until: c.Ends})
}

// charge counts a call into its trunk's day.
func (g *beginning) charge(ctx context.Context, tx *txn) error {
	if g.row.CapDay == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, addToDay, g.row.Trunk, g.row.CapDay, 1, 0, 0)
	return err
}

// charged counts what an attempt that has ended comes to. One of which nothing
// was sent was no call.
func charged(ctx context.Context, tx *txn, row attemptRow) error {
	var calls, minutes int64
	switch {
	case row.CapDay == "":
		return nil
	case row.Disposition == campaigns.NotPlaced:
		calls = -1
	case !row.AnsweredAt.IsZero():
		minutes = startedMinutes(row.EndedAt.Sub(row.AnsweredAt.Time))
	default:
		return nil
	}
	_, err := tx.ExecContext(ctx, addToDay, row.Trunk, row.CapDay, calls, minutes, minutes*row.Price)
	return err
}

// startedMinutes is what a call of that length is charged.
func startedMinutes(d time.Duration) int64 {
	return int64(math.Ceil(min(max(d, 0), longestCharge).Minutes()))
}

// millionths is a price as the tables keep it.
func millionths(price float64) int64 { return int64(math.Round(price * 1e6)) }

// TakeCall counts a call that is no attempt, as of a transfer, into its trunk's
// day. Where the day is used up it says so, and the call must not be placed. id is
// the AgentCall of the talk that it is for: how long that lasts is counted too.
func (s *Store) TakeCall(ctx context.Context, id, trunk string, c campaigns.Cap, now time.Time) (reached string, err error) {
	if c.Day == "" {
		return "", nil
	}
	err = s.tx(ctx, func(tx *txn) error {
		s.capped.Store(true)
		g := beginning{s: s, now: now, b: campaigns.Begin{Cap: c, Attempt: campaigns.Attempt{Trunk: trunk}}}
		u, bad := g.count(ctx, tx)
		if bad == nil {
			bad = g.warn(ctx, tx, u)
		}
		if bad != nil {
			return bad
		}
		if reached = c.Reached(u); reached != "" {
			return nil
		}
		if _, bad = tx.ExecContext(ctx, addToDay, trunk, c.Day, 1, 0, 0); bad != nil {
			return bad
		}
		_, bad = tx.NamedExecContext(ctx, insertDialed, dialedRow{ID: id, Trunk: trunk, Day: c.Day, Price: millionths(c.Price), At: at(now)})
		return bad
	})
	if err != nil {
		return "", fmt.Errorf("count a call by trunk %s: %w", trunk, err)
	}
	return reached, nil
}
