package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// Why evaluates the contact policy for a contact as BeginAttempt would, as if
// it were claimed, by an agent where agents dial, and its trunk permitted the
// number.
func (s *Store) Why(
	ctx context.Context, id campaigns.ContactID, now time.Time,
) (in campaigns.Inputs, v campaigns.Verdict, err error) {
	err = s.snapshot(ctx, func(tx *txn) error {
		in, err = s.ask(ctx, tx, id, now)
		return err
	})
	if err != nil {
		return in, v, fmt.Errorf("ask why contact %s is not called: %w", id, err)
	}
	return in, campaigns.Evaluate(in, now), nil
}

// ask reads what decides about a contact as if it were claimed and its trunk
// permitted the number.
func (s *Store) ask(ctx context.Context, tx *txn, id campaigns.ContactID, now time.Time) (in campaigns.Inputs, err error) {
	var row contactRow
	if err = tx.GetContext(ctx, &row, contactColumns+`WHERE c.id = $1`, id); err != nil {
		return in, found(err, "find contact %s", id)
	}
	ask := asked{contact: id, numbers: facts{contactRow: row}.numbers(), terms: s.termsOf(row.Campaign), now: now}
	f, err := s.readFacts(ctx, tx, ask)
	if err == nil && f.Definition != ask.terms.text {
		if ask.terms, err = s.workOut(row.Campaign, f.Definition); err == nil {
			f, err = s.readFacts(ctx, tx, ask)
		}
	}
	if err != nil {
		return in, err
	}
	in, err = s.inputs(ctx, tx, f, ask)
	in.Claimed, in.Allowed, in.Reserved = true, true, in.Definition.Mode == campaigns.Preview
	return in, err
}
