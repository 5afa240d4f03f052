package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"careline/campaigns"
)

// staged is an import of many transactions, or the creation of a campaign.
type staged struct {
	ID       string              `db:"id"`
	List     string              `db:"list"`
	Campaign campaigns.ID        `db:"campaign"`
	Enrol    doc[[]campaigns.ID] `db:"enrol"`
	At       instant             `db:"at"`
	Decided  int                 `db:"decided"`
	Host     string              `db:"host"`
	PID      int                 `db:"pid"`
	BeatAt   instant             `db:"beat_at"`
}

const (
	insertStaged = `
INSERT INTO imports (id, list, campaign, enrol, at, host, pid, beat_at)
VALUES (:id, :list, :campaign, :enrol, :at, :host, :pid, :beat_at)`
	beatStaged   = `UPDATE imports SET beat_at = $2 WHERE id = $1`
	insertRows   = `INSERT INTO import_rows (import, n, customers) VALUES ($1, $2, $3)`
	selectRows   = `SELECT customers FROM import_rows WHERE import = $1 AND n = $2`
	firstRows    = `SELECT COALESCE(MIN(n), -1) FROM import_rows WHERE import = $1`
	deleteRows   = `DELETE FROM import_rows WHERE import = $1 AND n = $2`
	decideStaged = `UPDATE imports SET decided = 1 WHERE id = $1`
	deleteStaged = `DELETE FROM imports WHERE id = $1`
)

// errTaken is returned when somebody else has put an end to an import, taking its
// process for dead.
var errTaken = errors.New("another process took this one for dead, and undid its work: try again")

// stage notes that many transactions begin.
func (s *Store) stage(ctx context.Context, st staged) (staged, error) {
	host, err := os.Hostname()
	if err != nil {
		return st, err
	}
	if st.ID == "" {
		st.ID = s.o.NewID()
	}
	st.Host, st.PID, st.BeatAt = host, os.Getpid(), at(time.Now())
	err = s.small(ctx, func(tx *txn) error {
		_, failed := tx.NamedExecContext(ctx, insertStaged, st)
		return failed
	})
	return st, err
}

// small runs one of many small transactions, and then lets others have their
// turn: who waits for an SQLite file looks for it now and then only.
func (s *Store) small(ctx context.Context, fn func(tx *txn) error) error {
	began := time.Now()
	err := s.tx(ctx, func(tx *txn) error {
		began = time.Now()
		return fn(tx)
	})
	if err != nil || s.d.postgres {
		return err
	}
	return pause(ctx, time.Since(began)/4)
}

// beat shows that the process is at work.
func (st staged) beat(ctx context.Context, tx *txn) error {
	n, err := exec(ctx, tx, beatStaged, st.ID, ms(time.Now()))
	if err == nil && n == 0 {
		err = errTaken
	}
	return err
}

// importStaged imports in small transactions.
func (s *Store) importStaged(ctx context.Context, list string, p *supply, o ImportOptions) (Imported, error) {
	if err := s.tidyUp(ctx); err != nil {
		return Imported{}, err
	}
	err := s.snapshot(ctx, func(tx *txn) error {
		_, refused := s.enrolments(ctx, tx, list, o)
		return refused
	})
	if err != nil {
		return Imported{}, err
	}
	st, err := s.stage(ctx, staged{List: list, Enrol: as(append([]campaigns.ID{}, o.Enrol...)), At: at(o.Now)})
	if err != nil {
		return Imported{}, err
	}
	read, err := s.putAside(ctx, st, p, o)
	if err == nil {
		if err = o.Judge(); err != nil {
			done, counting := s.countStaged(ctx, st, o)
			return done, errors.Join(err, counting, s.discard(ctx, st))
		}
		err = s.decide(ctx, st, o)
	}
	if err != nil {
		return Imported{}, errors.Join(err, s.discard(ctx, st))
	}
	o.Progress(ImportProgress{Read: read, Final: true})
	done, err := s.carryOver(context.WithoutCancel(ctx), st, func(stored int) {
		o.Progress(ImportProgress{Read: read, Stored: stored, Final: true})
	})
	if err != nil {
		err = fmt.Errorf("all rows are kept, and are carried over when careline opens the database again: %w", err)
	}
	return done, err
}

// asideAtOnce is how many batches one transaction puts aside.
const asideAtOnce = 4

// putAside writes rows where nothing but an import looks for them.
func (s *Store) putAside(ctx context.Context, st staged, p *supply, o ImportOptions) (read int, err error) {
	var texts []string
	for n := 0; ; {
		rows, err := p.next(ctx)
		if err != nil {
			return read, err
		}
		if len(rows) > 0 {
			texts = append(texts, jsonText(rows))
			read += len(rows)
		}
		if len(texts) == asideAtOnce || len(rows) == 0 {
			if err := s.putTexts(ctx, st, n, texts); err != nil {
				return read, err
			}
			n += len(texts)
			texts = texts[:0]
			o.Progress(ImportProgress{Read: read})
		}
		if len(rows) == 0 {
			return read, nil
		}
	}
}

func (s *Store) putTexts(ctx context.Context, st staged, n int, texts []string) error {
	return s.small(ctx, func(tx *txn) error {
		for i, text := range texts {
			if _, err := tx.ExecContext(ctx, insertRows, st.ID, n+i, text); err != nil {
				return fmt.Errorf("put rows aside: %w", err)
			}
		}
		return st.beat(ctx, tx)
	})
}

