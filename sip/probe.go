package sip

import (
	"context"
	"fmt"
	"time"
)

// ask sends OPTIONS, twice if need be, and says why the other side cannot be
// used; empty if it can. Any answer will do but those which say that it is out
// of service, or that nobody was found behind it.
func (d *Driver) ask(ctx context.Context, target, route string) (why string) {
	for range 2 {
		if why = d.askOnce(ctx, target, route); why == "" {
			return ""
		}
	}
	return why
}

func (d *Driver) askOnce(ctx context.Context, target, route string) (why string) {
	ctx, cancel := context.WithTimeout(ctx, d.opt.ProbeWait)
	defer cancel()
	code, err := d.end.Options(ctx, target, route)
	switch {
	case ctx.Err() != nil:
		return "no answer to OPTIONS"
	case err != nil:
		return err.Error()
	case code == 503 || code == 408:
		return fmt.Sprintf("OPTIONS answered %d", code)
	default:
		return ""
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
