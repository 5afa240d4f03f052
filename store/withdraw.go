package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// Withdrawn counts what a withdrawal changed.
type Withdrawn struct {
	Customers int // taken off the list
	Contacts  int // that will not be called any more
}

const (
	withdrawCustomers = `
UPDATE customers SET withdrawn_at = ? WHERE list = ? AND withdrawn_at = 0 AND number IN (?)`
	withdrawListPending = `
UPDATE contacts SET state = 'withdrawn', claimed_by = '' WHERE list = ? AND state = 'pending' AND number IN (?)`
	withdrawListDialing = `
UPDATE contacts SET leaving = 'withdrawn' WHERE list = ? AND state = 'dialing' AND leaving = '' AND number IN (?)`
	withdrawPending = `
UPDATE contacts SET state = 'withdrawn', claimed_by = '' WHERE campaign = ? AND state = 'pending' AND number IN (?)`
	withdrawDialing = `
UPDATE contacts SET leaving = 'withdrawn' WHERE campaign = ? AND state = 'dialing' AND leaving = '' AND number IN (?)`
)

// WithdrawFromList takes the numbers off a list and off all campaigns over it.
// A call in progress goes on; it is the last one.
func (s *Store) WithdrawFromList(
	ctx context.Context, list string, numbers []phone.Number, now time.Time,
) (Withdrawn, error) {
	var done Withdrawn
	err := s.command(ctx, func(tx *sqlx.Tx) (err error) {
		done = Withdrawn{}
		if done.Customers, err = changeNumbers(ctx, tx, withdrawCustomers, numbers, ms(now), list); err != nil {
			return err
		}
		for _, text := range []string{withdrawListPending, withdrawListDialing} {
			n, err := changeNumbers(ctx, tx, text, numbers, list)
			if err != nil {
				return err
			}
			done.Contacts += n
		}
		return nil
	})
	if err != nil {
		return Withdrawn{}, fmt.Errorf("withdraw %d numbers from list %s: %w", len(numbers), list, err)
	}
	return done, nil
}

// WithdrawFromCampaign takes the numbers off one campaign. A call in progress
// goes on; it is the last one.
func (s *Store) WithdrawFromCampaign(ctx context.Context, id campaigns.ID, numbers []phone.Number) (Withdrawn, error) {
	var done Withdrawn
	err := s.command(ctx, func(tx *sqlx.Tx) error {
		done = Withdrawn{}
		for _, text := range []string{withdrawPending, withdrawDialing} {
			n, err := changeNumbers(ctx, tx, text, numbers, id)
			if err != nil {
				return err
			}
			done.Contacts += n
		}
		return nil
	})
	if err != nil {
		return Withdrawn{}, fmt.Errorf("withdraw %d numbers from campaign %s: %w", len(numbers), id, err)
	}
	return done, nil
}

// numbersBatch is how many numbers one statement takes.
const numbersBatch = 100

// changeNumbers runs a statement whose last parameter is a list of numbers, some
// of them at a time, and returns how many rows it changed.
func changeNumbers(ctx context.Context, tx *sqlx.Tx, text string, numbers []phone.Number, args ...any) (int, error) {
	var changed int
	for some := range slices.Chunk(numbers, numbersBatch) {
		query, all, err := sqlx.In(text, append(slices.Clone(args), some)...)
		if err != nil {
			return 0, err
		}
		n, err := exec(ctx, tx, tx.Rebind(query), all...)
		if err != nil {
			return 0, err
		}
		changed += n
	}
	return changed, nil
}
