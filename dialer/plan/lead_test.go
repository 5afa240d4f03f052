package plan_test

import (
	"testing"
	"time"

	"careline/dialer/plan"
)

// TestLead: starts are given out ahead of their times, so that a timer which is
// late by less costs no call; what is later than that is not made up for.
func TestLead(t *testing.T) {
	d := newDesk(t, plan.Options{Lead: 5 * time.Millisecond})
	d.step(trunk("main", 10, 10))
	d.step(running("c", 0, "main"))
	d.claimed("1", "2", "3", "4", "5")
	starts := func(at time.Duration) {
		t.Helper()
		if e := d.take(plan.Place); !e.At.Equal(start.Add(at)) {
			t.Errorf("a call starts %v after the start; want %v", e.At.Sub(start), at)
		}
		if d.has(plan.Place) {
			t.Errorf("there are more calls: %v", kinds(d.out))
		}
	}
	starts(0)
	d.wake(95 * time.Millisecond)
	starts(100 * time.Millisecond)
	d.now = start.Add(199 * time.Millisecond) // 4 ms late
	d.step(plan.Event{Kind: plan.Tick})
	starts(200 * time.Millisecond)
	d.now = start.Add(350 * time.Millisecond)
	d.step(plan.Event{Kind: plan.Tick})
	starts(350 * time.Millisecond)
	d.wake(445 * time.Millisecond)
	starts(450 * time.Millisecond)
}
