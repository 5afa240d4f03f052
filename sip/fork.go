package sip

import (
	"context"
	"errors"
	"slices"
	"sync"

	"careline/call"
	"careline/campaigns"
	"careline/sip/dialog"
)

// fork rings several phones of an agent at once. The first that answers has the
// call; the others are told that it was completed elsewhere.
type fork struct {
	order call.Order

	mu     sync.Mutex
	last   call.Stage
	winner int // 0: none yet
	cancel map[int]context.CancelCauseFunc
}

// ringAll places a call to all phones of an agent.
func (d *Driver) ringAll(ctx context.Context, o call.Order, ways []way) (*Line, error) {
	if len(ways) == 1 && len(ways[0].others) == 0 {
		return d.dialPhone(ctx, o, ways[0])
	}
	f := &fork{order: o, cancel: make(map[int]context.CancelCauseFunc)}
	results := make(chan rung, len(ways))
	for i, w := range ways {
		branch := o
		branch.Progress = f.progress(i + 1)
		ringing := f.branch(ctx, i+1)
		go func() {
			line, err := d.ringPhone(ringing, branch, w)
			results <- rung{line, err}
		}()
	}
	return f.first(ctx, results, len(ways))
}

// branch returns the context of one phone's ringing.
func (f *fork) branch(ctx context.Context, n int) context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	ctx, f.cancel[n] = context.WithCancelCause(ctx)
	return ctx
}

// first returns the first line, or how the call ended where none answered.
func (f *fork) first(ctx context.Context, results <-chan rung, left int) (*Line, error) {
	var errs []error
	for ; left > 0; left-- {
		r := <-results
		if r.line != nil {
			f.end(dialog.ErrElsewhere)
			f.cancel[f.winner](nil)
			go takeBackAll(context.WithoutCancel(ctx), results, left-1)
			return r.line, nil
		}
		errs = append(errs, r.err)
		if refusedByPerson(r.err) {
			f.end(context.Canceled)
		}
	}
	f.end(nil)
	return nil, slices.MinFunc(errs, func(a, b error) int { return saying(a) - saying(b) })
}

// takeBackAll ends calls that came up though another phone has the call.
func takeBackAll(ctx context.Context, results <-chan rung, left int) {
	for range left {
		takeBack(ctx, results)
	}
}

// end ends what still rings.
func (f *fork) end(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n, cancel := range f.cancel {
		if n != f.winner {
			cancel(why)
		}
	}
}

// progress tells the order's Progress of each stage once. The first phone that
// is up has the call, and every other is turned down.
func (f *fork) progress(n int) onProgress {
	return func(ctx context.Context, p call.Progress) error {
		tell, err := f.take(n, p.Stage)
		if p.Stage == call.Up && err == nil {
			f.end(dialog.ErrElsewhere)
		}
		if !tell || err != nil || f.order.Progress == nil {
			return err
		}
		return f.order.Progress(ctx, p)
	}
}

// take notes that a phone has come to a stage, and reports whether it is news.
func (f *fork) take(n int, s call.Stage) (news bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.winner != 0 && f.winner != n {
		return false, dialog.ErrElsewhere
	}
	if s == call.Up {
		f.winner = n
	}
	news = rankOf(s) > rankOf(f.last)
	if news {
		f.last = s
	}
	return news, nil
}

// rankOf orders the stages of a call.
func rankOf(s call.Stage) int {
	return map[call.Stage]int{call.Sent: 1, call.Ringing: 2, call.Up: 3}[s]
}

// refusedByPerson tells whether somebody has refused the call on all phones.
func refusedByPerson(err error) bool {
	var f *call.Failure
	return errors.As(err, &f) && f.Evidence.Status >= 600
}

// saying orders how phones failed by how much it says: a person's refusal first,
// a phone that is gone last.
func saying(err error) int {
	var f *call.Failure
	if !errors.As(err, &f) {
		return 9
	}
	order := []campaigns.Disposition{campaigns.Refused, campaigns.Busy, campaigns.NoAnswer, campaigns.Cancelled, campaigns.Unreachable}
	if i := slices.Index(order, f.Disposition); i >= 0 {
		return i
	}
	return len(order)
}
