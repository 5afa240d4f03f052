package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// How the goroutine of a lane works.
const (
	batchSize    = 128                    // most jobs in one transaction
	batchTimeout = 10 * time.Second       // a transaction that takes longer is given up
	retryPause   = 50 * time.Millisecond  // before a transaction that failed is tried again
	replayPause  = 250 * time.Millisecond // before the journal is tried again
	gatherTime   = 2 * time.Millisecond   // waited for more jobs while many come: a commit costs more than what it holds
	patientTime  = 8 * time.Millisecond   // the same, after each transaction, where no caller waits in silence
	idleTime     = time.Second            // the goroutine stays so long without work, as its stack has grown large
)

// run carries out jobs until none waits.
func (l *lane) run(ctx context.Context) {
	for more := true; more; {
		switch n := l.next(ctx); {
		case n == 0:
			more = l.linger()
		case n > 1 || l.patient:
			rest(l.pause(), l.quit)
		}
	}
}

// pause is how long jobs are waited for between two transactions.
func (l *lane) pause() time.Duration {
	if l.patient {
		return patientTime
	}
	return gatherTime
}

// next carries out what waits, unless the journal comes first, and returns how
// many jobs that were.
func (l *lane) next(ctx context.Context) int {
	if l.w != nil { // what has been begun is over before the journal is written into the database
		l.w.turn.RLock()
		defer l.w.turn.RUnlock()
	}
	batch := l.take()
	if len(batch) > 0 {
		l.carryOut(ctx, batch)
	}
	return len(batch)
}

// linger waits for work, and reports false when none has come: the goroutine ends.
func (l *lane) linger() bool {
	t := time.NewTimer(idleTime)
	defer t.Stop()
	select {
	case <-l.wake:
		return true
	case <-t.C:
	case <-l.quit:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = len(l.queue) > 0
	return l.running
}

// take returns what waits, by calls: of calls at carriers other nodes write the
// same rows, and no two of them shall wait for each other. While the journal holds
// something nothing is begun.
func (l *lane) take() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w != nil && l.w.j.holding() && !closed(l.quit) {
		return nil
	}
	n := min(len(l.queue), batchSize)
	batch := slices.Clone(l.queue[:n])
	l.queue = slices.Delete(l.queue, 0, n)
	slices.SortStableFunc(batch, func(a, b *job) int { return strings.Compare(a.call, b.call) })
	return batch
}

// carryOut commits a batch, or puts it back to be tried again.
func (l *lane) carryOut(ctx context.Context, batch []*job) {
	outcomes, err := l.commit(ctx, batch)
	if err != nil {
		l.putBack(batch, err)
		l.s.o.Log.Debug("transaction put off", "jobs", len(batch), "err", err)
		rest(retryPause, l.quit)
		return
	}
	l.commits.Add(1)
	l.writes.Add(int64(len(batch)))
	for i, j := range batch {
		j.done <- outcomes[i]
	}
}

// putBack has jobs that the database did not take tried again, before all others;
// those for which that makes no sense have failed.
func (l *lane) putBack(batch []*job, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var again []*job
	for _, j := range batch {
		if j.left || closed(l.quit) || j.once && !isBusy(err) {
			j.done <- err
		} else {
			again = append(again, j)
		}
	}
	l.queue = append(again, l.queue...)
}

// rest waits, unless it is to end.
func rest(d time.Duration, quit <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-quit:
	}
}

// commit carries out jobs in one transaction. It returns the outcome of each;
// err is trouble that they all share: none of them may have happened.
func (l *lane) commit(ctx context.Context, batch []*job) (outcomes []error, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, batchTimeout, errors.New("the transaction took too long"))
	defer cancel()
	outcomes = make([]error, len(batch))
	if len(batch) > 1 {
		if err = l.together(ctx, batch); err == nil || isTrouble(err) {
			return outcomes, err
		}
	}
	err = l.s.once(ctx, func(tx *txn) error {
		if bad := l.s.lockAll(ctx, tx, batch); bad != nil {
			return bad
		}
		for i, j := range batch {
			if outcomes[i] = apart(ctx, tx, len(batch) > 1, j.apply); isTrouble(outcomes[i]) {
				return outcomes[i]
			}
		}
		if len(batch) == 1 {
			return outcomes[0]
		}
		return nil
	})
	if len(batch) == 1 && !isTrouble(err) {
		return []error{err}, nil
	}
	return outcomes, err
}

// together commits jobs of which none fails, as is usual: a savepoint for each
// costs as much as a small job.
func (l *lane) together(ctx context.Context, batch []*job) error {
	return l.s.once(ctx, func(tx *txn) error {
		if err := l.s.lockAll(ctx, tx, batch); err != nil {
			return err
		}
		for _, j := range batch {
			if err := j.apply(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// apart runs fn within a transaction so that it leaves nothing behind when it
// fails. Alone in its transaction it needs no savepoint.
func apart(ctx context.Context, tx *txn, shared bool, fn func(context.Context, *txn) error) error {
	if !shared {
		return fn(ctx, tx)
	}
	if _, err := tx.ExecContext(ctx, `SAVEPOINT one`); err != nil {
		return fmt.Errorf("set a savepoint: %w", err)
	}
	err := fn(ctx, tx)
	if isTrouble(err) {
		return err
	}
	end := `RELEASE SAVEPOINT one`
	if err != nil {
		end = `ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one`
	}
	if _, ending := tx.ExecContext(ctx, end); ending != nil {
		return fmt.Errorf("end a savepoint: %w", ending)
	}
	return err
}
