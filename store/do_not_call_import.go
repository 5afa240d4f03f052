package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// RefusalImport says how entries are imported into the do-not-call list.
type RefusalImport struct {
	DryRun   bool           // count only
	Source   string         // the registry; empty: people asked
	AsOf     time.Time      // the registry's date; entries that are there already get it
	Replace  bool           // entries of the registry with an earlier date, which the import has not, are lifted
	Campaign campaigns.ID   // empty: no campaign may call them
	By       string         // who imports
	Now      time.Time      //
	Progress func(done int) // told from time to time; nil: nobody asks
}

// RefusalsImported counts what an import did.
type RefusalsImported struct {
	Added   int
	Already int // that were there before
	Lifted  int // that the registry has no longer
}

// ImportDoNotCall adds numbers to the do-not-call list, all or none of them. Of
// an entry only Number and Why are looked at. No attempt on any of them begins
// once it has returned.
func (s *Store) ImportDoNotCall(ctx context.Context, entries []DoNotCall, o RefusalImport) (RefusalsImported, error) {
	if o.Progress == nil {
		o.Progress = func(int) {}
	}
	if o.Replace && (o.Source == "" || o.AsOf.IsZero()) {
		return RefusalsImported{}, fmt.Errorf("replace entries of a registry: its name and date are needed: %w", ErrNotAllowed)
	}
	var done RefusalsImported
	err := s.command(ctx, func(tx *txn) (err error) {
		if done, err = s.importRefusals(ctx, tx, entries, o); err == nil && o.DryRun {
			err = errDryRun
		}
		return err
	})
	switch {
	case errors.Is(err, errDryRun):
		return done, nil
	case err != nil:
		return RefusalsImported{}, fmt.Errorf("import %d entries into the do-not-call list: %w", len(entries), err)
	}
	return done, s.suppressAll(ctx, entries, o)
}

const (
	redate = `
UPDATE do_not_call SET as_of = ? WHERE source = ? AND campaign = ? AND list = '' AND lifted_at = 0 AND number IN (?)`
	liftOld = `
UPDATE do_not_call SET lifted_at = $1, lifted_by = $2, lifted_why = $3
WHERE source = $4 AND campaign = $5 AND lifted_at = 0 AND as_of < $6`
)

func (s *Store) importRefusals(
	ctx context.Context, tx *txn, entries []DoNotCall, o RefusalImport,
) (done RefusalsImported, err error) {
	read := 0
	for some := range slices.Chunk(entries, s.d.batch) {
		rows := convert(some, func(e DoNotCall) doNotCallRow {
			return DoNotCall{
				Number: e.Number, Why: e.Why, Campaign: o.Campaign, Source: o.Source, AsOf: o.AsOf, By: o.By, At: o.Now,
			}.row()
		})
		res, bad := tx.NamedExecContext(ctx, insertDoNotCall, rows)
		if bad != nil {
			return done, fmt.Errorf("make entries: %w", bad)
		}
		added, bad := res.RowsAffected()
		if bad != nil {
			return done, bad
		}
		done.Added += int(added)
		done.Already += len(some) - int(added)
		if int(added) < len(some) && o.Source != "" {
			if bad = date(ctx, tx, rows, o); bad != nil {
				return done, bad
			}
		}
		read += len(some)
		o.Progress(read)
	}
	if o.Replace {
		why := "no longer on it as of " + o.AsOf.UTC().Format(time.DateOnly)
		if done.Lifted, err = exec(ctx, tx, liftOld, ms(o.Now), o.By, why, o.Source, o.Campaign, ms(o.AsOf)); err != nil {
			return done, fmt.Errorf("lift entries that are gone: %w", err)
		}
	}
	return done, s.lockDoNotCall(ctx, tx)
}

// date gives entries that were there already the registry's new date.
func date(ctx context.Context, tx *txn, rows []doNotCallRow, o RefusalImport) error {
	numbers := convert(rows, func(r doNotCallRow) phone.Number { return r.Number })
	query, args, err := sqlx.In(redate, ms(o.AsOf), o.Source, o.Campaign, numbers)
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("date entries: %w", err)
	}
	return nil
}

// lockDoNotCall waits for all who have looked into the list, to begin an attempt,
// and keeps others from it until the transaction ends. It comes last: more
// numbers than one transaction can lock may have been entered.
func (s *Store) lockDoNotCall(ctx context.Context, tx *txn) error {
	if s.d.lockRefusals == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, s.d.lockRefusals); err != nil {
		return fmt.Errorf("lock the do-not-call list: %w", err)
	}
	return nil
}

// suppressAll takes the contacts of numbers off the dialing, some at a time. One
// that it has not come to yet is held all the same when it is to be called.
func (s *Store) suppressAll(ctx context.Context, entries []DoNotCall, o RefusalImport) error {
	if o.DryRun {
		return nil
	}
	numbers := convert(entries, func(e DoNotCall) phone.Number { return e.Number })
	for some := range slices.Chunk(numbers, 10*numbersBatch) {
		err := s.command(ctx, func(tx *txn) error {
			if s.d.byIndex != "" {
				if _, err := tx.ExecContext(ctx, s.d.byIndex); err != nil {
					return err
				}
			}
			for few := range slices.Chunk(some, numbersBatch) {
				if err := suppressHolders(ctx, tx, o.Campaign, few...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("suppress contacts: %w", err)
		}
	}
	return nil
}
