package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// How long a process may be silent before its work is taken for left behind.
const (
	silentHere  = 10 * time.Minute // while a process of that number runs on this machine
	silentThere = time.Minute      // on another machine, or where it had our own number
)

const (
	selectStagedAll = `SELECT * FROM imports ORDER BY id`
	deleteContacts  = `
DELETE FROM contacts WHERE id IN (SELECT id FROM contacts WHERE campaign = $1 ORDER BY key LIMIT $2)`
)

// discardTime is how long the undoing of an import may take that was broken off.
const discardTime = 30 * time.Second

// complete completes imports that were decided on by processes that died since.
// What it cannot complete waits for the next time.
func (s *Store) complete(ctx context.Context) error {
	all, err := s.leftBehind(ctx)
	if err != nil {
		return err
	}
	for _, st := range all {
		if st.Decided == 0 {
			continue
		}
		s.o.Log.Warn("an import is completed whose process died", "list", st.List, "at", st.At.Time)
		if _, err := s.carryOver(ctx, st, func(int) {}); err != nil {
			s.o.Log.Error("an import could not be completed", "list", st.List, "err", err)
		}
	}
	return nil
}

// tidyUp removes what processes that died have left of imports that were not
// decided on.
func (s *Store) tidyUp(ctx context.Context) error {
	all, err := s.leftBehind(ctx)
	if err != nil {
		return err
	}
	for _, st := range all {
		if st.Decided == 0 {
			if err := s.remove(ctx, st); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftBehind returns the imports whose processes are gone.
func (s *Store) leftBehind(ctx context.Context) ([]staged, error) {
	var all, left []staged
	if err := s.read.SelectContext(ctx, &all, selectStagedAll); err != nil {
		return nil, fmt.Errorf("look for imports that were broken off: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	for _, st := range all {
		if !st.lives(host, time.Now()) {
			left = append(left, st)
		}
	}
	return left, nil
}

// lives tells whether the process that began an import may still be at it.
func (st staged) lives(host string, now time.Time) bool {
	silent := now.Sub(st.BeatAt.Time)
	if st.Host != host || st.PID == os.Getpid() {
		return silent < silentThere
	}
	return silent < silentHere && !errors.Is(syscall.Kill(st.PID, 0), syscall.ESRCH)
}

// discard removes an import that was broken off, also when ctx has ended. What it
// cannot remove, the next import will.
func (s *Store) discard(ctx context.Context, st staged) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTime)
	defer cancel()
	if err := s.remove(ctx, st); err != nil {
		return fmt.Errorf("nothing counts of what was put aside, but it could not be removed: %w", err)
	}
	return nil
}

// remove removes an import that was not decided on, or a campaign that was not
// quite created.
func (s *Store) remove(ctx context.Context, st staged) error {
	for n, more := 0, true; more; {
		err := s.small(ctx, func(tx *txn) (err error) {
			if n, err = exec(ctx, tx, deleteSome, st.ID, removedAtOnce); err != nil || st.Campaign == "" {
				return err
			}
			contacts, err := exec(ctx, tx, deleteContacts, st.Campaign, s.d.batch)
			n += contacts
			return err
		})
		if err != nil {
			return err
		}
		more = n > 0
	}
	return s.small(ctx, func(tx *txn) error {
		_, err := tx.ExecContext(ctx, deleteStaged, st.ID)
		return err
	})
}

// removedAtOnce is how many batches one transaction removes.
const removedAtOnce = 50

const deleteSome = `
DELETE FROM import_rows WHERE import = $1 AND n IN (SELECT n FROM import_rows WHERE import = $1 ORDER BY n LIMIT $2)`
