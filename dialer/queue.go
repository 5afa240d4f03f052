package dialer

import (
	"context"
	"time"

	"careline/campaigns"
)

// Queue is the ledger that the dialer works from. The store is one.
type Queue interface {
	// Claim leases at most limit due contacts to node.
	Claim(ctx context.Context, node string, id campaigns.ID, limit int, now time.Time) (campaigns.Claims, error)
	// Release gives claimed contacts back.
	Release(ctx context.Context, node string, ids []campaigns.ContactID, now time.Time) error
	// BeginAttempt decides, in one transaction, whether the contact may be
	// called now, and if so commits the attempt's row with the verdict and its
	// inputs. When the verdict does not allow it no row is made and the contact
	// waits until Verdict.Next, or takes Verdict.State.
	BeginAttempt(ctx context.Context, b campaigns.Begin, now time.Time) (campaigns.Attempt, campaigns.Verdict, error)
	// MarkAttempt notes that it rings (leg as far as known) or is answered; at
	// the zero time, that the leg has changed.
	MarkAttempt(ctx context.Context, id campaigns.AttemptID, answered bool, leg campaigns.Leg, at time.Time) error
	// EndAttempt ends it and settles what becomes of the contact, from its
	// answers, its dispositions and the campaign's retry rules.
	EndAttempt(ctx context.Context, e campaigns.End) error
}

// Campaigns is what the dialer knows of campaigns. The store is one.
type Campaigns interface {
	// Running lists the campaigns that shall be dialed.
	Running(ctx context.Context) ([]campaigns.Campaign, error)
	// Finish ends a running campaign that has no contact left to call; it
	// reports false when there is one after all.
	Finish(ctx context.Context, id campaigns.ID, now time.Time) (bool, error)
	// AnsweredSince tallies a campaign's calls that were answered since a time,
	// for bounds of abandonment: in order, and by any node.
	AnsweredSince(ctx context.Context, id campaigns.ID, since time.Time) ([]campaigns.Slot, error)
	// Changes sends whenever campaigns or contacts may have been changed by
	// another process, until ctx ends.
	Changes(ctx context.Context) <-chan struct{}
}

// Board is where a node shows what it does for each campaign, to those who ask
// in other processes. The store is one.
type Board interface {
	// SaveStandings notes what the node does for campaigns, and forgets those
	// that it has no part in any more.
	SaveStandings(ctx context.Context, node string, changed []campaigns.Standing, gone []campaigns.ID) error
}

// Node keeps a node's lease and what it left behind. The store is one.
type Node interface {
	// Renew extends the node's lease and returns how far the node's clock is
	// ahead of the database's.
	Renew(ctx context.Context, node string, now time.Time) (skew time.Duration, err error)
	// Recover ends the attempts that an earlier run of this node, or nodes whose
	// lease is over, left open: answered ones keep their answers, all others are
	// unknown. It returns them as they were, so that their legs can be ended.
	// Those whose legs are hosted it moves to this node in place of ending them.
	Recover(ctx context.Context, node string, now time.Time) ([]campaigns.Attempt, error)
}
