package twilio

import (
	"context"
	"errors"
	"fmt"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"careline/call"
	"careline/ivr"
)

// errElsewhere is returned for what only a line that is held here could do.
var errElsewhere = errors.New("the call lives at Twilio: requests to this service move it")

// errLost is why a call is no longer followed.
var errLost = errors.New("no word of how the call ended, long after it must have")

// Line is an answered call at Twilio. Its flow is moved by Twilio's requests, at
// whichever node they come to: here its end is waited for.
type Line struct {
	c *Carrier
	h *hosted
}

var _ call.Hosted = (*Line)(nil)

// Start fails: Twilio's requests move the flow.
func (l *Line) Start(context.Context, []ivr.Action) error { return errElsewhere }

// Next fails likewise, until the call is over.
func (l *Line) Next(context.Context) (ivr.Event, error) {
	if f, _ := l.h.state(); f.Phase == call.Over {
		return ivr.Event{Kind: ivr.HungUp, At: f.EndedAt}, nil
	}
	return ivr.Event{}, errElsewhere
}

// Wait waits until the call is over, or ctx ends. Meanwhile it has the call's
// witness note who has answered.
func (l *Line) Wait(ctx context.Context) error {
	for {
		f, changed := l.h.state()
		saw(l.h.witness, f.AnsweredBy, time.Now())
		if f.Phase == call.Over {
			return l.c.settle(context.WithoutCancel(ctx), l.h, f)
		}
		until := time.NewTimer(time.Until(l.deadline(f)))
		select {
		case <-changed:
			until.Stop()
		case <-until.C:
			l.c.leave(l.h)
			return errors.Join(errLost, l.c.settle(context.WithoutCancel(ctx), l.h, f))
		case <-ctx.Done():
			until.Stop()
			return ctx.Err()
		}
	}
}

// deadline is when a call that must have ended by its time limit is given up.
func (l *Line) deadline(f call.Fact) time.Time {
	if l.h.to == "" { // it came in: only Twilio limits its time
		return l.h.begun.Add(longestCall + l.c.opt.Proof)
	}
	return f.AnsweredAt.Add(l.h.trunk.TimeLimit + l.c.opt.Proof)
}

// longestCall is how long a call may last at most, at any account.
const longestCall = 24 * time.Hour

// Hangup ends the call at Twilio, and waits for that, but not long. It may be
// called more than once, and from any goroutine.
func (l *Line) Hangup(ctx context.Context) { l.c.end(ctx, l.h) }

// byUs tells whether we have asked for the call's end.
func (h *hosted) byUs() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}

// end ends a call: it is cancelled while nobody has answered, else hung up. It
// waits until the call is over, at most Options.Part, and returns what is known
// then.
func (c *Carrier) end(ctx context.Context, h *hosted) call.Fact {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Part)
	defer cancel()
	for wait := firstTry; ; wait *= 2 {
		f, changed := h.state()
		if f.Phase == call.Over {
			return f
		}
		if h.ends(true) { // nobody else is at it
			if err := c.tryEnd(ctx, h, f); err != nil && ctx.Err() == nil {
				c.log.Warn("call not ended yet", "call_id", h.id, "trunk", h.trunk.Name, "err", err)
			}
			h.ends(false)
		}
		again := time.NewTimer(wait)
		select {
		case <-changed:
			again.Stop()
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			f, _ := h.state()
			return f
		}
	}
}

// ends notes that we ask for the call's end, or have asked. It reports false
// while somebody else asks.
func (h *hosted) ends(asks bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if asks && h.asking {
		return false
	}
	h.ended, h.asking = true, asks
	return true
}

// firstTry is how long the first request to end a call may go without effect.
const firstTry = time.Second

// tryEnd asks Twilio to end a call.
func (c *Carrier) tryEnd(ctx context.Context, h *hosted, f call.Fact) error {
	if f.Name == "" {
		return c.prove(ctx, h)
	}
	status := statusCompleted
	if !answered(f) {
		status = statusCanceled
	}
	after, err := h.trunk.api.change(ctx, f.Name, (&openapi.UpdateCallParams{}).SetStatus(status))
	if err != nil { // it may be over
		return errors.Join(err, c.look(ctx, h))
	}
	_, err = c.told(ctx, learnt(f, after, time.Now()))
	return err
}

// look asks the API for a call as it stands.
func (c *Carrier) look(ctx context.Context, h *hosted) error {
	f, _ := h.state()
	found, err := h.trunk.api.fetch(ctx, f.Name)
	if err != nil {
		return err
	}
	_, err = c.told(ctx, learnt(f, found, time.Now()))
	return err
}

// update gives a running call another document: the URL is fetched at once.
func (c *Carrier) update(ctx context.Context, trunkName, sid, documentURL string) error {
	t := c.trunks[trunkName]
	if t == nil {
		return fmt.Errorf("trunk %q is not configured", trunkName)
	}
	_, err := t.api.change(ctx, sid, (&openapi.UpdateCallParams{}).SetUrl(documentURL).SetMethod("POST"))
	return err
}

// hangup ends a call at Twilio.
func (c *Carrier) hangup(ctx context.Context, trunkName, sid string) error {
	t := c.trunks[trunkName]
	if t == nil {
		return fmt.Errorf("trunk %q is not configured", trunkName)
	}
	_, err := t.api.change(ctx, sid, (&openapi.UpdateCallParams{}).SetStatus(statusCompleted))
	if is(err, notInProgress) {
		return nil
	}
	return err
}
