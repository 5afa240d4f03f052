package dialog

import (
	"cmp"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// later does things 64*T1 after they were added, when no message of a call is
// under way any more. All have the same time to wait, so one timer is enough:
// one for each would be most of what an ended call costs.
type later struct {
	wait  time.Duration // another time; 0 is 64*T1
	mu    sync.Mutex
	queue []due // in order
}

// due is a thing to do.
type due struct {
	at time.Time
	do func()
}

func (l *later) add(do func()) {
	wait := cmp.Or(l.wait, 64*sipmsg.T1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, due{time.Now().Add(wait), do})
	if len(l.queue) == 1 {
		time.AfterFunc(wait, l.run)
	}
}

// run does what is due, and comes back for the rest.
func (l *later) run() {
	for _, d := range l.take(time.Now()) {
		d.do()
	}
}

// take takes what is due from the queue, and sees that run comes back for the
// rest.
func (l *later) take(now time.Time) (ripe []due) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.queue) && !l.queue[n].at.After(now) {
		n++
	}
	ripe, l.queue = l.queue[:n:n], append([]due(nil), l.queue[n:]...) // what was done is not kept
	if len(l.queue) > 0 {
		time.AfterFunc(max(l.queue[0].at.Sub(now), laterPace), l.run)
	}
	return ripe
}

// laterPace is how often run comes at most.
const laterPace = 100 * time.Millisecond

// drop deletes a key. A map keeps the room that it once needed, so one that has
// become empty is replaced.
func drop[K comparable, V any](m map[K]V, key K) map[K]V {
	delete(m, key)
	if len(m) == 0 {
		return make(map[K]V)
	}
	return m
}
