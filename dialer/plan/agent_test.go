package plan_test

import (
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// staffed is a running campaign whose calls the agents of a queue take.
func staffed(id string, mode campaigns.Mode, queue string, trunks ...string) plan.Event {
	ev := running(id, 0, trunks...)
	ev.Campaign.Mode, ev.Campaign.Queue, ev.Campaign.Ratio = mode, queue, 2.5
	return ev
}

func agent(name string, does agents.Presence, pools ...string) plan.Event {
	return plan.Event{Kind: plan.SetAgent, Agent: name, Presence: does, Pools: pools}
}

// crewed is a desk with a fast trunk and a campaign that has claimed 20 contacts
// as soon as there was an agent.
func crewed(t *testing.T, mode campaigns.Mode, team ...plan.Event) *desk {
	t.Helper()
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("main", 100, 1000))
	d.step(staffed("c", mode, "care", "main"))
	for _, ev := range team {
		d.step(ev)
	}
	d.claimed(names("c")...)
	d.settle()
	return d
}

// settle lets a second pass.
func (d *desk) settle() {
	d.t.Helper()
	for end := d.now.Add(time.Second); ; {
		next := d.p.NextWake()
		if next.IsZero() || next.After(end) {
			d.now = end
			return
		}
		d.now = next
		d.step(plan.Event{Kind: plan.Tick})
	}
}

// placed is how many calls are out.
func (d *desk) placed() int {
	n := 0
	for _, e := range d.out {
		if e.Kind == plan.Place {
			n++
		}
	}
	return n
}

// tell hands in what became of the i-th call that is out.
func (d *desk) tell(i int, ev plan.Event) {
	d.t.Helper()
	for _, e := range d.out {
		if e.Kind != plan.Place {
			continue
		}
		if i--; i < 0 {
			ev.Effect = e.ID
			d.step(ev)
			d.settle()
			return
		}
	}
	d.t.Fatal("there are not so many calls out")
}

func (d *desk) wantPlaced(n int, why string) {
	d.t.Helper()
	if got := d.placed(); got != n {
		d.t.Fatalf("%d calls are out, %s; want %d", got, why, n)
	}
}

func TestProgressiveHasOneCallForEachIdleAgent(t *testing.T) {
	d := crewed(t, campaigns.Progressive,
		agent("ann", agents.Idle, "care"), agent("bob", agents.Idle, "care"), agent("cat", agents.WrapUp, "care"),
		agent("dan", agents.OnBreak, "care"), agent("eve", agents.Idle, "sales"))
	d.wantPlaced(2, "with two idle")
	d.tell(0, plan.Event{Kind: plan.CallRinging})
	d.tell(0, plan.Event{Kind: plan.CallAnswered, Human: true})
	d.wantPlaced(2, "one of them answered and not taken")
	d.tell(0, plan.Event{Kind: plan.CallTaken, Agent: "ann"})
	d.wantPlaced(2, "one of them taken")
	d.step(agent("ann", agents.Talking, "care"))
	d.settle()
	d.wantPlaced(2, "the agent talks")
	d.step(agent("cat", agents.Idle, "care"))
	d.settle()
	d.wantPlaced(3, "another is idle now")
	d.tell(1, plan.Event{Kind: plan.CallAnswered, Machine: true})
	d.wantPlaced(4, "a machine needs no agent")
	d.tell(2, plan.Event{Kind: plan.CallAnswered})
	d.tell(2, plan.Event{Kind: plan.CallAbandoned})
	d.wantPlaced(5, "an abandoned call needs none any more")
}

func TestPowerHasSoManyCallsForEachIdleAgent(t *testing.T) {
	d := crewed(t, campaigns.Power, agent("ann", agents.Idle, "care"))
	d.wantPlaced(2, "2.5 for one")
	d.step(agent("bob", agents.Idle, "care"))
	d.settle()
	d.wantPlaced(5, "2.5 for each of two")
	d.step(agent("bob", agents.Talking, "care")) // a caller of the queue
	d.ended(plan.Event{})
	d.ended(plan.Event{})
	d.ended(plan.Event{})
	d.settle()
	d.wantPlaced(2, "with one idle again")
}

// TestNoCallsWithoutAgents: when the last one leaves nothing more is dialed, and
// what is claimed goes back; what rings is left alone.
func TestNoCallsWithoutAgents(t *testing.T) {
	for _, mode := range []campaigns.Mode{campaigns.Progressive, campaigns.Power} {
		d := newDesk(t, plan.Options{Batch: 20})
		d.step(trunk("main", 100, 1000))
		d.want(d.step(staffed("c", mode, "care", "main")))
		d.want(d.step(agent("ann", agents.OnBreak, "care")))
		d.want(d.step(agent("ann", agents.Idle, "care")), "claim")
		d.claimed(names("c")...)
		d.settle()
		placed := d.placed()
		d.want(d.step(agent("ann", agents.OnBreak, "care")), map[campaigns.Mode]string{campaigns.Progressive: "release 19", campaigns.Power: "release 18"}[mode])
		d.want(d.ended(plan.Event{Failover: true}))
		d.settle()
		d.wantPlaced(placed-1, "and nobody to take them")
		d.want(d.step(agent("ann", agents.Talking, "care")), "claim")
		d.claimed(names("d")...)
		d.settle()
		d.step(agent("ann", agents.Offline))
		d.settle()
		d.wantPlaced(placed-1, "and nobody idle since")
	}
}

