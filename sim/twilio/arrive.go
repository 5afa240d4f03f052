package twin

import (
	"context"
	"net/http"
	"time"
)

// take is a call from a person, from its arrival to its end.
func (t *Twin) take(ctx context.Context, a Arrival) {
	acc, n, ok := t.owner(a.To())
	if !ok {
		a.Reject(http.StatusNotFound)
		return
	}
	if n.VoiceURL == "" || n.TrunkSID != "" || n.VoiceAppSID != "" || acc.Suspended {
		a.Reject(http.StatusNotFound)
		return
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c := &call{
		acc: acc, arrival: a, end: end, limit: time.Duration(bound("call")) * time.Second,
		Call:     Call{From: a.From(), To: n.Number, Direction: "inbound", Status: "ringing"},
		first:    source{url: n.VoiceURL, method: n.VoiceMethod},
		fallback: source{url: n.FallbackURL, method: n.FallbackMethod},
		watch:    watch{n.StatusCallback, n.StatusMethod, []string{"completed"}},
	}
	t.mu.Lock()
	t.enter(c)
	t.mu.Unlock()
	t.write(c.about(KindArrived))
	t.start(func(context.Context) {
		select {
		case <-a.Done():
			if t.notPickedUp(c) {
				end(errPerson)
			}
		case <-ctx.Done():
		}
	})
	why := t.converse(ctx, c, c.first)
	t.depart(ctx, c, why)
}

// notPickedUp tells whether a call was never answered.
func (t *Twin) notPickedUp(c *call) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return c.Answered.IsZero()
}

// depart ends an inbound call, answered or not.
func (t *Twin) depart(ctx context.Context, c *call, why error) {
	status := "completed"
	t.mu.Lock()
	refusal, sip := c.refusal, 0
	t.mu.Unlock()
	switch {
	case c.party != nil:
	case refusal == "busy":
		status, sip = "busy", 486
	case refusal != "":
		status, sip = "no-answer", 603
	case ctx.Err() != nil: // the caller has given up
		status, sip = "no-answer", 487
	default:
		sip = 603
	}
	if sip != 0 {
		c.arrival.Reject(sip)
		t.mu.Lock()
		c.SIP = sip
		t.mu.Unlock()
	}
	t.over(c, status, reason(ctx, why))
}

// pickUp answers a call that came in.
func (t *Twin) pickUp(ctx context.Context, c *call) error {
	party, err := c.arrival.Answer(ctx)
	if err != nil {
		c.end(errPerson)
		return err
	}
	c.party = party
	t.mu.Lock()
	c.SIP = http.StatusOK
	longest := t.opt.pace(c.limit)
	t.mu.Unlock()
	t.reach(c, "in-progress", "answered", c.about(KindAnswered))
	t.start(func(live context.Context) {
		limit := time.NewTimer(longest)
		defer limit.Stop()
		select {
		case <-party.Done():
			c.end(errPerson)
		case <-limit.C:
			c.end(errLimit)
		case <-live.Done():
		}
	})
	return nil
}

// update gives a call another document. It reports false when the call is not
// being talked on.
func (t *Twin) update(c *call, src source) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.closed || c.Status != "in-progress" {
		return false
	}
	c.pending = &src
	if c.interrupt != nil {
		c.interrupt(errUpdated)
	}
	return true
}
