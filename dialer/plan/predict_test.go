package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// pacer is a policy that asks for so many calls, and notes what it is told.
type pacer struct {
	keeps plan.Pacing
	more  int
	told  []string
}

func (p *pacer) Placed(id string, _ time.Time)  { p.told = append(p.told, "placed "+id) }
func (p *pacer) Ringing(id string, _ time.Time) { p.told = append(p.told, "ringing "+id) }
func (p *pacer) Ended(id string, _ time.Time)   { p.told = append(p.told, "ended "+id) }
func (p *pacer) Abandoned(id string, _ time.Time) {
	p.told = append(p.told, "abandoned "+id)
}

func (p *pacer) Answered(id string, human bool, _ time.Time) {
	if p.told = append(p.told, "answered "+id); !human {
		p.told[len(p.told)-1] += " by a machine"
	}
}

func (p *pacer) Agent(id string, does agents.Presence, _ time.Time) {
	p.told = append(p.told, id+" "+string(does))
}

func (p *pacer) Calls(time.Time) int {
	n := p.more
	p.more = 0
	return n
}

// heard returns what the policy was told since it was last asked.
func (p *pacer) heard() string {
	s := strings.Join(p.told, ", ")
	p.told = nil
	return s
}

// predictive is a desk with a predictive campaign, and its policy.
func predictive(t *testing.T, more int, past ...campaigns.Slot) (*desk, *pacer) {
	t.Helper()
	policy := &pacer{more: more}
	d := newDesk(t, plan.Options{Batch: 20, Pacer: func(k plan.Pacing) plan.Pacer { policy.keeps = k; return policy }})
	d.step(trunk("main", 100, 1000))
	ev := staffed("c", campaigns.Predictive, "care", "main")
	ev.Campaign.StartedAt, ev.Past = start.Add(-time.Hour), past
	d.step(ev)
	d.step(agent("ann", agents.Idle, "care"))
	d.claimed(names("c")...)
	d.settle()
	return d, policy
}

func TestPredictiveDialsAsItsPolicySays(t *testing.T) {
	d, policy := predictive(t, 3)
	d.wantPlaced(3, "as the policy asked for")
	ids := []string{}
	for _, e := range d.out {
		if e.Kind == plan.Place {
			ids = append(ids, name(e))
		}
	}
	want := "ann idle, placed " + ids[0] + ", placed " + ids[1] + ", placed " + ids[2]
	if got := policy.heard(); got != want {
		t.Errorf("the policy heard %q; want %q", got, want)
	}
	d.tell(0, plan.Event{Kind: plan.CallRinging})
	d.tell(0, plan.Event{Kind: plan.CallAnswered})
	d.tell(0, plan.Event{Kind: plan.CallAnswered, Human: true})
	d.tell(0, plan.Event{Kind: plan.CallTaken, Agent: "ann"})
	d.tell(1, plan.Event{Kind: plan.CallAnswered, Machine: true})
	d.tell(2, plan.Event{Kind: plan.CallAnswered, Human: true})
	d.tell(2, plan.Event{Kind: plan.CallAbandoned})
	d.ended(plan.Event{})
	want = "ringing " + ids[0] + ", answered " + ids[0] + ", ann reserved, answered " + ids[1] + " by a machine, answered " + ids[2] +
		", abandoned " + ids[2] + ", ended " + ids[0]
	if got := policy.heard(); got != want {
		t.Errorf("the policy heard %q; want %q", got, want)
	}
	policy.more = 2
	d.settle()
	d.wantPlaced(2, "as half of all were abandoned: nobody is idle")
	if policy.keeps.Cap != 0.03 || policy.keeps.Within != 2*time.Second {
		t.Errorf("the policy keeps to %+v; want 3 %% and 2 s", policy.keeps)
	}
}

// TestPolicyKnowsTheCallsBeforeIt: one that begins while calls are on their way,
// as after a switch of the mode, is told of them, or it would place them again.
func TestPolicyKnowsTheCallsBeforeIt(t *testing.T) {
	policy := &pacer{}
	d := newDesk(t, plan.Options{Batch: 20, Pacer: func(plan.Pacing) plan.Pacer { return policy }})
	d.step(trunk("main", 100, 1000))
	ev := staffed("c", campaigns.Power, "care", "main")
	d.step(ev)
	d.step(agent("ann", agents.Idle, "care"))
	d.claimed(names("c")...)
	d.settle()
	ids := []string{}
	for _, e := range d.out {
		if e.Kind == plan.Place {
			ids = append(ids, name(e))
		}
	}
	if len(ids) < 2 {
		t.Fatalf("%d calls are placed in power mode; want some", len(ids))
	}
	d.tell(0, plan.Event{Kind: plan.CallAnswered, Human: true})
	ev.Campaign.Mode = campaigns.Predictive
	d.step(ev)
	want := "placed " + ids[0] + ", answered " + ids[0]
	for _, id := range ids[1:] {
		want += ", placed " + id
	}
	if got := policy.heard(); got != want+", ann idle" {
		t.Errorf("the policy heard %q; want %q", got, want+", ann idle")
	}
	d.tell(0, plan.Event{Kind: plan.CallAbandoned})
	if got := policy.heard(); got != "abandoned "+ids[0] {
		t.Errorf("the policy heard %q; want that %s was abandoned", got, ids[0])
	}
}

