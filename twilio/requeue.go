package twilio

import (
	"context"

	"careline/call"
	"careline/ivr"
)

// Requeue has Run take callers back into the queue whom an earlier run of this
// node had there, or was talking with: their sound led to that one.
func (c *Carrier) Requeue(left []call.Fact) {
	c.mu.Lock()
	c.orphans = append(c.orphans, left...)
	c.mu.Unlock()
}

// requeueAll begins to take back whom Requeue was given, once agents' phones have
// had the time to be there: else nobody would seem to be.
func (w *watch) requeueAll(ctx context.Context) {
	if !w.c.settled.Load() {
		return
	}
	w.c.mu.Lock()
	left := w.c.orphans
	w.c.orphans = nil
	w.c.mu.Unlock()
	for _, f := range left {
		if t := w.c.trunks[f.Trunk]; t != nil {
			w.under.Go(func() { w.c.requeue(ctx, t, f) })
		}
	}
}

// requeue gives a caller the document again by which they come to the queue, if
// that is what their flow waits for.
func (c *Carrier) requeue(ctx context.Context, t *trunk, f call.Fact) {
	wait := pushAgain
	for range pushes {
		rec, err := c.moved(ctx, f.ID, -1, ivr.Event{})
		if _, waits := waitsFor(rec); err == nil && (!waits || rec.Ending != "" || c.served(f.ID, rec.Seq) != nil) {
			return
		}
		if err == nil {
			err = c.update(ctx, t.Name, f.Name, c.queueURL(t, f.ID, rec.Seq, kindEnqueue))
		}
		if err == nil || isOver(err) {
			c.log.Info("caller of an earlier run is in the queue again", "call_id", f.ID, "trunk", t.Name)
			return
		}
		c.log.Warn("caller of an earlier run is not in the queue yet", "call_id", f.ID, "trunk", t.Name, "err", err)
		if !pause(ctx, wait) {
			return
		}
		wait *= 2
	}
}
