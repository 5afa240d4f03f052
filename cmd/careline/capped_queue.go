package main

import (
	"context"
	"time"

	"careline/call"
	"careline/ivr"
)

// cappedQueue is a queue whose callers' carriers connect them with numbers by
// themselves only while the trunk's day is not used up.
type cappedQueue struct {
	call.Queue
	capped
}

// Serve serves a caller as the queue does.
func (q cappedQueue) Serve(ctx context.Context, w call.Waiting, spec ivr.EnqueueSpec) ivr.EventKind {
	if bridge := w.Bridge; bridge != nil {
		w.Bridge = func(ctx context.Context, o call.Order, joined func(at time.Time)) error {
			o.Progress = func(ctx context.Context, p call.Progress) error {
				if p.Stage != call.Sent {
					return nil
				}
				return q.count(ctx, o)
			}
			return bridge(ctx, o, joined)
		}
	}
	return q.Queue.Serve(ctx, w, spec)
}
