package sip

import (
	"sync"
	"time"
)

const (
	mostFailures  = 5                // wrong passwords before a name is locked out, where they came from
	mostGuesses   = 10               // wrong passwords, for whatever names, before their source is banned
	lockOut       = time.Minute      // the first time; each further time takes twice as long
	longLockOut   = time.Hour        // at most
	mostOffenders = 10_000           // remembered at once; a bound on memory, not on anybody
	forgetAfter   = 10 * time.Minute // a failure counts no more
	forgiveAfter  = 6 * time.Hour    // a lock-out makes the next one no longer
)

// offender is somebody who guesses passwords, or has forgotten one.
type offender struct {
	failures int       // since the latest lock-out
	lockOuts int       // so far
	last     time.Time // failure
	until    time.Time // locked out
}

// throttle locks out who fails to authenticate too often. It has no clock.
type throttle struct {
	most int // failures

	mu     sync.Mutex
	latest time.Time           // end of a lock-out
	seen   map[string]offender // by source, or by source and user name
}

func newThrottle(most int) *throttle { return &throttle{most: most, seen: make(map[string]offender)} }

// locked tells whether who is refused unheard.
func (t *throttle) locked(who string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Before(t.seen[who].until)
}

// failed notes a failure, and returns for how long it locks who out: 0 for not
// yet.
func (t *throttle) failed(who string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, known := t.seen[who]
	if !known && len(t.seen) >= mostOffenders {
		t.sweep(now)
	}
	if now.Sub(o.last) >= forgetAfter {
		o.failures = 0
	}
	if now.Sub(o.until) >= forgiveAfter {
		o.lockOuts = 0
	}
	o.last = now
	var lasts time.Duration
	if o.failures++; o.failures >= t.most {
		lasts = min(lockOut<<min(o.lockOuts, 16), longLockOut)
		o.failures, o.until = 0, now.Add(lasts)
		o.lockOuts++
		t.latest = later(t.latest, o.until)
	}
	t.seen[who] = o
	return lasts
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
		if now.Sub(o.last) >= forgetAfter && now.After(o.until) {
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
