package plan_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"careline/agents"
	"careline/campaigns"
	"careline/dialer/plan"
)

// eager is a predictive policy that always wants two more calls.
type eager struct{}

func (eager) Placed(string, time.Time)                 {}
func (eager) Ringing(string, time.Time)                {}
func (eager) Answered(string, bool, time.Time)         {}
func (eager) Ended(string, time.Time)                  {}
func (eager) Abandoned(string, time.Time)              {}
func (eager) Agent(string, agents.Presence, time.Time) {}
func (eager) Calls(time.Time) int                      { return 2 }

type modelAgent struct {
	pools []string
	does  agents.Presence
}

// modelCall is a call that has not ended, and whether it may want an idle agent.
type modelCall struct {
	effect plan.Effect
	rings  bool // nobody has answered
	waits  bool // somebody has, and no agent has taken it
	taken  bool // an agent has
}

func (c *modelCall) wants() bool {
	return c.effect.Pool != "" && c.effect.Agent == "" && (c.rings || c.waits)
}

func (w *world) setAgent(t *rapid.T) {
	who := rapid.SampledFrom([]string{"ann", "bob", "cat"}).Draw(t, "agent")
	a := modelAgent{
		pools: rapid.SampledFrom([][]string{{"p"}, {"p"}, {"q"}, {"p", "q"}, nil}).Draw(t, "pools"),
		does: rapid.SampledFrom([]agents.Presence{
			agents.Idle, agents.Idle, agents.Idle, agents.Reserved, agents.Talking, agents.WrapUp, agents.OnBreak, agents.Offline,
		}).Draw(t, "does"),
	}
	w.agents[who] = a
	w.hand(agent(who, a.does, a.pools...))
}

// moveCall has a call go on.
func (w *world) moveCall(t *rapid.T) {
	var ids []plan.EffectID
	for id := range w.calls {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	c := w.calls[rapid.SampledFrom(ids).Draw(t, "call")]
	ev := plan.Event{Effect: c.effect.ID}
	switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
	case what == 0 && c.rings:
		ev.Kind = plan.CallRinging
	case what == 1 && c.rings:
		ev.Kind, c.rings, c.waits = plan.CallAnswered, false, true
	case what == 2 && c.rings:
		ev.Kind, ev.Machine, c.rings = plan.CallAnswered, true, false
	case what == 3 && (c.waits || c.taken):
		ev.Kind, c.waits, c.taken = plan.CallAnswered, true, false // again, as the agent did not take it
	case what == 4 && c.waits:
		ev.Kind, ev.Agent, c.waits, c.taken = plan.CallTaken, rapid.SampledFrom([]string{"ann", "bob", "cat", ""}).Draw(t, "by"), false, true
		w.reserve(c, ev.Agent)
	case what == 5 && c.waits:
		ev.Kind, c.waits = plan.CallAbandoned, false
	default:
		return
	}
	w.hand(ev)
}

// reserve has an agent who takes a call be idle no more.
func (w *world) reserve(c *modelCall, who string) {
	if a, known := w.agents[who]; known && a.does == agents.Idle && c.effect.Pool != "" && c.effect.Agent == "" {
		a.does = agents.Reserved
		w.agents[who] = a
	}
}

// preview asks for a contact that an agent has taken.
func (w *world) preview(t *rapid.T) {
	c := w.any(t)
	if c == nil {
		return
	}
	for _, contact := range c.contacts {
		if !contact.claimed && !contact.done {
			w.asking, contact.claimed = rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "asks"), true
			w.hand(plan.Event{Kind: plan.Preview, ID: c.ID, Agent: w.asking, Ask: 1, Contacts: []campaigns.Contact{contact.Contact}})
			if w.asking = ""; !contact.placed {
				contact.claimed = false
			}
			return
		}
	}
}

// checkClaim checks that nobody is claimed whom nobody would talk to.
func (w *world) checkClaim(c *modelCampaign) {
	if c.Mode == campaigns.Preview || c.Mode.NeedsAgents() && w.count(c.Queue, plan.Staffs) == 0 {
		w.t.Fatalf("claim of %s, whose mode is %s, with %d agents at work", c.ID, c.Mode, w.count(c.Queue, plan.Staffs))
	}
}

// checkAgents checks that somebody may take the call: promise 5.
func (w *world) checkAgents(c *modelCampaign, e plan.Effect) {
	if e.Mode != c.Mode || (e.Pool != "") != c.Mode.NeedsAgents() || e.Pool != "" && e.Pool != c.Queue {
		w.t.Fatalf("place %+v of %s, whose mode is %s for %s", e, c.ID, c.Mode, c.Queue)
	}
	if e.Pool == "" {
		return
	}
	if w.count(c.Queue, plan.Staffs) == 0 {
		w.t.Fatalf("place of %s while nobody is at work for %s", c.ID, c.Queue)
	}
	perAgent := map[campaigns.Mode]float64{campaigns.Progressive: 1, campaigns.Power: c.Ratio}[c.Mode]
	switch {
	case c.Mode == campaigns.Preview:
		if a := w.agents[e.Agent]; e.Agent == "" || e.Try == 1 && e.Agent != w.asking || !plan.Staffs(a.does) || !slices.Contains(a.pools, e.Pool) {
			w.t.Fatalf("place %+v for %s, who %+v, while %q asks", e, e.Agent, a, w.asking)
		}
	case perAgent > 0:
		for _, pools := range [][]string{{c.Queue}, w.crew(c.Queue)} {
			if most := int(perAgent * float64(w.countIn(pools, idle))); w.wanting(pools) >= most {
				w.t.Fatalf("place of %s, %s, with %d calls out for %d idle in %v", c.ID, c.Mode, w.wanting(pools), w.countIn(pools, idle), pools)
			}
		}
	}
}

func idle(p agents.Presence) bool { return p == agents.Idle }

func (w *world) count(pool string, is func(agents.Presence) bool) int {
	return w.countIn([]string{pool}, is)
}

// countIn counts the agents of any of the pools.
func (w *world) countIn(pools []string, is func(agents.Presence) bool) int {
	n := 0
	for _, a := range w.agents {
		if is(a.does) && slices.ContainsFunc(a.pools, func(x string) bool { return slices.Contains(pools, x) }) {
			n++
		}
	}
	return n
}

// wanting counts the calls that may want an idle agent of the pools, without the
// one whose end is being handed in.
func (w *world) wanting(pools []string) int {
	n := 0
	for _, c := range w.calls {
		if c.wants() && slices.Contains(pools, c.effect.Pool) {
			n++
		}
	}
	return n
}

// crew is the pool with those that it shares agents with.
func (w *world) crew(pool string) []string {
	for _, a := range w.agents {
		if len(a.pools) == 2 {
			return []string{"p", "q"}
		}
	}
	return []string{pool}
}

// staffedBy tells whether lines of a trunk may be kept for agents.
func (w *world) staffedBy(trunk string) bool {
	for _, c := range w.campaigns {
		if c.State == campaigns.Running && c.Mode.NeedsAgents() && slices.Contains(c.Trunks, trunk) {
			return true
		}
	}
	return false
}
