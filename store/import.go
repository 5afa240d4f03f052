package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"careline/campaigns"
)

// ImportOptions say what else an import does.
type ImportOptions struct {
	DryRun   bool           // count only
	Enrol    []campaigns.ID // campaigns over the list, draft, running or paused, that get the customers as contacts
	Now      time.Time
	Judge    func() error         // asked when all rows are read, before any counts; an error undoes the import, and comes with its counts
	Progress func(ImportProgress) // told now and then how far it has come; nil: nobody is
}

// ImportProgress is how far an import has come.
type ImportProgress struct {
	Read   int  // rows
	Stored int  // of them, for good once the import ends well
	Final  bool // the import is decided on, and is not undone any more
}

// Imported counts what became of the rows of an import.
type Imported struct {
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Repeated  int `json:"repeated"` // rows whose key came again later in the same import; the last one counts
	Shared    int `json:"shared"`   // rows whose number an earlier row of the import has under another key
	Enrolled  int `json:"enrolled"` // contacts that campaigns gained
}

// errDryRun rolls an import back that was to count only.
var errDryRun = errors.New("dry run")

// ImportCustomers adds customers to a list, or changes them by their keys, as a
// whole or not at all. A customer who was withdrawn from the list is on it
// again. Contacts that wait to be called follow a changed number.
func (s *Store) ImportCustomers(
	ctx context.Context, list string, rows []campaigns.Customer, o ImportOptions,
) (Imported, error) {
	kept, repeated, shared := distinct(rows)
	done, err := s.Import(ctx, list, func(yield func(campaigns.Customer, error) bool) {
		for _, c := range kept {
			if !yield(c, nil) {
				return
			}
		}
	}, o)
	done.Repeated, done.Shared = repeated, shared
	if err != nil {
		return Imported{}, err
	}
	return done, nil
}

// Import does what ImportCustomers does with rows of which no two have the same
// key, and of which only some are in memory at a time. An error among them ends
// the import, of which nothing is left then. Calls go on meanwhile: in an SQLite
// file the rows are first put aside, in small transactions, and once they are
// complete and judged to be good they are carried over, in small transactions
// again. From then on the import is not undone any more: not by the end of ctx,
// and when the process dies the next one that opens the database completes it.
func (s *Store) Import(
	ctx context.Context, list string, rows iter.Seq2[campaigns.Customer, error], o ImportOptions,
) (Imported, error) {
	if o.Judge == nil {
		o.Judge = func() error { return nil }
	}
	if o.Progress == nil {
		o.Progress = func(ImportProgress) {}
	}
	p := newSupply(ctx, rows, s.d.batch)
	defer p.stop()
	done, err := s.importFrom(ctx, list, p, o)
	if err != nil {
		return done, fmt.Errorf("import into list %s: %w", list, err)
	}
	return done, nil
}

// importFrom imports a few rows at once, and many in the way that holds nobody
// up.
func (s *Store) importFrom(ctx context.Context, list string, p *supply, o ImportOptions) (Imported, error) {
	first, err := p.next(ctx)
	if err != nil {
		return Imported{}, err
	}
	var second []campaigns.Customer
	if len(first) > 0 {
		if second, err = p.next(ctx); err != nil {
			return Imported{}, err
		}
	}
	p.back = [][]campaigns.Customer{first, second}
	switch {
	case len(second) == 0:
		return s.importFew(ctx, list, first, o)
	case o.DryRun:
		return s.importDry(ctx, list, p, o)
	case s.d.postgres || s.memory != nil:
		return s.importWhole(ctx, list, p, o)
	default:
		return s.importStaged(ctx, list, p, o)
	}
}

// importFew imports rows that are in memory, in one transaction.
func (s *Store) importFew(ctx context.Context, list string, rows []campaigns.Customer, o ImportOptions) (Imported, error) {
	var im importing
	verdict := o.Judge()
	err := s.command(ctx, func(tx *txn) (err error) {
		if im, err = s.beginImport(ctx, tx, list, o); err != nil {
			return err
		}
		if err = im.batch(ctx, rows); err != nil {
			return err
		}
		if o.DryRun || verdict != nil {
			return errDryRun
		}
		return im.holdAll(ctx)
	})
	if errors.Is(err, errDryRun) {
		err = verdict
	}
	return im.done, err
}

// importWhole imports in one transaction, beside which others go on: what they
// wait for, contacts that are there and campaigns, is held at the end alone.
func (s *Store) importWhole(ctx context.Context, list string, p *supply, o ImportOptions) (done Imported, err error) {
	err = s.once(ctx, func(tx *txn) (err error) {
		im, err := s.beginImport(ctx, tx, list, o)
		if err != nil {
			return err
		}
		im.puts = true
		for read := 0; ; {
			var rows []campaigns.Customer
			if rows, err = p.next(ctx); err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			if err := im.batch(ctx, rows); err != nil {
				return err
			}
			read += len(rows)
			o.Progress(ImportProgress{Read: read, Stored: read})
		}
		done = im.done
		if err := o.Judge(); err != nil {
			return err
		}
		if err := im.holdAll(ctx); err != nil {
			return err
		}
		return s.announceChange(ctx, tx)
	})
	return done, err
}

// holdAll does what was put off.
func (im *importing) holdAll(ctx context.Context) error {
	for keys := range slices.Chunk(im.moved, im.s.d.batch) {
		if err := im.renumber(ctx, keys); err != nil {
			return err
		}
	}
	return im.s.goOn(ctx, im.tx, im.o.Enrol)
}

// importDry reads and counts; it writes nothing.
func (s *Store) importDry(ctx context.Context, list string, p *supply, o ImportOptions) (done Imported, err error) {
	err = s.snapshot(ctx, func(tx *txn) (err error) {
		im := importing{s: s, tx: tx, list: list, o: o}
		if im.enrol, err = s.enrolments(ctx, tx, list, o); err != nil {
			return err
		}
		for read := 0; ; {
			var rows []campaigns.Customer
			if rows, err = p.next(ctx); err != nil || len(rows) == 0 {
				done = im.done
				return err
			}
			if err := im.count(ctx, rows); err != nil {
				return err
			}
			read += len(rows)
			o.Progress(ImportProgress{Read: read})
		}
	})
	if err != nil {
		return done, err
	}
	return done, o.Judge()
}
