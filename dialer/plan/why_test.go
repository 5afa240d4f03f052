package plan_test

import (
	"slices"
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// TestWhyNoMoreIsDialed tells the reasons, the weightiest first.
func TestWhyNoMoreIsDialed(t *testing.T) {
	ann := agent("ann", agents.Idle, "care")
	busy := agent("ann", agents.Talking, "care")
	bad := []campaigns.Slot{{At: start, Tally: campaigns.Tally{Answered: 10, Abandoned: 1}}}
	first := weighted("other", 1, 1, "main")
	second := weighted("c", 2, 1, "main")
	for _, tt := range []struct {
		name  string
		steps []plan.Event
		want  []campaigns.Reason
	}{
		{"nothing", []plan.Event{trunk("main", 100, 1), running("c", 0, "main")}, nil},
		{"no trunk", []plan.Event{running("c", 0, "main")}, []campaigns.Reason{campaigns.NoTrunk}},
		{"suspended", []plan.Event{trunk("main", 100, 1), running("c", 0, "main"), {Kind: plan.Suspend}}, []campaigns.Reason{campaigns.Suspended}},
		{"full", []plan.Event{trunk("main", 100, 1000), running("c", 2, "main")}, []campaigns.Reason{campaigns.CampaignFull}},
		{"lines", []plan.Event{trunk("main", 2, 1000), running("c", 0, "main")}, []campaigns.Reason{campaigns.TrunksFull}},
		{"others first", []plan.Event{trunk("main", 100, 1), first, second}, []campaigns.Reason{campaigns.TrunksShared}},
		{"no agents", []plan.Event{trunk("main", 100, 1), staffed("c", campaigns.Power, "care", "main")}, []campaigns.Reason{campaigns.NoAgents}},
		{"agents busy", []plan.Event{trunk("main", 100, 1), staffed("c", campaigns.Power, "care", "main"), busy}, []campaigns.Reason{campaigns.AgentsBusy}},
		{"agents served", []plan.Event{trunk("main", 100, 1), staffed("c", campaigns.Progressive, "care", "main"), ann}, []campaigns.Reason{campaigns.AgentsServed}},
		{"governed", []plan.Event{trunk("main", 100, 1), with(staffed("c", campaigns.Power, "care", "main"), bad), ann}, []campaigns.Reason{campaigns.Governed, campaigns.AgentsServed}},
		{"preview", []plan.Event{trunk("main", 100, 1), staffed("c", campaigns.Preview, "care", "main"), ann}, []campaigns.Reason{campaigns.AgentsAsk}},
	} {
		d := newDesk(t, plan.Options{Batch: 50})
		for _, ev := range tt.steps {
			d.step(ev)
			for d.has(plan.Claim) {
				d.many(50)
			}
		}
		d.settle()
		if s, known := d.p.Standing("c"); !known || !slices.Equal(s.Reasons, tt.want) {
			t.Errorf("%s: the reasons are %v; want %v", tt.name, s.Reasons, tt.want)
		}
	}
}

// with gives a campaign a past.
func with(ev plan.Event, past []campaigns.Slot) plan.Event {
	ev.Past = past
	return ev
}

// TestWhyTheListRests tells until when, and which rule holds who is due.
func TestWhyTheListRests(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 50})
	d.step(trunk("main", 100, 1))
	d.step(running("c", 0, "main"))
	is := func(want campaigns.Reason) campaigns.Standing {
		t.Helper()
		s, _ := d.p.Standing("c")
		if len(s.Reasons) == 0 || s.Reasons[0] != want {
			t.Errorf("the reasons are %v; want %s", s.Reasons, want)
		}
		return s
	}
	is(campaigns.ListBeingRead)
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, Err: true})
	is(campaigns.ListUnreadable)
	d.wake(time.Second)
	due := start.Add(time.Hour)
	d.step(plan.Event{Kind: plan.Claimed, Effect: d.take(plan.Claim).ID, NextDue: due})
	if s := is(campaigns.ListWaits); !s.Due.Equal(due) {
		t.Errorf("the list is said to wait until %v; want %v", s.Due, due)
	}
	d.wake(time.Hour)
	d.claimed("1", "2")
	until := due.Add(8 * time.Hour)
	d.ended(plan.Event{Held: true, Rule: campaigns.RuleHours, Until: until}) // places 2
	if s := is(campaigns.ListHeld); s.Held != campaigns.RuleHours || !s.Until.Equal(until) {
		t.Errorf("held by %s until %v; want %s until %v", s.Held, s.Until, campaigns.RuleHours, until)
	}
}