// TestAgentsOfTwoPoolsAreCountedOnce: a call for one of them is no call for the
// other.
func TestAgentsOfTwoPoolsAreCountedOnce(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("main", 100, 1000))
	d.step(staffed("a", campaigns.Progressive, "care", "main"))
	d.step(staffed("b", campaigns.Progressive, "sales", "main"))
	d.step(agent("ann", agents.Idle, "care", "sales"))
	d.claimed(names("a")...)
	d.claimed(names("b")...)
	d.settle()
	d.wantPlaced(1, "for one agent")
	d.step(agent("bob", agents.Idle, "sales"))
	d.settle()
	d.wantPlaced(2, "for two")
	d.step(agent("ann", agents.Idle, "care")) // care's own: the pools are apart now
	d.step(agent("cat", agents.Idle, "sales"))
	d.settle()
	of := map[campaigns.ID]int{}
	for _, e := range d.out {
		if e.Kind == plan.Place {
			of[e.Campaign]++
		}
	}
	if of["a"] != 1 || of["b"] != 2 {
		t.Errorf("calls by campaign = %v; want one for care's agent and two for sales'", of)
	}
}

// TestCampaignsShareAgents by weight, whichever trunks they dial by.
func TestCampaignsShareAgents(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 100})
	d.step(trunk("one", 100, 1000))
	d.step(trunk("two", 100, 1000))
	heavy := staffed("a", campaigns.Progressive, "care", "one")
	heavy.Campaign.Share = 3
	d.step(heavy)
	d.step(staffed("b", campaigns.Progressive, "care", "two"))
	d.step(agent("ann", agents.Idle, "care"))
	d.many(100)
	d.many(100)
	of := map[campaigns.ID]int{}
	for range 40 {
		d.settle()
		d.wantPlaced(1, "for one agent")
		of[d.take(plan.Place).Campaign]++
		d.step(plan.Event{Kind: plan.Ended, Effect: d.got})
	}
	if of["a"] != 30 || of["b"] != 10 {
		t.Errorf("calls by campaign = %v; want 30 and 10", of)
	}
}

// TestModeIsSwitchedAtOnce, and calls in progress stay what they were.
func TestModeIsSwitchedAtOnce(t *testing.T) {
	d := crewed(t, campaigns.Progressive, agent("ann", agents.Idle, "care"))
	d.wantPlaced(1, "one for each")
	d.step(staffed("c", campaigns.Power, "care", "main"))
	d.settle()
	d.wantPlaced(2, "2.5 for each")
	d.step(staffed("c", campaigns.Progressive, "care", "main"))
	d.ended(plan.Event{})
	d.settle()
	d.wantPlaced(1, "one for each again")
	d.want(d.step(staffed("c", campaigns.Preview, "care", "main")), "release 18")
	d.ended(plan.Event{})
	d.settle()
	d.wantPlaced(0, "as agents ask for each call now")
	d.step(plan.Event{Kind: plan.Finished, Effect: d.take(plan.Finish).ID})
	d.out = nil
	d.want(d.step(staffed("c", campaigns.Agentless, "", "main")), "claim")
	d.claimed(names("d")...)
	d.settle()
	d.wantPlaced(20, "as no agent is needed")
	d.step(staffed("c", campaigns.Progressive, "sales", "main"))
	d.step(agent("eve", agents.Idle, "sales"))
	d.claimed(names("e")...)
	d.settle()
	d.wantPlaced(21, "for an agent who is idle, whatever runs without one")
	if e := d.out[len(d.out)-1]; e.Mode != campaigns.Progressive || e.Pool != "sales" {
		t.Errorf("placed %+v; want a progressive one for sales", e)
	}
}

func TestPreview(t *testing.T) {
	d := newDesk(t, plan.Options{})
	d.step(trunk("main", 1, 10))
	d.step(staffed("c", campaigns.Preview, "care", "main"))
	d.out = nil
	ask := func(contact, who string) plan.Effect {
		t.Helper()
		got := d.step(plan.Event{Kind: plan.Preview, ID: "c", Agent: who, Ask: 7, Contacts: []campaigns.Contact{{ID: campaigns.ContactID(contact)}}})
		if len(got) != 1 || got[0].Ask != 7 || got[0].Agent != who {
			t.Fatalf("asked for %s: %+v; want one answer", contact, got)
		}
		return got[0]
	}
	refused := func(contact, who, why string) {
		t.Helper()
		if e := ask(contact, who); e.Kind != plan.Refuse || e.Why != why {
			t.Errorf("asked for %s: %s, %q; want a refusal: %s", contact, e.Kind, e.Why, why)
		}
	}
	refused("1", "ann", "agent ann is not at work for care")
	d.step(agent("ann", agents.OnBreak, "care"))
	refused("1", "ann", "agent ann is not at work for care")
	d.step(agent("ann", agents.Reserved, "care"))
	e := ask("1", "ann")
	if e.Kind != plan.Place || e.Contact.ID != "1" || e.Trunk != "main" || e.Mode != campaigns.Preview || e.Pool != "care" {
		t.Fatalf("asked for 1: %+v; want it placed", e)
	}
	refused("1", "ann", "the contact is being called")
	refused("2", "ann", "no trunk of the campaign has a line free")
	d.out = nil
	d.step(plan.Event{Kind: plan.Ended, Effect: e.ID})
	if e = ask("2", "ann"); e.Kind != plan.Place || !e.At.Equal(start.Add(100*time.Millisecond)) {
		t.Errorf("asked for 2: %+v; want it placed when the trunk's next start comes", e)
	}
	d.step(plan.Event{Kind: plan.Suspend})
	refused("3", "ann", "the service places no calls now")
	d.step(plan.Event{Kind: plan.Resume})
	d.step(staffed("c", campaigns.Progressive, "care", "main"))
	refused("3", "ann", "the campaign's mode is progressive, not preview")
	d.step(paused("c"))
	refused("3", "ann", "the campaign is not running")
}
