package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

// shared is a running campaign whose file gives priorities and weights.
func shared(id string, shares map[string]campaigns.Share, names ...string) plan.Event {
	ev := running(id, 0, names...)
	ev.Campaign.Shares = shares
	return ev
}

// many claims so many contacts for the campaign that asks.
func (d *desk) many(n int) {
	d.t.Helper()
	e := d.take(plan.Claim)
	ev := plan.Event{Kind: plan.Claimed, Effect: e.ID, Open: true}
	for i := range n {
		ev.Contacts = append(ev.Contacts, campaigns.Contact{ID: campaigns.ContactID(fmt.Sprint(e.Campaign, i))})
	}
	d.step(ev)
}

// TestCallsSpreadByWeight: within a priority calls go by weight, evenly spread.
func TestCallsSpreadByWeight(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 100})
	for _, name := range []string{"a", "b", "c"} {
		d.step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: name, MaxCalls: 1000, PerSecond: 1000, Up: true}})
	}
	d.step(shared("one", map[string]campaigns.Share{
		"a": {Priority: 1, Weight: 70}, "b": {Priority: 1, Weight: 30}, "c": {Priority: 2, Weight: 100},
	}, "a", "b", "c"))
	d.many(100)
	placed := map[string]int{}
	for range 100 {
		for d.has(plan.Place) {
			placed[d.take(plan.Place).Trunk]++
			if n := placed["a"] + placed["b"]; n%10 == 0 && placed["b"] != 3*n/10 {
				t.Errorf("after %d calls %v; want three of ten by b", n, placed)
			}
		}
		d.now = d.p.NextWake()
		d.step(plan.Event{Kind: plan.Tick})
	}
	if placed["a"] != 70 || placed["b"] != 30 || placed["c"] != 0 {
		t.Errorf("%v; want 70 by a and 30 by b", placed)
	}
}

// has tells whether an effect of the kind is out.
func (d *desk) has(kind plan.EffectKind) bool {
	return slices.ContainsFunc(d.out, func(e plan.Effect) bool { return e.Kind == kind })
}

// TestCallsGoOnByTheNextPriority when all trunks before it are full or down, and
// come back to them when they are not.
func TestCallsGoOnByTheNextPriority(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 100})
	set := func(name string, calls int, up bool) {
		d.step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: name, MaxCalls: calls, PerSecond: 1000, Up: up}})
	}
	next := func() plan.Effect {
		t.Helper()
		for range 3 {
			if d.has(plan.Place) {
				return d.take(plan.Place)
			}
			d.now = d.now.Add(time.Second)
			d.step(plan.Event{Kind: plan.Tick})
		}
		t.Fatal("nothing is placed")
		return plan.Effect{}
	}
	set("a", 1, true)
	set("b", 1, true)
	d.step(running("one", 0, "a", "b"))
	d.many(20)
	first, second := next(), next()
	if first.Trunk != "a" || second.Trunk != "b" {
		t.Fatalf("placed by %s, %s; want a, and b when that is full", first.Trunk, second.Trunk)
	}
	d.step(plan.Event{Kind: plan.Ended, Effect: second.ID})
	if e := next(); e.Trunk != "b" {
		t.Errorf("placed by %s; want the line that came free", e.Trunk)
	}
	d.step(plan.Event{Kind: plan.Ended, Effect: first.ID})
	third := next()
	if third.Trunk != "a" {
		t.Errorf("placed by %s; want a again", third.Trunk)
	}
	set("a", 5, false)
	set("b", 5, true)
	if e := next(); e.Trunk != "b" {
		t.Errorf("placed by %s; want b while a is down", e.Trunk)
	}
	set("a", 5, true)
	if e := next(); e.Trunk != "a" {
		t.Errorf("placed by %s; want a since it is up again", e.Trunk)
	}
}

// TestFailoverTriesEachTrunkOnce, those of the same priority too.
func TestFailoverTriesEachTrunkOnce(t *testing.T) {
	d := newDesk(t, plan.Options{})
	for _, name := range []string{"a", "b", "c"} {
		d.step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: name, MaxCalls: 9, PerSecond: 1000, Up: true}})
	}
	d.step(shared("one", map[string]campaigns.Share{
		"a": {Priority: 1, Weight: 1}, "b": {Priority: 1, Weight: 9}, "c": {Priority: 2, Weight: 1},
	}, "a", "b", "c"))
	d.many(1)
	order := ""
	for d.has(plan.Place) {
		e := d.take(plan.Place)
		order += e.Trunk
		d.step(plan.Event{Kind: plan.Ended, Effect: e.ID, Failover: true})
	}
	if order != "bac" {
		t.Errorf("tried %s; want b by its weight, then a, then c", order)
	}
}
