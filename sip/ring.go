package sip

import (
	"context"
	"errors"
	"time"

	"careline/call"
	"careline/campaigns"
)

// cancelPatience is how long a phone that has not rung may take to confirm that
// the call was taken back.
const cancelPatience = 2 * time.Second

var errSilentPhone = errors.New("the phone does not answer at all")

// rung is how a call to a phone has come out.
type rung struct {
	line *Line
	err  error
}

// dialPhone places a call to a phone. A phone that is there rings within a
// moment; one that does not has gone without a word, and whoever waits for it
// shall not wait for SIP's own time-out of 32 s. Then dialPhone returns before
// the call is over, and the rest is looked after.
func (d *Driver) dialPhone(ctx context.Context, o call.Order, w way) (*Line, error) {
	rings := make(chan struct{}, 1)
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
			patience.Stop()
			rings = nil
		case <-gone:
			gone = nil
			if rings != nil {
				patience.Reset(cancelPatience)
			}
		case <-patience.C:
			cancel(errSilentPhone)
			if gone != nil {
				d.phones.heard(w.phone, false)
				d.announce()
			}
			go takeBack(context.WithoutCancel(ctx), result)
			return nil, &call.Failure{
				Disposition: campaigns.NotKnown, Sent: true, Evidence: campaigns.Evidence{Text: errSilentPhone.Error()},
			}
		}
	}
}

// tellRinging has rings told as well when the phone rings.
func tellRinging(next progress, rings chan<- struct{}) progress {
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

type progress = func(ctx context.Context, p call.Progress) error

// takeBack ends a call that was answered though nobody waits for it any more.
func takeBack(ctx context.Context, result <-chan rung) {
	if r := <-result; r.line != nil {
		r.line.Hangup(ctx)
	}
}