// countStaged counts what an import would have done that is not.
func (s *Store) countStaged(ctx context.Context, st staged, o ImportOptions) (done Imported, err error) {
	err = s.snapshot(ctx, func(tx *txn) (err error) {
		im := importing{s: s, tx: tx, list: st.List, o: o}
		if im.enrol, err = s.enrolments(ctx, tx, st.List, o); err != nil {
			return err
		}
		for n := 0; ; n++ {
			var rows []campaigns.Customer
			if rows, err = st.rows(ctx, tx, n); err != nil || len(rows) == 0 {
				done = im.done
				return err
			}
			if err := im.count(ctx, rows); err != nil {
				return err
			}
		}
	})
	return done, err
}

// rows reads a batch that was put aside; there is none when it is empty.
func (st staged) rows(ctx context.Context, tx *txn, n int) ([]campaigns.Customer, error) {
	var texts []string
	if err := tx.SelectContext(ctx, &texts, selectRows, st.ID, n); err != nil {
		return nil, fmt.Errorf("read rows that were put aside: %w", err)
	}
	if len(texts) == 0 {
		return nil, nil
	}
	var rows []campaigns.Customer
	if err := json.Unmarshal([]byte(texts[0]), &rows); err != nil {
		return nil, fmt.Errorf("read rows that were put aside: %w", err)
	}
	return rows, nil
}

// decide is the moment from which the import happens.
func (s *Store) decide(ctx context.Context, st staged, o ImportOptions) error {
	return s.small(ctx, func(tx *txn) error {
		if err := s.goOn(ctx, tx, o.Enrol); err != nil {
			return err
		}
		if err := st.beat(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, decideStaged, st.ID)
		return err
	})
}

// carryOver writes what was put aside to where it belongs, as far as nobody has
// done so yet.
func (s *Store) carryOver(ctx context.Context, st staged, progress func(stored int)) (Imported, error) {
	im := importing{s: s, list: st.List, o: ImportOptions{Now: st.At.Time, Enrol: st.Enrol.v}}
	since, err := s.touched(ctx, st.List)
	if err != nil {
		return im.done, err
	}
	if im.empty, err = s.isEmpty(ctx, s.read, st.List); err != nil {
		return im.done, err
	}
	im.since = since
	for stored, more := 0, true; more; {
		was := im.done
		err := s.small(ctx, func(tx *txn) (err error) {
			im.tx, im.done = tx, was
			var n int
			if n, more, err = s.carryBatch(ctx, st, &im); err == nil {
				stored += n
			}
			return err
		})
		if err != nil {
			return was, fmt.Errorf("carry rows over: %w", err)
		}
		progress(stored)
	}
	return im.done, nil
}

// carryBatch carries one batch over; after the last one the import is done.
func (s *Store) carryBatch(ctx context.Context, st staged, im *importing) (rows int, more bool, err error) {
	var n int
	if err = im.tx.GetContext(ctx, &n, firstRows, st.ID); err != nil {
		return 0, false, err
	}
	if n < 0 {
		return 0, false, s.completeStaged(ctx, im.tx, st)
	}
	if im.enrol, err = s.feeds(ctx, im.tx, st); err != nil {
		return 0, false, err
	}
	batch, err := st.rows(ctx, im.tx, n)
	if err == nil && im.empty {
		im.empty, err = st.alone(ctx, im.tx, im.since)
	}
	if err != nil {
		return 0, false, err
	}
	if err = im.batch(ctx, batch); err != nil {
		return 0, false, err
	}
	if _, err = im.tx.ExecContext(ctx, deleteRows, st.ID, n); err != nil {
		return 0, false, err
	}
	_, err = im.tx.ExecContext(ctx, beatStaged, st.ID, ms(time.Now()))
	return len(batch), true, err
}

const (
	listTouched = `SELECT COALESCE(MAX(updated_at), 0) FROM lists WHERE name = $1`
	othersOn    = `
SELECT (SELECT COUNT(*) FROM imports WHERE list = $1 AND campaign = '' AND id <> $2)
	+ (SELECT COUNT(*) FROM lists WHERE name = $1 AND updated_at <> $3)`
)

// touched is when a list was last imported to; zero: it is not there.
func (s *Store) touched(ctx context.Context, list string) (at instant, err error) {
	if err = s.read.GetContext(ctx, &at, listTouched, list); err != nil {
		return at, fmt.Errorf("look at the list: %w", err)
	}
	return at, nil
}

// alone tells whether nobody else imports to the list, nor has since it was
// touched last: what was not on it then, this import alone has put there.
func (st staged) alone(ctx context.Context, tx *txn, since instant) (bool, error) {
	var others int
	if err := tx.GetContext(ctx, &others, othersOn, st.List, st.ID, since); err != nil {
		return false, fmt.Errorf("look who imports to the list: %w", err)
	}
	return others == 0, nil
}

func (s *Store) completeStaged(ctx context.Context, tx *txn, st staged) error {
	if _, err := tx.ExecContext(ctx, touchList, st.List, ms(st.At.Time)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, deleteStaged, st.ID); err != nil {
		return err
	}
	return s.announceChange(ctx, tx)
}

// feeds are the campaigns that get contacts, whatever became of them since that
// was decided.
func (s *Store) feeds(ctx context.Context, tx *txn, st staged) ([]enrolment, error) {
	all := make([]enrolment, 0, len(st.Enrol.v))
	for _, id := range st.Enrol.v {
		d, err := s.definition(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, enrolment{s: s, campaign: id, list: st.List, holdOut: d.HoldOut, due: st.At.Time})
	}
	return all, nil
}
