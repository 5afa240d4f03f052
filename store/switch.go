package store

import (
	"context"
	"fmt"
	"time"
)

const (
	insertStop = `INSERT INTO switches (name, why, at) VALUES ('stop', $1, $2) ON CONFLICT (name) DO NOTHING`
	deleteStop = `DELETE FROM switches WHERE name = 'stop'`
	selectStop = `SELECT why, at FROM switches WHERE name = 'stop'`
)

// StopAll holds every campaign on every node, also after a restart, until
// LiftStop.
func (s *Store) StopAll(ctx context.Context, why string, now time.Time) error {
	err := s.command(ctx, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, insertStop, why, ms(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("stop all campaigns: %w", err)
	}
	return nil
}

// LiftStop ends StopAll.
func (s *Store) LiftStop(ctx context.Context) error {
	err := s.command(ctx, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, deleteStop)
		return err
	})
	if err != nil {
		return fmt.Errorf("lift the stop of all campaigns: %w", err)
	}
	return nil
}

// Stopped says since when, and why, all campaigns are held; it returns
// ErrNotFound when they are not.
func (s *Store) Stopped(ctx context.Context) (since time.Time, why string, err error) {
	var row struct {
		Why string  `db:"why"`
		At  instant `db:"at"`
	}
	err = s.read.GetContext(ctx, &row, selectStop)
	return row.At.Time, row.Why, found(err, "read the stop of all campaigns")
}