// TestPolicyIsNotTakenAtItsOldWord: what it asked for long ago says nothing of
// the agents of today.
func TestPolicyIsNotTakenAtItsOldWord(t *testing.T) {
	d, policy := predictive(t, 1)
	d.step(trunk("main", 1, 1000))
	policy.more = 5 // for which there is no line
	d.wake(d.p.NextWake().Sub(start))
	d.step(agent("ann", agents.Offline, "care"))
	d.ended(plan.Event{Sent: true})
	d.now = d.now.Add(time.Hour)
	d.step(agent("bob", agents.WrapUp, "care"))
	d.settle()
	d.claimed(names("c")...)
	d.settle()
	d.wantPlaced(0, "as the policy asks for none, and nobody is idle")
}

func name(e plan.Effect) string { return fmt.Sprint(e.ID) }

// TestAbandonedCallsOfEarlierRunsCount: what was abandoned before a restart
// counts until it has left the window.
func TestAbandonedCallsOfEarlierRunsCount(t *testing.T) {
	day := 24 * time.Hour
	for _, tt := range []struct {
		name   string
		past   []campaigns.Slot
		placed int
	}{
		{"none", nil, 5},
		{"under the cap", []campaigns.Slot{{At: start.Add(-time.Hour), Tally: campaigns.Tally{Answered: 100, Abandoned: 2}}}, 5},
		{"at the cap", []campaigns.Slot{{At: start.Add(-time.Hour), Tally: campaigns.Tally{Answered: 100, Abandoned: 3}}}, 1},
		{"long ago", []campaigns.Slot{{At: start.Add(-day - time.Hour), Tally: campaigns.Tally{Answered: 100, Abandoned: 90}}, {At: start, Tally: campaigns.Tally{Answered: 1}}}, 5},
	} {
		d, _ := predictive(t, 5, tt.past...)
		if got := d.placed(); got != tt.placed {
			t.Errorf("%s: %d calls are placed; want %d", tt.name, got, tt.placed)
		}
	}
}

// TestPowerEasesTowardsItsCap: its ratio comes down evenly from half of the cap on.
func TestPowerEasesTowardsItsCap(t *testing.T) {
	for _, tt := range []struct{ abandoned, placed int }{{0, 50}, {15, 50}, {20, 40}, {25, 30}, {30, 20}, {99, 20}} {
		d := newDesk(t, plan.Options{Batch: 100})
		d.step(trunk("main", 100, 1000))
		ev := staffed("c", campaigns.Power, "care", "main")
		ev.Past = []campaigns.Slot{{At: start, Tally: campaigns.Tally{Answered: 1000, Abandoned: tt.abandoned}}}
		d.step(ev)
		for _, who := range names("") {
			d.step(agent(who, agents.Idle, "care"))
		}
		d.many(100)
		d.settle()
		if got := d.placed(); got != tt.placed {
			t.Errorf("%d of 1000 abandoned: %d calls for 20 agents; want %d", tt.abandoned, got, tt.placed)
		}
	}
}

// TestDecisionsAreTold with what they are made from, at most once a second.
func TestDecisionsAreTold(t *testing.T) {
	d, _ := predictive(t, 3, campaigns.Slot{At: start.Add(-time.Hour), Tally: campaigns.Tally{Answered: 100, Abandoned: 2}})
	told := d.p.Decided()
	if len(told) == 0 {
		t.Fatal("nothing was told")
	}
	for i, one := range told {
		if i > 0 && one.At.Sub(told[i-1].At) < time.Second {
			t.Errorf("%v and %v are less than a second apart", told[i-1], one)
		}
	}
	d.now = d.now.Add(time.Second)
	d.step(agent("bob", agents.Idle, "care"))
	told = d.p.Decided()
	want := "2 idle of 2 agents, 3 ringing, 0 waiting, abandon rate 2.0 % of 3.0 %, so 0 more lines"
	if len(told) != 1 || told[0].String() != want {
		t.Errorf("told %v; want %q", told, want)
	}
	d.now = d.now.Add(time.Minute)
	d.step(agent("bob", agents.Idle, "care"))
	if told := d.p.Decided(); len(told) != 0 {
		t.Errorf("told %v; want nothing, as nothing has changed", told)
	}
}

// TestSuccessiveWindowsBeginEmpty: what was abandoned in one of them, however short
// a time ago, says nothing in the next.
func TestSuccessiveWindowsBeginEmpty(t *testing.T) {
	month := 30 * 24 * time.Hour
	d := newDesk(t, plan.Options{Batch: 20})
	d.step(trunk("main", 100, 1000))
	ev := staffed("c", campaigns.Predictive, "care", "main")
	ev.Campaign.Rules, ev.Campaign.StartedAt = []string{"us"}, start.Add(time.Minute-month)
	ev.Past = []campaigns.Slot{
		{At: start.Add(-time.Minute), Tally: campaigns.Tally{Answered: 100, Abandoned: 90}},
		{At: start, Tally: campaigns.Tally{Answered: 2}},
	}
	d.step(ev)
	counted := func() campaigns.Tally {
		s, _ := d.p.Standing("c")
		if len(s.Abandon) != 1 {
			t.Fatalf("bounds are %+v; want that of the pack", s.Abandon)
		}
		return s.Abandon[0].Tally
	}
	if got := counted(); got.Answered != 102 || got.Abandoned != 90 {
		t.Errorf("counted %+v; want all of the window", got)
	}
	d.now = start.Add(time.Minute)
	d.step(agent("ann", agents.Idle, "care"))
	if got := counted(); got != (campaigns.Tally{}) {
		t.Errorf("counted %+v as the next window begins; want nothing", got)
	}
}
