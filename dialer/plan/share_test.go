package plan_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// weighted is a running campaign of a priority and a share.
func weighted(id string, priority, share int, trunks ...string) plan.Event {
	ev := running(id, 0, trunks...)
	ev.Campaign.Priority, ev.Campaign.Share = priority, share
	return ev
}

// line is a trunk on which campaigns always have somebody to call, and whose
// calls last as long as it takes.
type line struct {
	t     rapid.TB
	p     *plan.Plan
	now   time.Time
	holds map[campaigns.ID]time.Duration
	ends  []ending // in order of time
	next  int
	order []campaigns.ID // who was placed
	mute  map[campaigns.ID]bool
	owed  map[campaigns.ID][]plan.Effect // claims of those who are mute
}

type ending struct {
	at time.Time
	of plan.Effect
}

func newLine(t rapid.TB, calls int, perSecond float64) *line {
	l := &line{
		t: t, now: start, p: plan.New(plan.Options{Batch: 10}), holds: map[campaigns.ID]time.Duration{},
		mute: map[campaigns.ID]bool{}, owed: map[campaigns.ID][]plan.Effect{},
	}
	l.step(trunk("main", calls, perSecond))
	return l
}

func (l *line) step(ev plan.Event) {
	for _, e := range l.p.Step(l.now, ev) {
		switch e.Kind {
		case plan.Release, plan.Finish, plan.Refuse:
		case plan.Claim:
			if l.mute[e.Campaign] {
				l.owed[e.Campaign] = append(l.owed[e.Campaign], e)
				continue
			}
			l.claimed(e)
		case plan.Place:
			l.order = append(l.order, e.Campaign)
			at := l.now.Add(l.holds[e.Campaign])
			i := len(l.ends)
			for i > 0 && l.ends[i-1].at.After(at) {
				i--
			}
			l.ends = append(l.ends[:i], append([]ending{{at, e}}, l.ends[i:]...)...)
		}
	}
}

func (l *line) claimed(e plan.Effect) {
	ev := plan.Event{Kind: plan.Claimed, Effect: e.ID, Open: true}
	for range e.Limit {
		l.next++
		ev.Contacts = append(ev.Contacts, campaigns.Contact{ID: campaigns.ContactID(fmt.Sprint(l.next))})
	}
	l.step(ev)
}

// speak lets a campaign have contacts from now on.
func (l *line) speak(id campaigns.ID) {
	l.mute[id] = false
	for _, e := range l.owed[id] {
		l.claimed(e)
	}
}

// place goes on until so many calls have been placed altogether.
func (l *line) place(calls int) { l.until(func() bool { return len(l.order) >= calls }) }

// pass goes on for so long.
func (l *line) pass(d time.Duration) {
	end := l.now.Add(d)
	l.until(func() bool { return !l.now.Before(end) })
}

func (l *line) until(enough func() bool) {
	for !enough() {
		wake := l.p.NextWake()
		if len(l.ends) > 0 && (wake.IsZero() || !l.ends[0].at.After(wake)) {
			l.now = l.ends[0].at
			e := l.ends[0].of
			l.ends = l.ends[1:]
			l.step(plan.Event{Kind: plan.Ended, Effect: e.ID, Sent: true, Rang: true, Status: 200})
			continue
		}
		if wake.IsZero() {
			l.t.Fatalf("after %d calls nothing happens any more", len(l.order))
		}
		l.now = wake
		l.step(plan.Event{Kind: plan.Tick})
	}
}

// count counts the calls placed since the n-th.
func (l *line) count(since int) map[campaigns.ID]int {
	n := map[campaigns.ID]int{}
	for _, id := range l.order[since:] {
		n[id]++
	}
	return n
}

// TestSharesOfEquals: campaigns of one priority that always have somebody to call
// get what is scarce, starts or lines, by their shares, from the first calls on.
func TestSharesOfEquals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.IntRange(1, 20).Draw(t, "lines")
		rate := rapid.SampledFrom([]float64{0.5, 1, 5}).Draw(t, "rate")
		l := newLine(t, lines, rate)
		shares := map[campaigns.ID]int{}
		for i := range rapid.IntRange(2, 4).Draw(t, "campaigns") {
			id := campaigns.ID(fmt.Sprint("c", i))
			shares[id] = rapid.IntRange(1, 5).Draw(t, "share")
			l.holds[id] = time.Duration(rapid.IntRange(1, 20).Draw(t, "hold")) * time.Second
			l.step(weighted(string(id), 1, shares[id], "main"))
		}
		l.pass(4 * time.Minute) // until it is known how long calls last
		for range 2 {
			from := len(l.order)
			l.pass(4 * time.Minute)
			got, most, least, dearest := l.count(from), 0.0, 1e18, 0.0
			for id, share := range shares {
				cost := max(1/rate, l.holds[id].Seconds()/float64(lines)) / float64(share)
				dearest = max(dearest, cost)
				most, least = max(most, float64(got[id])*cost), min(least, float64(got[id])*cost)
			}
			if most-least > 0.06*most+4*dearest {
				t.Fatalf("%v calls by shares %v, of %v: the one has had %.1f s of the trunk for its share, the other %.1f s", got, shares, l.holds, most, least)
			}
		}
	})
}

