package sip

import (
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/sip/dialog"
)

const (
	mostFailed  = 5                // calls in a row that a trunk may fail before it is taken for down
	firstPause  = 30 * time.Second // how long it is left alone then; it doubles while its first call after that fails too
	longPause   = 10 * time.Minute // up to this
	longestHold = time.Hour        // of what a trunk may ask for by Retry-After
)

// Why a trunk is down that is on its way up for the first time.
const (
	notAskedYet      = "not asked yet"
	notRegisteredYet = "not registered yet"
)

// health is whether a trunk can be used, as far as is known: from its answers to
// OPTIONS, from its registration, and from what becomes of calls. It has no
// clock.
type health struct {
	asked      bool      // whether it is there
	silent     string    // why it is not; empty: it is
	registers  bool      // it has to be registered at
	registered bool      // it is
	expires    time.Time // when that ends
	refused    string    // why it is not
	failed     int       // calls in a row that it failed
	pauses     int       // in a row, without a call that it carried
	rest       time.Time // it is left alone until then
	why        string    // for what reason
}

// reason is why the trunk cannot be used at now; empty: it can.
func (h *health) reason(now time.Time) string {
	switch {
	case !h.asked:
		return notAskedYet
	case h.silent != "":
		return h.silent
	case h.registers && !h.registered && h.refused == "":
		return notRegisteredYet
	case h.registers && !h.registered:
		return h.refused
	case h.rests(now):
		return h.why
	default:
		return ""
	}
}

// rests tells whether the trunk is left alone.
func (h *health) rests(now time.Time) bool { return now.Before(h.rest) }

// heard notes what came of asking: why it cannot be used, and how long it wants
// to be left alone.
func (h *health) heard(why string, retryAfter time.Duration, now time.Time) {
	h.asked, h.silent = true, why
	if why != "" && retryAfter > 0 {
		h.hold(retryAfter, why, now)
	}
}

// carried notes that a call got through to the callee's side.
func (h *health) carried() { h.failed, h.pauses = 0, 0 }

// spoilt notes a call that failed by the trunk's own fault. After some in a row
// it is left alone for a while; then a single call that fails is enough.
func (h *health) spoilt(why string, retryAfter time.Duration, now time.Time) {
	if retryAfter > 0 {
		h.hold(retryAfter, why, now)
	}
	h.failed++
	if h.failed < mostFailed || h.rests(now) && h.pauses > 0 {
		return
	}
	pause := min(firstPause<<min(h.pauses, 10), longPause)
	h.pauses++
	h.hold(pause, fmt.Sprintf("%d calls in a row failed, the last: %s", h.failed, why), now)
	h.failed = mostFailed - 1
}

// hold leaves the trunk alone for a while.
func (h *health) hold(span time.Duration, why string, now time.Time) {
	if until := now.Add(min(span, longestHold)); until.After(h.rest) {
		h.rest, h.why = until, why+"; left alone until "+until.UTC().Format("15:04:05 MST")
	}
}

// wake is when the reason changes by itself; zero: never.
func (h *health) wake(now time.Time) time.Time {
	if h.rests(now) {
		return h.rest
	}
	return time.Time{}
}

// ended notes how an INVITE by the trunk came out: nil is answered.
func (t *trunk) ended(err error) {
	var r *dialog.RefusedError
	switch {
	case err == nil || errors.As(err, &r) && r.Rang:
		t.learn((*health).carried)
	case r == nil || errors.Is(err, dialog.ErrCancelled) || errors.Is(err, dialog.ErrNoAnswer) && !errors.Is(err, dialog.ErrNoResponse):
	case ownFault(r):
		why, after := r.Error(), r.RetryAfter
		t.learn(func(h *health) { h.spoilt(why, after, time.Now()) })
	default:
		if r.Code == 401 || r.Code == 403 || r.Code == 407 {
			t.forgotten()
		}
		t.learn((*health).carried)
	}
}

// ownFault tells whether a call failed by the trunk's own fault: it could not be
// reached, did not answer, or is overloaded or out of order.
// What the network says of the callee by a Q.850 cause is none of that.
func ownFault(r *dialog.RefusedError) bool {
	if d, known := byCause[r.Q850]; known {
		return d == campaigns.Congestion
	}
	switch r.Code {
	case 0, 408, 500, 503, 504:
		return true
	default:
		return false
	}
}
