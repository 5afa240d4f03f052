package main

import (
	"testing"
	"time"

	"careline/store/storetest"
)

const (
	stopPeople = 700 // nobody runs out of people to call
	stopWithin = 2 * time.Second
)

// From two seconds after campaign stop --all has returned no INVITE arrives, of
// whatever node, also of one that was killed meanwhile and starts again, until it
// is lifted. Then calls go on.
func TestStopAllHoldsEveryInvite(t *testing.T) {
	t.Parallel()
	w := newCrashWorld(t, storetest.Postgres(t), stopPeople)
	nodes := map[string]*victim{"a": w.node("a", "a"), "b": w.node("b", "b")}
	w.must("campaign", "start", "crash")
	w.dialsFrom(2)

	stopped := w.stopAll()
	w.holds(stopped)
	w.heldFrom(stopped, w.resumeAll())

	stopped = w.stopAll()
	nodes["a"].kill()
	w.node("a", "a-again")
	await(t, takenOver, "the killed node's calls to be named", func() bool {
		return w.count("SELECT COUNT(*) FROM attempts WHERE ended_at = 0") == 0
	})
	w.holds(stopped)
	w.heldFrom(stopped, w.resumeAll())
}

// dialsFrom waits until so many services have each called somebody, in addition to
// what they did before.
func (w *crashWorld) dialsFrom(services int) {
	w.Helper()
	before := len(w.net.Invites())
	await(w, generous, "calls", func() bool {
		return len(w.net.Invites()) > before+20 && w.count("SELECT COUNT(DISTINCT node) FROM attempts") >= services
	})
}

// stopAll stops everything, and returns when the command had done so.
func (w *crashWorld) stopAll() time.Time {
	w.Helper()
	w.must("campaign", "stop", "--all", "--why", "a drill", "--yes")
	return time.Now()
}

// holds waits until both nodes have gone on for a while, by the lease that they
// renew, and the last call has ended.
func (w *crashWorld) holds(stopped time.Time) {
	w.Helper()
	const lease = 20 * time.Second
	renewed := stopped.Add(stopWithin + time.Second + lease).UnixMilli()
	await(w, generous, "both nodes to renew their leases", func() bool {
		return w.count("SELECT COUNT(*) FROM nodes WHERE lease_until > $1", renewed) == 2
	})
	await(w, generous, "the calls to end", func() bool { return w.count("SELECT COUNT(*) FROM attempts WHERE ended_at = 0") == 0 })
	if n := w.count("SELECT COUNT(*) FROM contacts WHERE state = 'pending'"); n == 0 {
		w.Fatal("everybody has been called; nothing is shown by that")
	}
}

// resumeAll lifts the stop, has calls go on, and returns when it began to.
func (w *crashWorld) resumeAll() time.Time {
	w.Helper()
	at := time.Now()
	w.must("campaign", "resume", "--all")
	w.dialsFrom(2)
	return at
}

// heldFrom checks that nobody was called between the end of what a stop permits
// and when it was lifted, by the far end's clock and by the rows.
func (w *crashWorld) heldFrom(stopped, lifted time.Time) {
	w.Helper()
	from := stopped.Add(stopWithin)
	if !from.Before(lifted) {
		w.Fatalf("it was lifted %v after it had stopped; nothing is shown by that", lifted.Sub(stopped))
	}
	last := time.Duration(0)
	for _, i := range w.net.Invites() {
		if i.At.After(stopped) && i.At.Before(lifted) {
			last = max(last, i.At.Sub(stopped))
		}
	}
	if last > stopWithin {
		w.Errorf("somebody was called %v after everything had been stopped; want nobody from %v on", last, stopWithin)
	}
	if n := w.count("SELECT COUNT(*) FROM attempts WHERE begun_at > $1 AND begun_at < $2", from.UnixMilli(), lifted.UnixMilli()); n != 0 {
		w.Errorf("%d attempts were begun while everything was stopped", n)
	}
	w.Logf("the last call left %v after the stop, which lasted %v", last, lifted.Sub(stopped).Round(time.Millisecond))
}
