package sip

import (
	"sync"
	"time"
)

const (
	mostFailures  = 5                // wrong passwords before a source is locked out
	lockOut       = time.Minute      // since the latest failure
	mostOffenders = 10_000           // remembered at once; a bound on memory, not on anybody
	forgetAfter   = 10 * time.Minute // without a further failure
)

// offender is somebody who guesses passwords, or has forgotten one.
type offender struct {
	failures int
	last     time.Time
}

// throttle locks out who fails to authenticate too often. It has no clock.
type throttle struct {
	mu   sync.Mutex
	seen map[string]offender // by source address and user name
}

func newThrottle() *throttle { return &throttle{seen: make(map[string]offender)} }

// locked tells whether who is refused unheard.
func (t *throttle) locked(who string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.seen[who]
	return o.failures >= mostFailures && now.Sub(o.last) < lockOut
}

// failed notes a failure, and reports whether it is the one that locks who out.
func (t *throttle) failed(who string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.seen[who]
	if now.Sub(o.last) >= forgetAfter {
		o.failures = 0
	}
	if o.failures == 0 && len(t.seen) >= mostOffenders {
		t.sweep(now)
	}
	o.failures++
	o.last = now
	t.seen[who] = o
	return o.failures == mostFailures
}

// passed forgets the failures of who has authenticated.
func (t *throttle) passed(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, who)
}

// sweep makes room: by what lapsed, and if nothing did by whoever comes first.
func (t *throttle) sweep(now time.Time) {
	for who, o := range t.seen {
		if now.Sub(o.last) >= lockOut {
			delete(t.seen, who)
		}
	}
	for who := range t.seen {
		if len(t.seen) < mostOffenders {
			return
		}
		delete(t.seen, who)
	}
}
