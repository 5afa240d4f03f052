package sip

import (
	"cmp"
	"context"
	"errors"
	"time"

	"careline/call"
	"careline/campaigns"
)

// cancelPatience is how long a phone may take to confirm that a call was taken
// back, or rang for long enough.
const cancelPatience = 2 * time.Second

var errSilentPhone = errors.New("the phone does not answer at all")

// rung is how a call to a phone has come out.
type rung struct {
	line *Line
	err  error
}

// longestRing is how long a phone rings where nobody says.
const longestRing = time.Minute

// dialPhone places a call to a phone. A phone that is there rings within a
// moment, and stops when it is told to; one that does not has gone without a
// word, and whoever waits for it shall not wait for SIP's own time-out of 32 s.
// Then dialPhone returns before the call is over, and the rest is looked after.
func (d *Driver) dialPhone(ctx context.Context, o call.Order, w way) (*Line, error) {
	rings := make(chan struct{}, 1)
	o.Ring = cmp.Or(o.Ring, longestRing)
	o.Progress = tellRinging(o.Progress, rings)
	dialing, cancel := context.WithCancelCause(ctx)
	result := make(chan rung, 1)
	go func() {
		line, err := d.dial(dialing, o, w)
		result <- rung{line, err}
	}()
	patience := time.NewTimer(d.opt.PhoneWait)
	defer patience.Stop()
	gone := ctx.Done()
	for {
		select {
		case r := <-result:
			cancel(nil)
			return r.line, r.err
		case <-rings:
			rings = nil
			if gone != nil {
				patience.Reset(o.Ring + cancelPatience)
			}
		case <-gone:
			gone = nil
			patience.Reset(cancelPatience)
		case <-patience.C:
			cancel(errSilentPhone)
			d.phones.heard(w.phone, false)
			d.announce()
			go takeBack(context.WithoutCancel(ctx), result)
			return nil, &call.Failure{
				Disposition: campaigns.NotKnown, Sent: true, Rang: rings == nil, Evidence: campaigns.Evidence{Text: errSilentPhone.Error()},
			}
		}
	}
}

// tellRinging has rings told as well when the phone rings.
func tellRinging(next onProgress, rings chan<- struct{}) onProgress {
	return func(ctx context.Context, p call.Progress) error {
		if p.Stage == call.Ringing {
			rings <- struct{}{}
		}
		if next == nil {
			return nil
		}
		return next(ctx, p)
	}
}

type onProgress = func(ctx context.Context, p call.Progress) error

// takeBack ends a call that was answered though nobody waits for it any more.
func takeBack(ctx context.Context, result <-chan rung) {
	if r := <-result; r.line != nil {
		r.line.Hangup(ctx)
	}
}
