package twilio

import (
	"context"
	"time"

	"careline/call"
)

// How often closing a call is tried, and how long apart at first.
const (
	closings   = 4
	closeAgain = time.Second
)

// settle closes a call that is over, however often that has to be tried, but not
// for long. Whoever took the news of its end has done so, if all went well.
func (c *Carrier) settle(ctx context.Context, h *hosted, f call.Fact) (err error) {
	r := &request{t: h.trunk, id: h.id, sid: f.Name, log: c.log.With("trunk", h.trunk.Name, "call_id", h.id, "sid", f.Name)}
	if f.EndedAt.IsZero() {
		f.EndedAt = time.Now()
	}
	wait := closeAgain
	for range closings {
		if err = c.closed(ctx, r, f, h.byUs()); err == nil {
			return nil
		}
		<-time.After(wait)
		wait *= 2
	}
	return err
}
