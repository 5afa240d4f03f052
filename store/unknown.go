package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

const unknownAttempts = `
SELECT a.* FROM contacts c JOIN attempts a ON a.contact = c.id AND a.id = (
	SELECT MAX(id) FROM attempts WHERE contact = c.id)
WHERE c.campaign = $1 AND c.state = 'unknown' ORDER BY a.id`

// Unknowns returns the latest attempt on each of a campaign's contacts of which
// nobody knows whether they were reached.
func (s *Store) Unknowns(ctx context.Context, id campaigns.ID) ([]campaigns.Attempt, error) {
	var rows []attemptRow
	if err := s.read.SelectContext(ctx, &rows, unknownAttempts, id); err != nil {
		return nil, fmt.Errorf("list the unknowns of campaign %s: %w", id, err)
	}
	return convert(rows, attemptRow.attempt), nil
}

const insertDecision = `
INSERT INTO decisions (contact, at, was, state, why) VALUES ($1, $2, $3, $4, $5)`

// Decide settles by hand a contact whose state is unknown: to campaigns.Pending
// it is called again, which a campaign that has ended does not do; any other
// state is final. The decision is recorded.
func (s *Store) Decide(
	ctx context.Context, id campaigns.ContactID, to campaigns.ContactState, why string, now time.Time,
) error {
	err := s.command(ctx, func(tx *sqlx.Tx) error {
		row, err := s.holdContact(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.State != campaigns.Unknown {
			return fmt.Errorf("it is %s, and only what is unknown is decided by hand: %w", row.State, ErrNotAllowed)
		}
		if to == campaigns.Pending {
			if err := s.open(ctx, tx, row.Campaign); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, insertDecision, id, ms(now), row.State, to, clean(why)); err != nil {
			return fmt.Errorf("record the decision: %w", err)
		}
		return s.rest(ctx, tx, row, row.leave(to), now)
	})
	if err != nil {
		return fmt.Errorf("decide on contact %s: %w", id, err)
	}
	return nil
}

// open holds a campaign, so that it does not end meanwhile, and makes sure that
// it has not ended.
func (s *Store) open(ctx context.Context, tx *sqlx.Tx, id campaigns.ID) error {
	row, err := s.holdCampaign(ctx, tx, id)
	if err != nil {
		return err
	}
	if row.State == campaigns.Stopped || row.State == campaigns.Finished {
		return fmt.Errorf("campaign %q is %s and calls nobody any more: %w", row.Name, row.State, ErrNotAllowed)
	}
	return nil
}
