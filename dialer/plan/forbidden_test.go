package plan_test

import (
	"testing"
	"time"

	"careline/dialer/plan"
)

// TestForbids: a 403 is the carrier's word when many came at that time or since,
// which also the first ones find out; and it is the callee's again soon after.
func TestForbids(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(20, ended(486))
	first := c.now
	c.calls(1, ended(403))
	if c.p.Forbids("main", first) {
		t.Error("one 403 is taken for the carrier's word")
	}
	c.calls(4, ended(403))
	if !c.p.Forbids("main", first) {
		t.Error("the first 403 of many is taken for the callee's word")
	}
	c.calls(30, ended(486))
	c.now = c.now.Add(time.Second)
	after := c.now
	c.calls(1, ended(403))
	if c.p.Forbids("main", after) {
		t.Error("a 403 is taken for the carrier's word though it has let 30 calls through since")
	}
	if c.p.Forbids("other", first) {
		t.Error("a trunk that is not known forbids")
	}
}

// TestForbidsNeedsMany of the latest calls, and none that rang before.
func TestForbidsNeedsMany(t *testing.T) {
	rang := plan.Event{Sent: true, Rang: true, Status: 403}
	for _, tt := range []struct {
		name  string
		ends  []plan.Event
		wants bool
	}{
		{"all", []plan.Event{ended(403)}, true},
		{"a third", []plan.Event{ended(486), ended(486), ended(403)}, true},
		{"every tenth", []plan.Event{ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(486), ended(403)}, false},
		{"callees who decline as it rings", []plan.Event{rang}, false},
		{"not sent", []plan.Event{{Status: 403}}, false},
	} {
		c := newCarrier(t, 10)
		from := c.now
		c.calls(60, tt.ends...)
		if got := c.p.Forbids("main", from); got != tt.wants {
			t.Errorf("%s: Forbids = %v; want %v", tt.name, got, tt.wants)
		}
	}
}

// TestForbidsCountsCallsThatRing: refusals come at once, all other ends later.
func TestForbidsCountsCallsThatRing(t *testing.T) {
	c := newCarrier(t, 10)
	from := c.now
	for range 20 {
		c.place()
		c.step(plan.Event{Kind: plan.CallRinging, Effect: c.take(plan.Place).ID})
	}
	if c.calls(3, ended(403)); c.p.Forbids("main", from) {
		t.Error("3 of 23 calls are taken for many")
	}
}

// TestForbidsForgets what was long ago.
func TestForbidsForgets(t *testing.T) {
	c := newCarrier(t, 10)
	c.calls(2, ended(403))
	c.now = c.now.Add(time.Hour)
	then := c.now
	if c.calls(1, ended(403)); c.p.Forbids("main", then) {
		t.Error("one 403 now and two an hour ago are taken for many")
	}
}
