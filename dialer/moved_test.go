package dialer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"careline/call"
	"careline/campaigns"
)

// redirected is a carrier that sends each call elsewhere before it ends it.
type redirected struct {
	r    *rig
	errs chan error
}

func (c redirected) Place(ctx context.Context, o call.Order) (call.Line, error) {
	leg := o.Leg
	leg.Moved, leg.Branch, leg.CSeq = "sip:elsewhere", "z9hG4bK-2", 2
	err := o.Progress(ctx, call.Progress{Stage: call.Moved, At: time.Now(), Leg: leg})
	if row := c.r.ledger.rows()[0]; err == nil && (row.Leg.Moved != leg.Moved || row.Leg.Branch != leg.Branch || !row.RingingAt.IsZero()) {
		c.r.t.Errorf("row %+v; want the leg of the redirect, and no ringing", row)
	}
	c.errs <- err
	return nil, &call.Failure{Disposition: campaigns.Busy, Sent: true}
}

// Where a redirect leads is on disk before the call goes there; when it cannot be
// stored the call must not go.
func TestRedirectIsStoredFirst(t *testing.T) {
	for _, broken := range []bool{false, true} {
		dials(t, always(answers), func(r *rig) {
			c := redirected{r, make(chan error, 9)}
			r.replace(c)
			if broken {
				r.ledger.breaks(errors.New("disk full"), "mark")
			}
			r.ledger.start(definition(), 1)
			r.run()
			r.after(5 * time.Second)
			r.end()
			if err := <-c.errs; (err != nil) != broken {
				t.Errorf("the redirect was stored with %v; want an error: %v", err, broken)
			}
		})
	}
}
