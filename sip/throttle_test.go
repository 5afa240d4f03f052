package sip

import (
	"fmt"
	"testing"
	"time"
)

func TestThrottleLocksOut(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle()
	for i := range mostFailures {
		if th.locked("a", now) {
			t.Fatalf("locked out after %d failures; want %d", i, mostFailures)
		}
		if locks := th.failed("a", now); locks != (i == mostFailures-1) {
			t.Errorf("failure %d: failed = %v", i+1, locks)
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
	if th.failed("a", now.Add(lockOut)) {
		t.Error("failures are counted on after the right password")
	}
}

func TestThrottleForgets(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle()
	for i := range 3 * mostFailures {
		if th.failed("a", now.Add(time.Duration(i)*forgetAfter)) {
			t.Fatalf("failure %d locks out, %v after the one before", i+1, forgetAfter)
		}
	}
}

func TestThrottleIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	th := newThrottle()
	for i := range mostOffenders + 100 {
		th.failed(fmt.Sprint(i), now)
	}
	if n := len(th.seen); n > mostOffenders {
		t.Errorf("%d offenders remembered; want at most %d", n, mostOffenders)
	}
}
