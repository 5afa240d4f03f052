package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// How the writer's goroutine works.
const (
	batchSize    = 128                    // most jobs in one transaction
	batchTimeout = 10 * time.Second       // a transaction that takes longer is given up
	retryPause   = 50 * time.Millisecond  // before a transaction that failed is tried again
	replayPause  = 250 * time.Millisecond // before the journal is tried again
	gatherTime   = 2 * time.Millisecond   // waited for more jobs while many come: a commit costs more than what it holds
	idleTime     = time.Second            // the goroutine stays so long without work, as its stack has grown large
)

// run carries out jobs, and the journal before them, until nothing waits.
func (w *writer) run(ctx context.Context) {
	for {
		batch, more := w.take()
		switch {
		case !more && w.leave():
			return
		case !more:
		case len(batch) > 0:
			w.carryOut(ctx, batch)
			if len(batch) > 1 {
				w.rest(gatherTime)
			}
		default:
			if err := w.replay(ctx); err != nil {
				w.rest(replayPause)
			}
		}
	}
}

// leave waits for work, and reports true when none has come: the goroutine ends.
func (w *writer) leave() bool {
	t := time.NewTimer(idleTime)
	defer t.Stop()
	select {
	case <-w.wake:
		return false
	case <-t.C:
	case <-w.quit:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = len(w.queue) > 0 || w.j.holding() && !w.closing()
	return !w.running
}

// take returns what waits. An empty batch means that the journal comes first;
// more is false when there is nothing at all.
func (w *writer) take() (batch []*job, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.j.holding() && !w.closing():
		return nil, true
	case len(w.queue) == 0:
		return nil, false
	}
	n := min(len(w.queue), batchSize)
	batch = slices.Clone(w.queue[:n])
	w.queue = slices.Delete(w.queue, 0, n)
	return batch, true
}

// carryOut commits a batch, or puts it back to be tried again.
func (w *writer) carryOut(ctx context.Context, batch []*job) {
	outcomes, err := w.commit(ctx, batch)
	if err == nil {
		w.commits.Add(1)
		w.writes.Add(int64(len(batch)))
		for i, j := range batch {
			j.done <- outcomes[i]
		}
		return
	}
	w.mu.Lock()
	var again []*job
	for _, j := range batch {
		if j.left || w.closing() || j.once && !isBusy(err) {
			j.done <- err
		} else {
			again = append(again, j)
		}
	}
	w.queue = append(again, w.queue...)
	w.mu.Unlock()
	w.s.o.Log.Debug("transaction put off", "jobs", len(batch), "err", err)
	w.rest(retryPause)
}

// rest waits, unless the store is being closed.
func (w *writer) rest(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.quit:
	}
}

// commit carries out jobs in one transaction. It returns the outcome of each;
// err is trouble that they all share: none of them may have happened.
func (w *writer) commit(ctx context.Context, batch []*job) (outcomes []error, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, batchTimeout, errors.New("the transaction took too long"))
	defer cancel()
	outcomes = make([]error, len(batch))
	if len(batch) > 1 {
		if err = w.together(ctx, batch); err == nil || isTrouble(err) {
			return outcomes, err
		}
	}
	err = w.s.once(ctx, func(tx *txn) error {
		if bad := w.s.lockAll(ctx, tx, batch); bad != nil {
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
func (w *writer) together(ctx context.Context, batch []*job) error {
	return w.s.once(ctx, func(tx *txn) error {
		if err := w.s.lockAll(ctx, tx, batch); err != nil {
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
