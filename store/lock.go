package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"careline/phone"
)

// lockNumbers holds telephone numbers against other attempts and opt-outs until
// the transaction ends. A transaction locks all that it needs at once and before
// any row: as everybody does so in one order, nobody waits in a circle.
func (s *Store) lockNumbers(ctx context.Context, tx *txn, numbers ...phone.Number) error {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n phone.Number) bool { return n == "" })
	if s.d.lockNumber == "" || len(numbers) == 0 {
		return nil
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	locks := make([]string, len(numbers))
	args := make([]any, len(numbers))
	for i, n := range numbers {
		locks[i], args[i] = fmt.Sprintf(s.d.lockNumber, i+1), n
	}
	if _, err := tx.ExecContext(ctx, "SELECT "+strings.Join(locks, ", "), args...); err != nil {
		return fmt.Errorf("lock %d numbers: %w", len(numbers), err)
	}
	return nil
}

// numbered is an op that holds numbers.
type numbered interface{ numbers() []phone.Number }

func (c commitStep) numbers() []phone.Number {
	numbers := make([]phone.Number, 0, len(c.OptOuts))
	for _, o := range c.OptOuts {
		numbers = append(numbers, phone.Number(clean(string(o.Number))))
	}
	return numbers
}

func (v voidAttempt) numbers() []phone.Number { return []phone.Number{v.Number} }

// lockAll holds the numbers of all jobs of a transaction, and the days that they
// count calls into, before the first of them touches a row.
func (s *Store) lockAll(ctx context.Context, tx *txn, batch []*job) error {
	if s.d.lockNumber == "" {
		return nil
	}
	var numbers []phone.Number
	var days []trunkDay
	var calls []string
	for _, j := range batch {
		numbers, calls = append(numbers, j.numbers...), append(calls, j.charges...)
		if j.day.trunk != "" {
			days = append(days, j.day)
		}
	}
	if err := s.lockNumbers(ctx, tx, numbers...); err != nil {
		return err
	}
	if err := s.lockDays(ctx, tx, days...); err != nil {
		return err
	}
	return s.lockDaysOf(ctx, tx, calls)
}
