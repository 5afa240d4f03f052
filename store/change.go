package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"
)

// How soon changes by other processes are noticed.
const (
	lookPause   = 250 * time.Millisecond // between two looks at an SQLite file
	lookSeldom  = time.Second            // between two looks at PostgreSQL, which also tells by itself
	listenPause = time.Second            // before a lost connection is made again
)

const (
	countChange  = `UPDATE changes SET n = n + 1 WHERE id = 1`
	selectChange = `SELECT n FROM changes WHERE id = 1`
)

// command runs a transaction that a service shall notice.
func (s *Store) command(ctx context.Context, fn func(tx *txn) error) error {
	return s.tx(ctx, func(tx *txn) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.announceChange(ctx, tx)
	})
}

// announceChange lets services notice what a transaction changes.
func (s *Store) announceChange(ctx context.Context, tx *txn) error {
	if _, err := tx.ExecContext(ctx, countChange); err != nil {
		return fmt.Errorf("count a change: %w", err)
	}
	if s.d.announce == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, s.d.announce); err != nil {
		return fmt.Errorf("announce a change: %w", err)
	}
	return nil
}

// Changes sends whenever campaigns or contacts may have been changed by a
// command, of this process or another, until ctx ends. Claims, attempts and
// calls are not such changes.
func (s *Store) Changes(ctx context.Context) <-chan struct{} {
	l := &lookout{s: s, changes: make(chan struct{}, 1), every: lookPause}
	l.last, _ = s.changeCount(ctx) // when that fails, the first look that does not sends
	if s.d.postgres {
		l.every = lookSeldom
		go l.listen(ctx)
	} else {
		go l.look(ctx)
	}
	return l.changes
}

// lookout watches for changes.
type lookout struct {
	s       *Store
	changes chan struct{}
	last    int64                   // the count of changes
	told    <-chan *pq.Notification // nil: nobody tells
	every   time.Duration           // between two looks
}

// listen looks when PostgreSQL says so, and from time to time in any case.
func (l *lookout) listen(ctx context.Context) {
	listener := pq.NewListener(l.s.url, listenPause, listenPause, nil)
	defer listener.Close()
	go func() { // it waits until the server is there
		if err := listener.Listen("careline"); err != nil && ctx.Err() == nil {
			l.s.o.Log.Warn("changes are noticed later than they could be", "err", err)
		}
	}()
	l.told = listener.Notify
	l.look(ctx)
}

// look compares the count of changes. What is lost when the receiver is slow
// makes no difference, since one signal waits for it.
func (l *lookout) look(ctx context.Context) {
	ticker := time.NewTicker(l.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-l.told:
		}
		n, err := l.s.changeCount(ctx)
		if err != nil || n == l.last {
			continue
		}
		l.last = n
		select {
		case l.changes <- struct{}{}:
		default:
		}
	}
}

func (s *Store) changeCount(ctx context.Context) (int64, error) {
	counts := make(chan int64, 1)
	err := s.await(ctx, func(ctx context.Context) error {
		var n int64
		err := s.read.GetContext(ctx, &n, selectChange)
		counts <- n
		return err
	})
	if err != nil {
		return -1, err
	}
	return <-counts, nil
}
