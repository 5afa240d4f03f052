package plan_test

import (
	"fmt"
	"testing"
	"time"

	"careline/campaigns"
	"careline/dialer/plan"
)

// BenchmarkStep is one call: its end, and the start of the next, with so many
// contacts claimed. It does not grow with them.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmark(b, n, 1) })
	}
	b.Run("1000 of 100 campaigns", func(b *testing.B) { benchmark(b, 1_000, 100) })
}

func benchmark(b *testing.B, contacts, of int) {
	b.Helper()
	p := plan.New(plan.Options{Batch: contacts})
	now := start
	var out []plan.EffectID
	step := func(ev plan.Event) {
		for _, e := range p.Step(now, ev) {
			if e.Kind == plan.Place {
				out = append(out, e.ID)
			}
			if e.Kind == plan.Claim {
				batch := plan.Event{Kind: plan.Claimed, Effect: e.ID, Open: true}
				for i := range e.Limit {
					batch.Contacts = append(batch.Contacts, campaigns.Contact{ID: campaigns.ContactID(fmt.Sprint(e.ID, "-", i))})
				}
				for _, placed := range p.Step(now, batch) {
					if placed.Kind == plan.Place {
						out = append(out, placed.ID)
					}
				}
			}
		}
	}
	step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: "main", MaxCalls: 50, PerSecond: 1e6, Up: true}})
	for i := range of {
		step(running(fmt.Sprint("c", i), 0, "main"))
	}
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Millisecond)
		if len(out) == 0 {
			step(plan.Event{Kind: plan.Tick})
			continue
		}
		ended := plan.Event{Kind: plan.Ended, Effect: out[0]}
		out = out[1:]
		step(ended)
	}
}
