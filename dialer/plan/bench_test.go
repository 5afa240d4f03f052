package plan_test

import (
	"fmt"
	"testing"
	"time"

	"careline/agents"
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

// BenchmarkAgents is one call of a campaign with so many agents: an agent turns
// idle, a call is placed, answered, taken and ended.
func BenchmarkAgents(b *testing.B) {
	for _, bb := range []struct {
		name            string
		mode            campaigns.Mode
		campaigns, team int
	}{
		{"20 agents", campaigns.Progressive, 1, 20},
		{"500 agents", campaigns.Progressive, 1, 500},
		{"500 agents and 20 campaigns", campaigns.Progressive, 20, 500},
		{"100 agents, predictive", campaigns.Predictive, 1, 100},
	} {
		b.Run(bb.name, func(b *testing.B) { benchmarkAgents(b, bb.mode, bb.campaigns, bb.team) })
	}
}

func benchmarkAgents(b *testing.B, mode campaigns.Mode, of, team int) {
	b.Helper()
	p, now := plan.New(plan.Options{Batch: 1000}), start
	var out []plan.EffectID
	var step func(ev plan.Event)
	step = func(ev plan.Event) {
		for _, e := range p.Step(now, ev) {
			if e.Kind == plan.Place {
				out = append(out, e.ID)
			}
			if e.Kind == plan.Claim {
				batch := plan.Event{Kind: plan.Claimed, Effect: e.ID, Open: true}
				for i := range e.Limit {
					batch.Contacts = append(batch.Contacts, campaigns.Contact{ID: campaigns.ContactID(fmt.Sprint(e.ID, "-", i))})
				}
				step(batch)
			}
		}
	}
	step(plan.Event{Kind: plan.SetTrunk, Trunk: plan.Trunk{Name: "main", MaxCalls: 5000, PerSecond: 1e6, Up: true}})
	for i := range of {
		step(staffed(fmt.Sprint("c", i), mode, "care", "main"))
	}
	busy := make([]string, team)
	for i := range busy {
		busy[i] = fmt.Sprint("agent", i)
		step(agent(busy[i], agents.Talking, "care"))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(10 * time.Millisecond)
		who := busy[i%team]
		step(agent(who, agents.Idle, "care"))
		step(plan.Event{Kind: plan.Tick})
		if len(out) == 0 {
			step(agent(who, agents.Talking, "care"))
			continue
		}
		id := out[0]
		out = out[1:]
		step(plan.Event{Kind: plan.CallAnswered, Effect: id, Human: true})
		step(plan.Event{Kind: plan.CallTaken, Effect: id, Agent: who})
		step(agent(who, agents.Talking, "care"))
		step(plan.Event{Kind: plan.Ended, Effect: id, Sent: true, Status: 200})
	}
}
