package sip

import (
	"context"
	"fmt"
	"time"

	"careline/sip/dialog"
)

// ask sends OPTIONS, twice if need be, and says why the other side cannot be
// used, empty if it can, and how long it wants to be left alone. Any answer will
// do but those which say that it is out of service, or that nobody was found
// behind it.
func (d *Driver) ask(ctx context.Context, q dialog.Question) (why string, retryAfter time.Duration) {
	for range 2 {
		if why, retryAfter = d.askOnce(ctx, q); why == "" {
			return "", 0
		}
	}
	return why, retryAfter
}

func (d *Driver) askOnce(ctx context.Context, q dialog.Question) (why string, retryAfter time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d.opt.ProbeWait)
	defer cancel()
	reply, err := d.end.Ask(ctx, q)
	switch {
	case ctx.Err() != nil:
		return "no answer to OPTIONS", 0
	case err != nil:
		return err.Error(), 0
	case reply.Code == 503 || reply.Code == 408:
		return fmt.Sprintf("OPTIONS answered %d", reply.Code), reply.RetryAfter
	default:
		return "", 0
	}
}

// sleep waits for d, and reports whether ctx lasted as long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
