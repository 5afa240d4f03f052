package sip

import (
	"strings"
	"testing"
	"time"
)

// TestHealth walks a trunk through good and bad times.
func TestHealth(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC)
	h := &health{registers: true}
	is := func(want string) {
		t.Helper()
		if got := h.reason(now); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("at %s: down because of %q; want %q", now.Format(time.TimeOnly), got, want)
		}
	}
	fail := func(n int) {
		for range n {
			h.spoilt("sip 503", 0, now)
		}
	}
	is(notAskedYet)
	h.heard("", 0, now)
	is(notRegisteredYet)
	h.registered = true
	is("")
	fail(4)
	is("")
	h.carried()
	fail(4)
	is("")
	fail(1)
	is("5 calls in a row failed, the last: sip 503; left alone until 05:00:30 UTC")
	if wake := h.wake(now); !wake.Equal(now.Add(30 * time.Second)) {
		t.Errorf("wake %v; want in 30 s", wake)
	}
	fail(3) // calls that were on their way change nothing
	now = now.Add(30 * time.Second)
	is("")
	fail(1) // the trial
	is("left alone until 05:01:30 UTC")
	now = now.Add(time.Minute)
	is("")
	h.carried()
	fail(4)
	is("")
	fail(1)
	is("left alone until 05:02:00 UTC")
	now = now.Add(time.Minute)
	h.spoilt("sip 503", 2*time.Minute, now)
	is("sip 503; left alone until 05:04:30 UTC")
	now = now.Add(2 * time.Minute)
	is("")
	h.heard("no answer to OPTIONS", 0, now)
	is("no answer to OPTIONS")
	h.heard("", 0, now)
	h.registered, h.refused = false, "not registered: 403"
	is("not registered: 403")
	h.registered = true
	h.heard("OPTIONS answered 503", 24*time.Hour, now)
	h.heard("", 0, now)
	is("left alone until 06:04:30 UTC") // an hour at most
}
