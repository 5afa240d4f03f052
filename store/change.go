package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
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
func (s *Store) command(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
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
	})
}

// Changes sends whenever campaigns or contacts may have been changed by a
// command, of this process or another, until ctx ends. It closes the channel
// then. Claims, attempts and calls are not such changes.
func (s *Store) Changes(ctx context.Context) <-chan struct{} {
	changes := make(chan struct{}, 1)
	if s.d.postgres {
		go s.listen(ctx, changes)
	} else {
		go s.look(ctx, changes, nil, lookPause)
	}
	return changes
}

// listen looks when PostgreSQL says so, and from time to time in any case.
func (s *Store) listen(ctx context.Context, changes chan<- struct{}) {
	l := pq.NewListener(s.url, listenPause, listenPause, nil)
	defer l.Close()
	go func() { // it waits until the server is there
		if err := l.Listen("careline"); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("changes are noticed later than they could be", "err", err)
		}
	}()
	s.look(ctx, changes, l.Notify, lookSeldom)
}

// look compares the count of changes. What is lost when the receiver is slow
// makes no difference, since one signal waits for it.
func (s *Store) look(ctx context.Context, changes chan<- struct{}, told <-chan *pq.Notification, every time.Duration) {
	defer close(changes)
	last, _ := s.changeCount(ctx)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-told:
		}
		n, err := s.changeCount(ctx)
		if err != nil || n == last {
			continue
		}
		last = n
		select {
		case changes <- struct{}{}:
		default:
		}
	}
}

func (s *Store) changeCount(ctx context.Context) (int64, error) {
	counts := make(chan int64, 1)
	err := await(ctx, func(ctx context.Context) error {
		var n int64
		err := s.read.GetContext(ctx, &n, selectChange)
		counts <- n
		return err
	})
	if err != nil {
		return 0, err
	}
	return <-counts, nil
}
