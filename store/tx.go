package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// patienceOfCommands is how long a write that nobody on a call waits for keeps
// trying while another process has the database.
const patienceOfCommands = 10 * time.Second

// tx runs fn in a transaction of its own. When another transaction is in the
// way it is run again, so it must not change anything but the database.
func (s *Store) tx(ctx context.Context, fn func(tx *txn) error) error {
	deadline := time.Now().Add(patienceOfCommands)
	for {
		err := s.once(ctx, fn)
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, busyPause); err != nil {
			return err
		}
	}
}

// busyPause lies between two attempts at a transaction.
const busyPause = 20 * time.Millisecond

// pause waits, or ends with ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) once(ctx context.Context, fn func(tx *txn) error) error {
	if s.memory != nil && s.memory.group > 0 {
		return s.memory.once(ctx, s, fn)
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// begin begins a transaction that writes.
func (s *Store) begin(ctx context.Context) (*txn, error) {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	t := &txn{Tx: tx}
	if s.memory != nil {
		t.straight = s.memory.straight
	}
	return t, nil
}

// snapshot runs fn in a transaction that reads one moment of the database.
func (s *Store) snapshot(ctx context.Context, fn func(tx *txn) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if s.d.postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.BeginTxx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer tx.Rollback()
	return fn(&txn{Tx: tx})
}

// exec runs one statement and returns how many rows it changed.
func exec(ctx context.Context, q sqlx.ExecerContext, text string, args ...any) (int, error) {
	res, err := q.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// found names what a lookup did not find.
func found(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
