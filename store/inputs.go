package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

// facts are what the tables say about whether a contact may be called.
type facts struct {
	State      campaigns.State           `db:"state"`
	Definition doc[campaigns.Definition] `db:"definition"`
	FlowHash   string                    `db:"flow_hash"`
	Halted     bool                      `db:"halted"`
	Leased     bool                      `db:"leased"`
	Open       bool                      `db:"open"`
	DoNotCall  string                    `db:"do_not_call"`
}

// selectFacts takes the campaign, the number, whose claim it is, and now.
const selectFacts = `
SELECT p.state, p.definition, p.flow_hash,
	EXISTS (SELECT 1 FROM switches WHERE name = 'stop') AS halted,
	EXISTS (SELECT 1 FROM nodes WHERE owner = $3 AND lease_until >= $4) AS leased,
	EXISTS (SELECT 1 FROM attempts WHERE number = $2 AND ended_at = 0) AS open,
	COALESCE((SELECT CASE why WHEN '' THEN 'on the do-not-call list' ELSE why END FROM do_not_call
		WHERE number = $2 AND campaign IN ('', $1) ORDER BY campaign LIMIT 1), '') AS do_not_call
FROM campaigns p WHERE p.id = $1`

// recentStarts takes one row of an attempt at most: another trunk is tried only
// after a row that does not count.
const recentStarts = `
SELECT begun_at FROM attempts WHERE number = $1 AND begun_at > $2
	AND disposition NOT IN ('congestion', 'not_placed', 'failed')
ORDER BY begun_at`

// inputs reads all that decides whether a contact may be called at now, apart
// from whose it is and whether the trunk permits it.
func inputs(
	ctx context.Context, tx *sqlx.Tx, row contactRow, now time.Time,
) (in campaigns.Inputs, f facts, err error) {
	if err := tx.GetContext(ctx, &f, selectFacts, row.Campaign, row.Number, row.ClaimedBy, ms(now)); err != nil {
		return in, f, found(err, "find campaign %s", row.Campaign)
	}
	var starts []instant
	if err := tx.SelectContext(ctx, &starts, recentStarts, row.Number, ms(now.Add(-24*time.Hour))); err != nil {
		return in, f, fmt.Errorf("read recent attempts: %w", err)
	}
	c := row.contact()
	in = campaigns.Inputs{
		Campaign: f.State, Definition: f.Definition.v, Contact: c.State, Number: c.Number, Zones: c.Zones(),
		Attempts: c.Attempts, Due: c.Due, DoNotCall: f.DoNotCall, Open: f.Open,
		CallerID:     f.Definition.v.CallerID,
		HeldOut:      campaigns.IsHeldOut(c.Key, c.Campaign, f.Definition.v.HoldOut),
		RecentStarts: convert(starts, func(i instant) time.Time { return i.Time }),
	}
	if f.Halted && in.Campaign == campaigns.Running {
		in.Campaign = campaigns.Paused // all are, until the stop is lifted
	}
	return in, f, nil
}
