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
	recoverEvery = 20 * time.Second // for what nodes that are gone have left open
	mostSkew     = 2 * time.Second  // between this node's clock and the database's
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
func (l *loop) keepLease() {
	for l.final.Err() == nil {
		began := time.Now()
		ctx, cancel := l.database()
		skew, err := l.d.node.Renew(ctx, l.d.o.Node, began)
		cancel()
		l.post(func() { l.renewed(began, skew, err) })
		wait := renewEvery
		if err != nil {
			wait = retryEvery
		}
		select {
		case <-time.After(wait):
		case <-l.final.Done():
		case <-l.lease.poke:
			l.pause(retryEvery)
		}
	}
}

// database bounds one thing that is asked of the database.
func (l *loop) database() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(l.final, answerTime, fmt.Errorf("no answer within %v", answerTime))
}

// pause waits, and reports false when nothing more is stored.
func (l *loop) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-l.final.Done():
		return false
	}
}

func (l *loop) renewed(began time.Time, skew time.Duration, err error) {
	if err != nil {
		l.trouble(err)
		return
	}
	l.lease.until, l.lease.skew = began.Add(leaseTime), skew
	if !began.Before(l.lease.troubleAt) {
		l.lease.trouble = nil
	}
	if !l.draining && !l.lease.recovering && !began.Before(l.lease.recoverAt) {
		l.lease.recovering = true
		l.wg.Go(l.takeOver)
	}
}

// trouble notes that the database did not do what it was asked, and has the
// lease renewed soon: when that succeeds the trouble is over.
func (l *loop) trouble(err error) {
	if l.final.Err() != nil {
		return
	}
	l.lease.trouble, l.lease.troubleAt = err, time.Now()
	select {
	case l.lease.poke <- struct{}{}:
	default:
	}
}

// takeOver ends what earlier runs, and nodes that are gone, have left open.
func (l *loop) takeOver() {
	ctx, cancel := l.database()
	left, err := l.d.node.Recover(ctx, l.d.o.Node, time.Now())
	cancel()
	l.post(func() { l.tookOver(err) })
	if err != nil || len(left) == 0 {
		return
	}
	l.d.o.Log.Warn("attempts found open", "attempts", len(left))
	if err := l.d.o.EndLost(l.work, left); err != nil {
		l.d.o.Log.Warn("lost calls not ended", "err", err)
	}
}

func (l *loop) tookOver(err error) {
	l.lease.recovering = false
	if err != nil {
		l.trouble(fmt.Errorf("recover: %w", err))
		return
	}
	l.lease.recovered = true
	l.lease.recoverAt = time.Now().Add(recoverEvery)
}
