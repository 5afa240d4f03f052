package dialer

import (
	"context"
	"time"

	"careline/dialer/plan"
)

// Pushback tells that the carrier of a trunk has said that it has enough, where no
// call has ended by that: one of which it is not known yet whether there is one.
// The trunk is slowed, and rests for as long as the carrier has asked; 0: it has
// not. It may be called at any time, and returns at once.
func (d *Dialer) Pushback(trunk string, status int, wait time.Duration) {
	d.mu.Lock()
	d.pushed = append(d.pushed, plan.Event{Kind: plan.PushedBack, Trunk: plan.Trunk{Name: trunk}, Status: status, Wait: wait})
	d.mu.Unlock()
	d.turn()
}

// pushBack hands in what carriers have said.
func (l *loop) pushBack(ctx context.Context) {
	l.d.mu.Lock()
	pushed := l.d.pushed
	l.d.pushed = nil
	l.d.mu.Unlock()
	for _, ev := range pushed {
		l.step(ctx, ev)
	}
}
