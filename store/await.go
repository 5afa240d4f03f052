package store

import (
	"context"
	"errors"
)

// await runs fn and returns when it does, when ctx ends or when it takes too
// long: PostgreSQL's driver does not leave a read when its context ends. After
// an error fn may still be running, so nothing that it writes may be read.
func (s *Store) await(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 2*s.o.Patience, errors.New("the database does not answer"))
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- fn(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done: // ctx ended because fn had returned
		return err
	default:
		return errors.Join(ctx.Err(), context.Cause(ctx))
	}
}
