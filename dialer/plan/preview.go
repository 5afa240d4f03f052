package plan

import (
	"fmt"
	"slices"

	"careline/campaigns"
)

// preview places the call that an agent asks for, or says why not.
func (p *Plan) preview(ev Event) {
	e := &pending{campaign: p.campaigns[ev.ID], agent: ev.Agent}
	if why := p.asked(e, ev); why != "" {
		p.effects++
		p.out = append(p.out, Effect{ID: p.effects, Kind: Refuse, Campaign: ev.ID, Agent: ev.Agent, Ask: ev.Ask, Why: why})
	}
}

// asked places the call of a preview, unless something speaks against it.
func (p *Plan) asked(e *pending, ev Event) (why string) {
	c := e.campaign
	switch {
	case c == nil || c.State != campaigns.Running:
		return "the campaign is not running"
	case c.Mode != campaigns.Preview:
		return fmt.Sprintf("the campaign's mode is %s, not preview", c.Mode)
	case p.halted():
		return "the service places no calls now"
	case len(ev.Contacts) != 1:
		return "it is not said whom to call"
	case c.hands[ev.Contacts[0].ID] != nil:
		return "the contact is being called"
	case c.MaxCalls > 0 && c.active >= c.MaxCalls:
		return fmt.Sprintf("the campaign has its %d calls", c.MaxCalls)
	case !p.takes(c.pool, ev.Agent):
		return fmt.Sprintf("agent %s is not at work for %s", ev.Agent, c.Queue)
	}
	l := p.soonest(c, nil)
	if l == nil {
		return "no trunk of the campaign has a line free"
	}
	e.hand, e.trunk, e.lane, e.pool = &hand{contact: ev.Contacts[0], placed: true}, l.t, l, c.pool
	c.hands[e.hand.contact.ID] = e.hand
	p.place(Effect{Try: 1, At: p.startAt(l.t), Ask: ev.Ask}, e)
	return ""
}

// takes tells whether an agent is there to take a call of the pool.
func (p *Plan) takes(x *pool, name string) bool {
	a := p.agents[name]
	return a != nil && Staffs(a.presence) && slices.Contains(a.pools, x)
}
