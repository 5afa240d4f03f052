package twin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// errNoAnswer is why a call is given up that has rung for too long.
var errNoAnswer = errors.New("rang for too long")

// life is an outbound call from its turn to its end.
func (t *Twin) life(ctx context.Context, c *call) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	t.mu.Lock()
	c.end = end
	if c.unwanted {
		end(errRest)
	}
	t.mu.Unlock()
	if !after(ctx, c.Wait) {
		t.mu.Lock()
		c.watch.url = "" // canceled while queued: nobody is told
		t.mu.Unlock()
		t.over(c, "canceled", reason(ctx, errRest))
		return
	}
	if !t.connect(ctx, c) {
		return
	}
	t.talk(ctx, c)
}

// connect dials and waits for an answer. Without one the call is over.
func (t *Twin) connect(ctx context.Context, c *call) bool {
	t.mu.Lock()
	c.Dials++
	d := c.dialing
	t.mu.Unlock()
	t.reach(c, "initiated", "initiated", c.about(KindDialed))
	d.Call, d.From = c.SID, c.From
	if isSIP(d.To) {
		d.Headers = append(slices.Clone(d.Headers), Header{"X-Twilio-CallSid", c.SID}, Header{"X-Twilio-AccountSid", c.Account}, Header{"X-Twilio-ApiVersion", version})
	}
	d.Ringing = func() { t.reach(c, "ringing", "ringing", c.about(KindRinging)) }
	ring, stop := context.WithTimeoutCause(ctx, t.opt.pace(c.ring), errNoAnswer)
	party, err := t.opt.Line.Dial(ring, d)
	stop()
	if err != nil {
		t.unanswered(ctx, c, err)
		return false
	}
	c.party = party
	t.mu.Lock()
	c.SIP = http.StatusOK
	t.mu.Unlock()
	t.reach(c, "in-progress", "answered", c.about(KindAnswered))
	return true
}

// unanswered ends a call that nobody has answered.
func (t *Twin) unanswered(ctx context.Context, c *call, err error) {
	sip, why := 487, errors.New("line")
	var u *UnansweredError
	if errors.As(err, &u) {
		sip = u.Status
	}
	status := statusOf(sip)
	switch {
	case ctx.Err() == nil:
	case errors.Is(context.Cause(ctx), errNoAnswer):
		sip, status = 487, "no-answer"
	default:
		sip, status, why = 487, "canceled", reason(ctx, errRest)
	}
	t.mu.Lock()
	c.SIP = sip
	t.mu.Unlock()
	e := c.about(KindRefused)
	e.Code, e.Status = sip, status
	t.write(e)
	t.over(c, status, why)
}

// statusOf is what a call is that was refused with a status of SIP.
func statusOf(sip int) string {
	switch sip {
	case 486, 600, 603:
		return "busy"
	case 408, 480, 487:
		return "no-answer"
	}
	return "failed"
}

// talk is an answered call to its end.
func (t *Twin) talk(ctx context.Context, c *call) {
	ctx, end := t.guard(ctx, c)
	defer end(nil)
	first, ok := t.detect(ctx, c)
	why := errPerson
	if ok {
		why = t.converse(ctx, c, first)
	}
	if errors.Is(why, errDocument) && ctx.Err() != nil {
		why = reason(ctx, why)
	}
	t.over(c, "completed", reason(ctx, why))
}

// guard is a context that ends when who talks has hung up, or has talked for
// too long.
func (t *Twin) guard(ctx context.Context, c *call) (context.Context, context.CancelCauseFunc) {
	ctx, end := context.WithCancelCause(ctx)
	t.mu.Lock()
	limit := t.opt.pace(c.limit)
	t.mu.Unlock()
	done := c.party.Done()
	t.start(func(context.Context) {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-done:
			end(errPerson)
		case <-timer.C:
			end(errLimit)
		case <-ctx.Done():
		}
	})
	return ctx, end
}
