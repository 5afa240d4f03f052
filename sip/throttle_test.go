package sip

import (
	"fmt"
	"testing"
	"time"
)

func TestThrottleLocksOut(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(mostFailures)
	for i := range mostFailures {
		if th.locked("a", now) {
			t.Fatalf("locked out after %d failures; want %d", i, mostFailures)
		}
		if lasts := th.failed("a", now); (lasts > 0) != (i == mostFailures-1) {
			t.Errorf("failure %d: locked out for %v", i+1, lasts)
		}
	}
	if !th.locked("a", now.Add(lockOut-1)) {
		t.Error("not locked out")
	}
	if th.locked("b", now) {
		t.Error("somebody else is locked out too")
	}
	if th.locked("a", now.Add(lockOut)) {
		t.Error("locked out for ever")
	}
	th.passed("a")
	if th.failed("a", now.Add(lockOut)) > 0 {
		t.Error("failures are counted on after the right password")
	}
}

func TestThrottleGrows(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(mostFailures)
	fail := func() (lasts time.Duration) {
		for range mostFailures {
			lasts = th.failed("a", now)
		}
		now = now.Add(lasts)
		return lasts
	}
	for i, want := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := fail(); got.Minutes() != want {
			t.Errorf("lock-out %d lasts %v; want %v min", i+1, got, want)
		}
	}
	now = now.Add(forgiveAfter)
	if got := fail(); got != lockOut {
		t.Errorf("after %v without one it lasts %v; want %v", forgiveAfter, got, lockOut)
	}
}

func TestThrottleForgets(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(mostFailures)
	for i := range 3 * mostFailures {
		if th.failed("a", now.Add(time.Duration(i)*forgetAfter)) > 0 {
			t.Fatalf("failure %d locks out, %v after the one before", i+1, forgetAfter)
		}
	}
}

func TestThrottleIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle(mostFailures)
	for i := range mostOffenders + 100 {
		th.failed(fmt.Sprint(i), now)
	}
	if n := len(th.seen); n > mostOffenders {
		t.Errorf("%d offenders remembered; want at most %d", n, mostOffenders)
	}
}
