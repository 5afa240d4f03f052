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

// Any number of a customer will do. That the list is an expression has SQLite
// look for the numbers by their index.
const (
	withdrawCustomers = `
UPDATE customers SET withdrawn_at = ? WHERE list = ? AND withdrawn_at = 0 AND key IN (
	SELECT key FROM customer_numbers WHERE list || '' = ? AND number IN (?))`
	withdrawContacts = takeOff + `leaving = '' AND campaign IN (SELECT id FROM campaigns_of_lists WHERE list = ?) AND key IN (
	SELECT key FROM customer_numbers WHERE list || '' = ? AND number IN (?))`
	withdrawFromOne = takeOff + `leaving = '' AND campaign = ? AND key IN (
	SELECT u.key FROM customer_numbers u JOIN campaigns p ON p.list = u.list || '' WHERE p.id = ? AND u.number IN (?))`
)

// takeOff gives contacts a state, or where they are being dialed the state that
// they take after it; a condition follows it. It is one statement, as a contact
// may go from one to the other at any time.
const takeOff = `
UPDATE contacts SET
	leaving = CASE state WHEN 'dialing' THEN ? ELSE '' END,
	claimed_by = CASE state WHEN 'dialing' THEN claimed_by ELSE '' END,
	state = CASE state WHEN 'dialing' THEN state ELSE ? END
WHERE state IN ('pending', 'dialing') AND `

// WithdrawFromList takes the numbers off a list and off all campaigns over it.
// A call in progress goes on; it is the last one.
func (s *Store) WithdrawFromList(
	ctx context.Context, list string, numbers []phone.Number, now time.Time,
) (Withdrawn, error) {
	var done Withdrawn
	err := s.command(ctx, func(tx *txn) (err error) {
		done = Withdrawn{}
		if err = s.holdList(ctx, tx, list); err != nil {
			return err
		}
		if done.Customers, err = changeNumbers(ctx, tx, withdrawCustomers, numbers, ms(now), list, list); err != nil {
			return err
		}
		done.Contacts, err = changeNumbers(ctx, tx, withdrawContacts, numbers, campaigns.Withdrawn, campaigns.Withdrawn, list, list)
		return err
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
	err := s.command(ctx, func(tx *txn) (err error) {
		done.Contacts, err = changeNumbers(ctx, tx, withdrawFromOne, numbers, campaigns.Withdrawn, campaigns.Withdrawn, id, id)
		return err
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
func changeNumbers(ctx context.Context, tx *txn, text string, numbers []phone.Number, args ...any) (int, error) {
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
