package store

import (
	"context"
	"fmt"

	"careline/campaigns"
)

const firstJoined = `SELECT COALESCE(MIN(joined_at), 0) FROM talks WHERE call_id = $1 AND joined_at > 0`

// reception is what is known of how an answered callee was received whom a node
// that is gone had on the line. What its witness saw is lost; where agents take the
// calls, who had none yet was abandoned, whoever it was: the rate is not flattered.
func (r recovery) reception(ctx context.Context, row attemptRow) (campaigns.Reception, error) {
	d, err := r.s.definition(ctx, r.tx, row.Campaign)
	if err != nil || !d.Mode.NeedsAgents() {
		return campaigns.Reception{}, err
	}
	var joined instant
	if err := r.tx.GetContext(ctx, &joined, firstJoined, row.ID); err != nil {
		return campaigns.Reception{}, fmt.Errorf("find the talk of call %s: %w", row.ID, err)
	}
	if joined.IsZero() {
		return campaigns.Reception{AbandonedAt: r.now}, nil
	}
	return campaigns.Reception{ConnectedAt: joined.Time}, nil
}
