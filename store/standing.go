package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// standingRow is what a node does for a campaign, as the tables hold it.
type standingRow struct {
	Node     string                  `db:"node"`
	Campaign campaigns.ID            `db:"campaign"`
	At       instant                 `db:"at"`
	Standing doc[campaigns.Standing] `db:"standing"`
}

const (
	upsertStanding = `
INSERT INTO dialing_status (node, campaign, at, standing) VALUES (:node, :campaign, :at, :standing)
ON CONFLICT (node, campaign) DO UPDATE SET at = excluded.at, standing = excluded.standing`
	deleteStandings = `DELETE FROM dialing_status WHERE node = $1`
	deleteStanding  = `DELETE FROM dialing_status WHERE node = $1 AND campaign = $2`
	selectStandings = `
SELECT d.* FROM dialing_status d WHERE d.campaign = $1
	AND EXISTS (SELECT 1 FROM nodes n WHERE n.name = d.node AND n.lease_until >= $2) ORDER BY d.node`
)

// SaveStandings notes what a node does for campaigns, and forgets those that it
// has no part in any more.
func (s *Store) SaveStandings(ctx context.Context, node string, changed []campaigns.Standing, gone []campaigns.ID) error {
	err := s.tx(ctx, func(tx *txn) error {
		for _, id := range gone {
			if _, err := tx.ExecContext(ctx, deleteStanding, node, id); err != nil {
				return err
			}
		}
		for _, standing := range changed {
			row := standingRow{Node: node, Campaign: standing.Campaign, At: at(standing.At), Standing: as(standing)}
			if _, err := tx.NamedExecContext(ctx, upsertStanding, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note what node %s dials: %w", node, err)
	}
	return nil
}

// Standings returns what the nodes that run at now do for a campaign.
func (s *Store) Standings(ctx context.Context, id campaigns.ID, now time.Time) ([]campaigns.Standing, error) {
	var rows []standingRow
	if err := s.read.SelectContext(ctx, &rows, selectStandings, id, at(now)); err != nil {
		return nil, fmt.Errorf("read what is done for campaign %s: %w", id, err)
	}
	list := make([]campaigns.Standing, len(rows))
	for i, row := range rows {
		list[i] = row.Standing.v
	}
	return list, nil
}

// An attempt's call counts once its end is stored. One that neither met an agent
// nor was abandoned does not count, whoever answered: it may have been of
// another mode.
const selectAnswered = `
SELECT MAX(answered_at) AS at,
	CAST(SUM(CASE WHEN party <> 'machine' THEN 1 ELSE 0 END) AS BIGINT) AS answered,
	CAST(SUM(CASE WHEN party <> 'machine' AND abandoned_at > 0 THEN 1 ELSE 0 END) AS BIGINT) AS abandoned,
	CAST(SUM(CASE WHEN party <> 'machine' AND connected_at > 0 THEN 1 ELSE 0 END) AS BIGINT) AS met,
	CAST(SUM(CASE WHEN party = 'machine' THEN 1 ELSE 0 END) AS BIGINT) AS machines
FROM attempts
WHERE campaign = $1 AND answered_at >= $2 AND answered_at > 0 AND (connected_at > 0 OR party <> 'machine' AND abandoned_at > 0)
GROUP BY answered_at / $3 ORDER BY 1`

// slot is how finely calls of the past are told apart.
const slot = 10 * time.Minute

// AnsweredSince tallies a campaign's calls that were answered since a time, by
// any node, for bounds of abandonment.
func (s *Store) AnsweredSince(ctx context.Context, id campaigns.ID, since time.Time) ([]campaigns.Slot, error) {
	var rows []struct {
		At        instant `db:"at"`
		Answered  int     `db:"answered"`
		Abandoned int     `db:"abandoned"`
		Met       int     `db:"met"`
		Machines  int     `db:"machines"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectAnswered, id, at(since), slot.Milliseconds()); err != nil {
		return nil, fmt.Errorf("tally the answered calls of campaign %s: %w", id, err)
	}
	list := make([]campaigns.Slot, len(rows))
	for i, r := range rows {
		list[i] = campaigns.Slot{At: r.At.Time, Tally: campaigns.Tally{
			Answered: r.Answered, Abandoned: r.Abandoned, Met: r.Met, Machines: r.Machines,
		}}
	}
	return list, nil
}
