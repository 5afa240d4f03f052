package plan_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// day is a pool of agents and the people that are called for them, in virtual
// time.
type day struct {
	t       *testing.T
	p       *plan.Plan
	now     time.Time
	chance  *rand.Rand
	next    []happening
	does    map[string]agents.Presence
	waiting []plan.EffectID // answered, and nobody has them
	ids     int
	busy    time.Duration // of all agents

	live, abandoned int
}

type happening struct {
	at time.Time
	do func()
}

func (d *day) in(after time.Duration, do func()) {
	at := d.now.Add(after)
	i := len(d.next)
	for i > 0 && d.next[i-1].at.After(at) {
		i--
	}
	d.next = slices.Insert(d.next, i, happening{at, do})
}

func (d *day) step(ev plan.Event) {
	for _, e := range d.p.Step(d.now, ev) {
		if e.Kind == plan.Place {
			d.call(e.ID)
		}
		if e.Kind == plan.Claim {
			got := plan.Event{Kind: plan.Claimed, Effect: e.ID, Open: true}
			for range e.Limit {
				d.ids++
				got.Contacts = append(got.Contacts, campaigns.Contact{ID: campaigns.ContactID(strconv.Itoa(d.ids))})
			}
			d.step(got)
		}
	}
}

// call has three of ten answer after some seconds, and the others not.
func (d *day) call(id plan.EffectID) {
	if d.chance.Float64() >= 0.3 {
		d.in(25*time.Second, func() { d.step(plan.Event{Kind: plan.Ended, Effect: id, Sent: true, Rang: true, Status: 487}) })
		return
	}
	d.in(time.Duration((3+min(22, 4*(d.chance.ExpFloat64()+d.chance.ExpFloat64())))*float64(time.Second)), func() {
		d.live++
		d.waiting = append(d.waiting, id)
		d.step(plan.Event{Kind: plan.CallAnswered, Effect: id, Human: true})
		d.serve()
		d.in(2*time.Second, func() { d.abandon(id) })
	})
}

// abandon ends a call that nobody has taken in time.
func (d *day) abandon(id plan.EffectID) {
	i := slices.Index(d.waiting, id)
	if i < 0 {
		return
	}
	d.waiting = slices.Delete(d.waiting, i, i+1)
	d.abandoned++
	d.step(plan.Event{Kind: plan.CallAbandoned, Effect: id})
	d.step(plan.Event{Kind: plan.Ended, Effect: id, Sent: true, Rang: true, Status: 200})
}

// serve gives who waits to who is idle.
func (d *day) serve() {
	for i := range len(d.does) {
		who := strconv.Itoa(i)
		if len(d.waiting) == 0 || d.does[who] != agents.Idle {
			continue
		}
		id := d.waiting[0]
		d.waiting = d.waiting[1:]
		talk := time.Duration(150 * math.Exp(0.83*d.chance.NormFloat64()-0.35) * float64(time.Second))
		d.busy += talk + 30*time.Second
		d.step(plan.Event{Kind: plan.CallTaken, Effect: id, Agent: who})
		d.turn(who, agents.Talking)
		d.in(talk, func() {
			d.step(plan.Event{Kind: plan.Ended, Effect: id, Sent: true, Rang: true, Status: 200})
			d.turn(who, agents.WrapUp)
			d.in(30*time.Second, func() { d.turn(who, agents.Idle) })
		})
	}
}

func (d *day) turn(who string, does agents.Presence) {
	d.does[who] = does
	d.step(agent(who, does, "care"))
	if does == agents.Idle {
		d.serve()
	}
}

// work has so many agents work for so long, and returns how busy they were.
func work(t *testing.T, mode campaigns.Mode, team int, hours time.Duration) (d *day, busy float64) {
	t.Helper()
	d = &day{t: t, now: start, p: plan.New(plan.Options{}), chance: rand.New(rand.NewPCG(1, 2)), does: map[string]agents.Presence{}}
	d.step(trunk("main", 1000, 100))
	d.step(staffed("c", mode, "care", "main"))
	for i := range team {
		d.turn(strconv.Itoa(i), agents.Idle)
	}
	for end := start.Add(hours); d.now.Before(end); {
		wake := d.p.NextWake()
		if len(d.next) > 0 && (wake.IsZero() || !d.next[0].at.After(wake)) {
			h := d.next[0]
			d.next = d.next[1:]
			d.now = h.at
			h.do()
			continue
		}
		d.now = wake
		d.step(plan.Event{Kind: plan.Tick})
	}
	return d, float64(d.busy) / float64(hours) / float64(team)
}

// TestPredictiveKeepsAgentsBusyUnderTheCap: far busier than one call for each
// idle agent would, and nobody abandons more than is permitted.
func TestPredictiveKeepsAgentsBusyUnderTheCap(t *testing.T) {
	_, plain := work(t, campaigns.Progressive, 20, 3*time.Hour)
	d, busy := work(t, campaigns.Predictive, 20, 3*time.Hour)
	if rate := float64(d.abandoned) / float64(d.live); busy < plain+0.08 || rate > 0.03 {
		t.Errorf("agents are busy %.3f of the time, and %.3f progressively; %d of %d abandoned", busy, plain, d.abandoned, d.live)
	}
	s, _ := d.p.Standing("c")
	if len(s.Abandon) != 1 || s.Abandon[0].Tally.Answered != d.live || s.Abandon[0].Tally.Abandoned != d.abandoned {
		t.Errorf("counted %+v; want %d of %d", s.Abandon, d.abandoned, d.live)
	}
	t.Logf("busy %.3f, progressively %.3f; %d of %d abandoned", busy, plain, d.abandoned, d.live)
}
