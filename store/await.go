package store

import (
	"context"
	"errors"
	"time"
)

// awaitLimit is the longest that a caller waits for the database.
const awaitLimit = 5 * time.Second

// await runs fn and returns when it does, when ctx ends or when it takes too
// long: PostgreSQL's driver does not leave a read when its context ends. After
// an error fn may still be running, so nothing that it writes may be read.
func await(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, awaitLimit, errors.New("the database does not answer"))
	done := make(chan error, 1)
	go func() {
		defer cancel()
		done <- fn(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.Join(ctx.Err(), context.Cause(ctx))
	}
}
