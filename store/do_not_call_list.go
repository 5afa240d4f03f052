package store

import (
	"context"
	"fmt"
	"iter"

	"careline/campaigns"
	"careline/phone"
)

// RefusalFilter says which entries of the do-not-call list are meant. The zero
// value means all that hold.
type RefusalFilter struct {
	Campaign campaigns.ID // of this campaign alone; empty: of all and any
	Source   string       // of this registry alone; empty: of all and none
	History  bool         // lifted ones too
}

const doNotCallAfter = `
SELECT * FROM do_not_call
WHERE (number, list, key, campaign, source, lifted_at) > ($1, $2, $3, $4, $5, $6)
	AND (lifted_at = 0 OR $7 = 1) AND $8 IN ('', campaign) AND $9 IN ('', source)
ORDER BY number, list, key, campaign, source, lifted_at LIMIT $10`

// DoNotCalls goes through the do-not-call list by number.
func (s *Store) DoNotCalls(ctx context.Context, f RefusalFilter) iter.Seq2[DoNotCall, error] {
	history := 0
	if f.History {
		history = 1
	}
	return pages(func(after *doNotCallRow) ([]doNotCallRow, error) {
		var rows []doNotCallRow
		lifted := ms(after.LiftedAt.Time)
		if after.At.IsZero() { // the first page: an entry's keys may all be empty or nought
			lifted = -1
		}
		err := s.read.SelectContext(ctx, &rows, doNotCallAfter, after.Number, after.List, after.Key, after.Campaign,
			after.Source, lifted, history, f.Campaign, f.Source, pageSize)
		if err != nil {
			return nil, fmt.Errorf("read the do-not-call list: %w", err)
		}
		return rows, nil
	}, doNotCallRow.entry)
}

const customersWith = `SELECT DISTINCT list, key FROM customer_numbers WHERE number = $1 ORDER BY list, key`

// RefusalsOf returns all entries, lifted ones too, that are or were about a
// number: its own and those of customers who have it.
func (s *Store) RefusalsOf(ctx context.Context, n phone.Number) ([]DoNotCall, error) {
	var list []DoNotCall
	err := s.snapshot(ctx, func(tx *txn) error {
		var customers []customer
		if err := tx.SelectContext(ctx, &customers, customersWith, n); err != nil {
			return fmt.Errorf("find who has the number: %w", err)
		}
		own, err := refusalsOf(ctx, tx, []phone.Number{n}, "", "")
		if err != nil {
			return err
		}
		list = own
		for _, c := range customers {
			more, err := s.refusalsOfCustomer(ctx, tx, c.List, c.Key)
			if err != nil {
				return err
			}
			for _, e := range more {
				if e.Number != n {
					list = append(list, e)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look a number up in the do-not-call list: %w", err)
	}
	return list, nil
}

const numbersOf = `SELECT number FROM customer_numbers WHERE list = $1 AND key = $2`

// refusalsOfCustomer reads all entries about a customer, by key or any number.
func (s *Store) refusalsOfCustomer(ctx context.Context, tx *txn, list, key string) ([]DoNotCall, error) {
	numbers := []phone.Number{}
	if err := tx.SelectContext(ctx, &numbers, numbersOf, list, key); err != nil {
		return nil, fmt.Errorf("read a customer's numbers: %w", err)
	}
	if len(numbers) == 0 {
		numbers = append(numbers, "")
	}
	return refusalsOf(ctx, tx, numbers, list, key)
}
