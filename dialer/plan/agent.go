package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"careline/agents"
)

// agent is somebody who takes calls of some pools.
type agent struct {
	name     string
	pools    []*pool
	presence agents.Presence
}

// pool is the agents of one queue, as far as dialing goes.
type pool struct {
	name string
	crew *crew
	muster
}

// crew is pools that have agents in common, and so compete for them: what one
// dials may take the agents of another. A pool whose agents serve no other one
// is a crew of its own.
type crew struct {
	pools     []*pool
	campaigns []*campaign           // that dial for its agents, by arrival
	turns     map[int]time.Duration // by priority: of the campaign that placed last
	forecast  *forecast             // of its predictive campaigns; nil: it has none
	muster
}

// muster counts agents, and the calls that are on their way to them.
type muster struct {
	staffed int // live and not on break
	idle    int
	wrapUp  int
	ringing int // calls placed, and not answered yet
	waiting int // calls answered, not by a machine as far as known, and not taken yet
}

// out is how many calls may want an agent of those who are idle.
func (m *muster) out() int { return m.ringing + m.waiting }

// spare is how many more calls idle agents are there for, each for so many.
func (m *muster) spare(perAgent float64) int {
	const rounding = 1e-9
	return int(perAgent*float64(m.idle)+rounding) - m.out()
}

func (m *muster) count(p agents.Presence, n int) {
	if Staffs(p) {
		m.staffed += n
	}
	switch p {
	case agents.Idle:
		m.idle += n
	case agents.WrapUp:
		m.wrapUp += n
	case agents.Offline, agents.OnBreak, agents.Reserved, agents.Talking:
	}
}

// Staffs tells whether an agent in the state is at work, and not on break.
func Staffs(p agents.Presence) bool {
	return p == agents.Idle || p == agents.Reserved || p == agents.Talking || p == agents.WrapUp
}

func (p *Plan) setAgent(ev Event) {
	a := p.agents[ev.Agent]
	if a == nil {
		a = &agent{name: ev.Agent, presence: agents.Offline}
		p.agents[ev.Agent] = a
	}
	if !slices.EqualFunc(a.pools, ev.Pools, func(x *pool, name string) bool { return x.name == name }) {
		p.move(a, ev.Pools)
	}
	p.turnTo(a, ev.Presence)
	if len(a.pools) == 0 {
		delete(p.agents, a.name)
	}
}

// turnTo notes what an agent does now.
func (p *Plan) turnTo(a *agent, now agents.Presence) {
	if a.presence == now {
		return
	}
	a.count(-1)
	a.presence = now
	a.count(1)
	if crew := a.crew(); crew != nil {
		if f := crew.forecast; f != nil {
			f.pacer.Agent(a.name, now, p.now)
			p.askSoon(crew)
		}
		p.restaff(crew)
	}
}

// count adds the agent to the musters, or takes it out.
func (a *agent) count(n int) {
	for _, x := range a.pools {
		x.count(a.presence, n)
	}
	if crew := a.crew(); crew != nil {
		crew.count(a.presence, n)
	}
}

func (a *agent) crew() *crew {
	if len(a.pools) == 0 {
		return nil
	}
	return a.pools[0].crew
}

// move has an agent serve other pools.
func (p *Plan) move(a *agent, names []string) {
	for _, x := range a.pools {
		x.count(a.presence, -1)
	}
	a.pools = make([]*pool, len(names))
	for i, name := range names {
		a.pools[i] = p.pool(name)
		a.pools[i].count(a.presence, 1)
	}
	p.regroup()
}

// pool returns a queue's pool, which may have no agents yet.
func (p *Plan) pool(name string) *pool {
	x := p.pools[name]
	if x == nil {
		x = &pool{name: name}
		x.crew = &crew{pools: []*pool{x}, turns: map[int]time.Duration{}}
		p.pools[name] = x
	}
	return x
}

// regroup forms the crews anew, after an agent has begun or ceased to serve a
// pool. It is the only thing here that grows with agents and pools.
func (p *Plan) regroup() {
	lead := p.leaders()
	members := map[*pool][]*pool{}
	for _, x := range slices.SortedFunc(maps.Values(p.pools), func(a, b *pool) int { return strings.Compare(a.name, b.name) }) {
		members[lead(x)] = append(members[lead(x)], x)
	}
	crews := make([]*crew, 0, len(members))
	for _, pools := range members {
		one := pools[0].crew
		if !slices.Equal(one.pools, pools) {
			one = &crew{pools: pools, turns: map[int]time.Duration{}}
			for _, x := range pools {
				p.disband(x.crew)
			}
		}
		crews = append(crews, one)
	}
	slices.SortFunc(crews, func(a, b *crew) int { return strings.Compare(a.pools[0].name, b.pools[0].name) })
	for _, crew := range crews {
		p.form(crew)
	}
	for _, crew := range crews {
		p.restaff(crew)
	}
}

// disband ends a crew whose pools hang together otherwise now. What its policy
// has learned is gone with it.
func (p *Plan) disband(c *crew) {
	if c.forecast != nil {
		p.timers.drop(&c.forecast.timer)
	}
}

// leaders returns what gives each pool's leader: the same one for pools that
// hang together by their agents.
func (p *Plan) leaders() func(*pool) *pool {
	parent := map[*pool]*pool{}
	lead := func(x *pool) *pool {
		for parent[x] != nil {
			x = parent[x]
		}
		return x
	}
	for _, a := range p.agents {
		for _, x := range a.pools {
			if from, to := lead(x), lead(a.pools[0]); from != to {
				parent[from] = to
			}
		}
	}
	return lead
}

// form counts a crew's agents and calls, and gathers its campaigns.
func (p *Plan) form(c *crew) {
	c.muster, c.campaigns = muster{}, nil
	for _, x := range c.pools {
		x.crew = c
		c.ringing += x.ringing
		c.waiting += x.waiting
	}
	for _, a := range p.agents {
		if a.crew() == c {
			c.count(a.presence, 1)
		}
	}
	for _, one := range p.byArrival() {
		if one.pool != nil && one.pool.crew == c {
			c.campaigns = append(c.campaigns, one)
		}
	}
	p.foresee(c)
}

// restaff has the crew's campaigns dial that may now, and those rest that may
// not any more.
func (p *Plan) restaff(crew *crew) {
	for _, c := range crew.campaigns {
		if c.staffed != (c.pool.staffed > 0) || c.roomy != (p.room(c) > 0) {
			p.settle(c)
		}
		p.decide(c)
	}
	p.keepLines(crew)
}
