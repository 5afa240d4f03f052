package sim

import (
	"fmt"
	"slices"
	"time"

	"careline/agents"
	"careline/dialer/plan"
	"careline/phone"
)

// clerk is one agent at work.
type clerk struct {
	h     *hall
	staff Staff
	view  agents.View
	dice  dice
	talks int // so far
	rests int // breaks so far
	told  agents.Presence
	since time.Time // of what was told
}

// hall is where the agents of a rehearsal sit, and where callers wait for them.
type hall struct {
	w       *World
	node    *node // that has their phones
	clerks  []*clerk
	queues  map[string]agents.Queue
	waiting []*waiter
}

// newHall seats the agents.
func newHall(w *World) *hall {
	h := &hall{w: w, queues: map[string]agents.Queue{}}
	for i, s := range w.setup.Staff {
		h.queues[s.Queue] = agents.Queue{Name: s.Queue, Team: s.Queue, WrapUp: s.WrapUp.Mean}
		for n := range s.Count {
			name := fmt.Sprintf("%s-%d-%03d", s.Queue, i+1, n+1)
			h.clerks = append(h.clerks, &clerk{
				h: h, staff: s, dice: diceOf(w.o.Seed, "agent", name), told: agents.Offline, since: w.setup.Start,
				view: agents.View{Agent: agents.Agent{Name: name, Team: s.Queue}, Record: agents.Record{Agent: name, Wish: agents.Ready}},
			})
		}
	}
	return h
}

// open has the agents come to work; on a node that starts again those who are
// there begin anew.
func (h *hall) open(n *node) {
	h.node, h.waiting = n, nil
	for _, c := range h.clerks {
		c.h.w.tally.worked(c.told, c.since, h.w.now)
		c.view.Record = agents.Record{Agent: c.view.Agent.Name, Wish: agents.Ready, IdleSince: h.w.now}
		c.view.Reachable, c.view.OnCall, c.told, c.since = false, false, agents.Offline, h.w.now
		c.clockIn()
		c.tell()
	}
}

// clockIn has the agent come and go by the shifts.
func (c *clerk) clockIn() {
	now := c.h.w.now.In(c.h.w.setup.Start.Location())
	inside, next := shift(c.staff.Shifts, now)
	if was := c.view.Reachable; inside && !was {
		c.view.Record.Wish, c.view.Record.IdleSince = agents.Ready, c.h.w.now
		c.rest()
	}
	c.view.Reachable = inside
	c.changed()
	if !next.IsZero() {
		c.h.node.at(next, c.clockIn)
	}
}

// shift tells whether one of the hours contains now, and when that may change.
func shift(hours []phone.Hours, now time.Time) (inside bool, next time.Time) {
	if len(hours) == 0 {
		return true, time.Time{}
	}
	for _, h := range hours {
		inside = inside || h.Contains(now)
	}
	next = now.Truncate(time.Minute).Add(time.Minute)
	for range 8 * 24 * 60 {
		if slices.ContainsFunc(hours, func(h phone.Hours) bool { return h.Contains(next) }) != inside {
			return inside, next
		}
		next = next.Add(time.Minute)
	}
	return inside, time.Time{}
}

// rest has the agent take a break after a while.
func (c *clerk) rest() {
	if c.staff.Every <= 0 {
		return
	}
	c.rests++
	from := c.h.w.now.Add(c.staff.Every + time.Duration((c.dice.roll("rest "+itoa(c.rests))-0.5)*float64(c.staff.Every)/2))
	c.h.node.at(from, func() {
		if !c.view.Reachable {
			return
		}
		c.view.Record.Wish = agents.Break
		c.changed()
		c.h.node.at(c.h.w.now.Add(c.staff.Break.draw(c.dice, "break "+itoa(c.rests))), func() {
			c.view.Record.Wish, c.view.Record.IdleSince = agents.Ready, c.h.w.now
			c.changed()
			c.rest()
		})
	})
}

// changed tells the plan where the agent's presence has changed, and pairs
// callers with agents anew.
func (c *clerk) changed() {
	c.tell()
	c.h.match()
}

// tell tells the plan what the agent does, if it is news.
func (c *clerk) tell() {
	is := c.view.Presence(c.h.w.now)
	if is == c.told || c.h.node.dead {
		return
	}
	c.h.w.tally.worked(c.told, c.since, c.h.w.now)
	c.told, c.since = is, c.h.w.now
	c.h.w.tell(Event{Kind: Agent, Node: c.h.node.name, Clerk: c.view.Agent.Name, Presence: is})
	c.h.node.step(plan.Event{Kind: plan.SetAgent, Agent: c.view.Agent.Name, Pools: []string{c.staff.Queue}, Presence: is})
}

// wrapsUp ends the agent's call: after it the agent writes it up.
func (c *clerk) wrapsUp(talked bool) {
	c.view.OnCall, c.view.Record.Reserved = false, ""
	c.view.Record.WrapUpUntil, c.view.Record.IdleSince = time.Time{}, c.h.w.now
	if talked {
		until := c.h.w.now.Add(c.staff.WrapUp.draw(c.dice, "wrap up "+itoa(c.talks)))
		c.view.Record.WrapUpUntil, c.view.Record.IdleSince = until, until
		c.h.node.at(until, c.changed)
	}
	c.changed()
}

// clerk finds an agent by the name.
func (h *hall) clerk(name string) *clerk {
	for _, c := range h.clerks {
		if c.view.Agent.Name == name {
			return c
		}
	}
	return nil
}

// views are all agents as routing knows them.
func (h *hall) views() []agents.View {
	views := make([]agents.View, len(h.clerks))
	for i, c := range h.clerks {
		views[i] = c.view
	}
	return views
}

// atWork tells whether anybody takes the calls of a queue; of one agent, where
// one is named.
func (h *hall) atWork(pool, name string) bool {
	return slices.ContainsFunc(h.clerks, func(c *clerk) bool {
		return (name == "" || c.view.Agent.Name == name) && c.staff.Queue == pool && plan.Staffs(c.view.Presence(h.w.now))
	})
}

// Vanish has an agent's phone be gone, until it comes back after some time.
func (w *World) Vanish(agent int, back time.Duration) {
	if len(w.hall.clerks) == 0 {
		return
	}
	c := w.hall.clerks[agent%len(w.hall.clerks)]
	c.view.Reachable = false
	c.changed()
	c.h.node.at(w.now.Add(back), c.clockIn)
}