// TestSharesConvergeAtOnce where all calls are alike: of each few calls everybody
// has had the share.
func TestSharesConvergeAtOnce(t *testing.T) {
	for _, tt := range []struct {
		lines int
		rate  float64
	}{{1000, 10}, {10, 1000}} { // starts are scarce, then lines
		l := newLine(t, tt.lines, tt.rate)
		for id, share := range map[string]int{"a": 5, "b": 3, "c": 2} {
			l.holds[campaigns.ID(id)] = 30 * time.Second
			l.step(weighted(id, 1, share, "main"))
		}
		l.place(tt.lines % 1000)
		for range 20 {
			from := len(l.order)
			l.place(from + 20)
			if n := l.count(from); max(n["a"]-10, 10-n["a"]) > 1 || max(n["b"]-6, 6-n["b"]) > 1 || max(n["c"]-4, 4-n["c"]) > 1 {
				t.Errorf("%d lines: %v of 20 calls; want 10, 6 and 4", tt.lines, n)
			}
		}
	}
}

// TestReturningCampaignHasNothingToMakeUpFor, nor has it to wait.
func TestReturningCampaignHasNothingToMakeUpFor(t *testing.T) {
	for _, tt := range []struct {
		lines int
		rate  float64
	}{{1000, 10}, {10, 1000}} {
		l := newLine(t, tt.lines, tt.rate)
		for _, id := range []string{"a", "b"} {
			l.holds[campaigns.ID(id)] = 30 * time.Second
			l.mute["b"] = true
			l.step(weighted(id, 1, 1, "main"))
		}
		l.place(300)
		l.speak("b")
		l.place(320)
		if n := l.count(300); n["b"] < 9 || n["b"] > 11 {
			t.Errorf("%d lines: %v of the first 20 calls since it is back; want half of them", tt.lines, n)
		}
	}
}

// TestPriorityIsStrict: a later one dials only what the earlier one cannot use.
func TestPriorityIsStrict(t *testing.T) {
	l := newLine(t, 10, 1000)
	l.holds["a"], l.holds["b"] = 30*time.Second, 30*time.Second
	first := weighted("a", 1, 1, "main")
	first.Campaign.MaxCalls = 7
	l.step(first)
	l.step(weighted("b", 2, 1000, "main"))
	l.place(200)
	if n := l.count(100); n["a"] != 70 || n["b"] != 30 {
		t.Errorf("%v of 100 calls; want 70 by the seven lines of the first, and the rest", n)
	}
	first.Campaign.MaxCalls = 0
	l.step(first)
	l.place(240)
	from := len(l.order)
	l.place(from + 50)
	if n := l.count(from); n["b"] != 0 {
		t.Errorf("%v of 50 calls; want all by the first, which can use them", n)
	}
}

// TestLinesAreKeptForAgents: a campaign without agents leaves a line for each
// agent who is idle or about to be, up to the share of the agents' campaign.
func TestLinesAreKeptForAgents(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 100})
	d.step(trunk("main", 10, 1000))
	d.step(running("robot", 0, "main"))
	d.step(staffed("c", campaigns.Progressive, "care", "main"))
	for _, who := range []string{"ann", "bob"} {
		d.step(agent(who, agents.WrapUp, "care"))
	}
	d.many(100)
	d.many(100)
	d.settle()
	of := func() map[campaigns.ID]int {
		n := map[campaigns.ID]int{}
		for _, e := range d.out {
			if e.Kind == plan.Place {
				n[e.Campaign]++
			}
		}
		return n
	}
	if n := of(); n["robot"] != 8 || n["c"] != 0 {
		t.Fatalf("%v calls are out; want 8, and a line each for two who will be idle soon", n)
	}
	d.step(agent("ann", agents.Idle, "care"))
	if n := of(); n["c"] != 1 {
		t.Errorf("%v calls are out; want one for the agent at once", n)
	}
	d.step(agent("bob", agents.OnBreak, "care"))
	d.settle()
	if n := of(); n["robot"] != 9 || n["c"] != 1 {
		t.Errorf("%v calls are out; want the last line used, as nobody will be idle", n)
	}
}

// TestManyAgentsLeaveOthersTheirShare of the lines.
func TestManyAgentsLeaveOthersTheirShare(t *testing.T) {
	d := newDesk(t, plan.Options{Batch: 100})
	d.step(trunk("main", 10, 1000))
	d.step(staffed("c", campaigns.Progressive, "care", "main"))
	d.step(running("robot", 0, "main"))
	for i := range 50 {
		d.step(agent(fmt.Sprint(i), agents.WrapUp, "care"))
	}
	d.many(100)
	d.many(100)
	d.settle()
	d.wantPlaced(5, "as no more than half are kept for the agents")
}
