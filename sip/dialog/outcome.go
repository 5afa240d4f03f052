package dialog

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// wait carries the call to its end.
func (o *outgoing) wait(ctx context.Context) (*Dialog, error) {
	ring := time.NewTimer(o.inv.Ring)
	defer ring.Stop()
	gone := ctx.Done()
	var patience <-chan time.Time // for a final response to our CANCEL
	for {
		if d, r := o.settle(ctx); d != nil || r != nil {
			return o.result(d, r)
		}
		if patience == nil && o.cancelled() {
			patience = time.After(64 * sipmsg.T1)
		}
		select {
		case <-o.changed:
		case <-ring.C:
			o.giveUp(ctx, ErrNoAnswer)
		case <-gone:
			gone = nil
			o.giveUp(ctx, fmt.Errorf("%w: %w", ErrCancelled, context.Cause(ctx)))
		case <-patience:
			o.drop()
			return o.result(nil, o.refusal())
		}
	}
}

// drop ends a transaction that would go on for ever. A late answer is then taken
// down as one of a lost call.
func (o *outgoing) drop() {
	o.mu.Lock()
	tx := o.tx
	o.mu.Unlock()
	tx.Terminate()
}

func (o *outgoing) cancelled() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cancel
}

// settle tells of ringing, answers a challenge, and returns the end of the call
// when it has come; nothing while it goes on.
func (o *outgoing) settle(ctx context.Context) (*Dialog, *RefusedError) {
	o.mu.Lock()
	rings := o.rings
	o.rings = nil
	o.mu.Unlock()
	for _, r := range rings {
		if o.inv.OnRinging == nil {
			break
		}
		if err := o.inv.OnRinging(ctx, r); err != nil {
			o.giveUp(ctx, fmt.Errorf("%w: %w", ErrCancelled, err))
		}
	}
	o.mu.Lock()
	dialog, final, end := o.dialog, o.final, o.crossed || o.failed != nil
	o.mu.Unlock()
	switch {
	case dialog != nil:
		if err := o.answered(ctx, dialog); err != nil {
			return nil, o.decline(ctx, dialog, err)
		}
		return dialog, nil
	case end:
		return nil, o.refusal()
	case final != nil:
		return nil, o.goOn(ctx, final)
	}
	return nil, nil // the call goes on
}

// given returns why we have given up; nil when we have not.
func (o *outgoing) given() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.why
}

// goOn sends the INVITE again, with what it was refused for mended, or to where
// a redirect leads; or it returns the refusal.
func (o *outgoing) goOn(ctx context.Context, final *sipmsg.Response) *RefusedError {
	o.mu.Lock()
	refusal := o.refused()
	var again *sipmsg.Request
	if o.why == nil {
		again = o.rounds.next(o.req, final, o.inv.Credentials)
	}
	o.mu.Unlock()
	if again == nil {
		if o.move(ctx, final) {
			return nil
		}
		refusal.Cause = cmp.Or(o.given(), refusal.Cause, o.moves.why)
		return refusal
	}
	o.e.via(again, o.inv.Leg.Branch+"."+strconv.Itoa(o.rounds.n+1))
	if err := o.send(ctx, again); err != nil {
		refusal.Cause = err
		return refusal
	}
	return nil
}

// refusal is how the call ended without an answer.
func (o *outgoing) refusal() *RefusedError {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.refused()
}

// refused is refusal with o.mu held.
func (o *outgoing) refused() *RefusedError {
	r := &RefusedError{Sent: true, Heard: o.heard, Rang: o.rang, Cause: o.why}
	if o.final != nil {
		if o.why == nil || !isChallenge(o.final) { // else we did not go on, for a reason of our own
			r.read(o.final)
		}
		if o.why == nil {
			r.Cause = unproved(o.final, o.inv.Credentials)
		}
		return r
	}
	if !o.heard || o.why == nil {
		r.Cause = ErrNoResponse
		if o.why != nil {
			r.Cause = fmt.Errorf("%w, %w", ErrNoResponse, o.why)
		} else if o.failed != nil {
			r.Cause = fmt.Errorf("%w: %w", ErrNoResponse, o.failed)
		}
	}
	return r
}

// result is what Invite returns. When the peer may still answer, its answer
// will be taken down.
func (o *outgoing) result(d *Dialog, r *RefusedError) (*Dialog, error) {
	if d != nil {
		return d, nil
	}
	o.mu.Lock()
	open := o.final == nil
	o.mu.Unlock()
	if open {
		_, _ = o.e.calls.lose(Lost{Leg: o.inv.Leg, Route: o.inv.Route, Credentials: o.inv.Credentials}) // its target was sent to
	}
	return nil, r
}
