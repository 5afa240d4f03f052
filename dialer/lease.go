package dialer

import (
	"context"
	"fmt"
	"time"
)

const (
	leaseTime    = 20 * time.Second // how long a node may be silent
	renewEvery   = 5 * time.Second
	retryEvery   = time.Second      // where the last renewal did not come through
	recoverEvery = renewEvery       // for what nodes that are gone have left open
	mostSkew     = 2 * time.Second  // between this node's clock and the database's
	farAhead     = 10 * time.Second // a clock that is further ahead sees living nodes' leases as over
)

// lease is the node's right to dial.
type lease struct {
	until      time.Time // zero: never had
	skew       time.Duration
	trouble    error // with the database; nil: none
	troubleAt  time.Time
	recovered  bool // what the earlier run left open has been ended
	recovering bool
	recoverAt  time.Time // when to look again for what others left open
	said       string    // why not, as it was logged
	poke       chan struct{}
}

func newLease() lease { return lease{poke: make(chan struct{}, 1), said: "starting"} }

// held tells whether the node has the lease at now.
func (l *lease) held(now time.Time) bool { return now.Before(l.until) }

// why says why the node may not dial; empty where it may.
func (l *lease) why(now time.Time) string {
	switch {
	case l.trouble != nil:
		return "the database is in trouble: " + l.trouble.Error()
	case l.until.IsZero():
		return "starting"
	case !l.held(now):
		return "the node's lease is over"
	case l.skew.Abs() > mostSkew:
		return fmt.Sprintf("the clock is off: %v against the database's", l.skew)
	case !l.recovered:
		return "starting"
	default:
		return ""
	}
}

// keepLease renews the lease until nothing more is stored.
func (l *loop) keepLease(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		asking, cancel := bounded(ctx)
		skew, err := l.d.node.Renew(asking, l.d.o.Node, began)
		cancel()
		l.post(func(ctx context.Context) { l.renewed(ctx, began, skew, err) })
		wait := renewEvery
		if err != nil {
			wait = retryEvery
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		case <-l.lease.poke:
			pause(ctx, retryEvery)
		}
	}
}

// bounded limits how long one thing that is asked of the database may take.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, answerTime, fmt.Errorf("no answer within %v", answerTime))
}

// pause waits, and reports false when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *loop) renewed(ctx context.Context, began time.Time, skew time.Duration, err error) {
	if err != nil {
		l.trouble(ctx, err)
		return
	}
	l.lease.until, l.lease.skew = began.Add(leaseTime), skew
	if !began.Before(l.lease.troubleAt) {
		l.lease.trouble = nil
	}
	if !l.draining && !l.lease.recovering && skew < farAhead && !began.Before(l.lease.recoverAt) {
		l.lease.recovering = true
		l.wg.Go(func() { l.takeOver(ctx) })
	}
}

// trouble notes that the database did not do what it was asked, and has the
// lease renewed soon: when that succeeds the trouble is over.
func (l *loop) trouble(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.lease.trouble, l.lease.troubleAt = err, time.Now()
	select {
	case l.lease.poke <- struct{}{}:
	default:
	}
}

// takeOver ends what earlier runs, and nodes that are gone, have left open.
func (l *loop) takeOver(ctx context.Context) {
	asking, cancel := bounded(ctx)
	left, err := l.d.node.Recover(asking, l.d.o.Node, time.Now())
	cancel()
	l.post(func(ctx context.Context) { l.tookOver(ctx, err) })
	if err != nil || len(left) == 0 {
		return
	}
	l.d.o.Log.Warn("attempts found open", "attempts", len(left))
	ending, cancel := l.calling(ctx)
	defer cancel()
	if err := l.d.o.EndLost(ending, left); err != nil {
		l.d.o.Log.Warn("lost calls not ended", "err", err)
	}
}

func (l *loop) tookOver(ctx context.Context, err error) {
	l.lease.recovering = false
	if err != nil {
		l.trouble(ctx, fmt.Errorf("recover: %w", err))
		return
	}
	l.lease.recovered = true
	l.lease.recoverAt = time.Now().Add(recoverEvery)
}
