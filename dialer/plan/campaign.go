package plan

import (
	"maps"
	"slices"
	"time"

	"careline/campaigns"
)

// How often a campaign is looked at that has nothing to dial right now.
const (
	recheck   = time.Second      // after something has ended, or a claim came back short
	lookAgain = 5 * time.Second  // while other nodes dial its contacts
	missed    = time.Second      // after a claim that could not be carried out; it doubles
	longest   = 30 * time.Second // up to this
)

// campaign is what the plan knows of one campaign.
type campaign struct {
	campaigns.Campaign
	order   int              // of arrival
	lanes   []*lane          // to its trunks, in order of preference
	pool    *pool            // whose agents take its calls; nil: it needs none
	limits  []*limit         // of abandonment
	past    []campaigns.Slot // what they count
	held    held             // by the contact policy, lately
	turn    time.Duration    // among the campaigns of its crew: the least is next
	staffed bool             // its pool was, when it was settled
	roomy   bool             // there were agents for another call of it, when it was settled
	home    *trunk           // that it dials by before all others, with agents; often nil
	hold    time.Duration    // how long its calls last
	lines   map[*trunk]int   // that it has
	hands   map[campaigns.ContactID]*hand
	waiting []*hand // claimed and not placed yet, first come first
	active  int     // Place effects out
	timer   timer   // for the next claim

	decided  Decided   // as it was told last
	claimAt  time.Time // not before
	claiming bool      // a Claim or a Finish is out
	stale    bool      // something has ended since the latest Claim went out
	misses   int       // claims in a row that could not be carried out
}

// hand is a contact that this node has.
type hand struct {
	contact campaigns.Contact
	placed  bool
	again   *campaigns.Contact // claimed anew before the effect on it was answered
}

func (p *Plan) setCampaign(def campaigns.Campaign, past []campaigns.Slot) {
	c := p.campaigns[def.ID]
	if c == nil {
		if def.State != campaigns.Running {
			return
		}
		p.arrivals++
		c = &campaign{
			order: p.arrivals, hands: map[campaigns.ContactID]*hand{}, stale: true, hold: firstHold, lines: map[*trunk]int{},
		}
		c.timer = timer{order: c.order, fire: func() { p.claim(c) }}
		p.campaigns[def.ID] = c
	}
	if def.State == campaigns.Running && c.State != campaigns.Running {
		c.claimAt = p.now
	}
	p.redefine(c, def)
	c.bound(p.now, past)
	p.enlist(c)
	p.settle(c)
}

// redefine gives the campaign a definition, which may differ in any way from the
// one before. Calls in progress go on as they were begun.
func (p *Plan) redefine(c *campaign, def campaigns.Campaign) {
	p.leave(c)
	if c.lanes == nil || !sameLanes(c.Definition, def.Definition) {
		c.lanes = lanesOf(c, def.Definition)
	}
	if c.Mode != def.Mode {
		c.claimAt = p.now
	}
	c.Campaign = def
}

// sameLanes tells whether two definitions share the same trunks in the same way.
func sameLanes(a, b campaigns.Definition) bool {
	return slices.Equal(a.Trunks, b.Trunks) && maps.Equal(a.Shares, b.Shares) && priority(a) == priority(b) && weight(a) == weight(b)
}

// enlist has the campaign dial for the pool that its definition names.
func (p *Plan) enlist(c *campaign) {
	var to *pool
	if c.Mode.NeedsAgents() && c.State == campaigns.Running {
		to = p.pool(c.Queue)
	}
	if c.pool == to {
		if to != nil {
			p.foresee(to.crew)
		}
		return
	}
	if from := c.pool; from != nil {
		p.lodge(c, nil)
		from.crew.campaigns = slices.DeleteFunc(from.crew.campaigns, func(other *campaign) bool { return other == c })
		p.foresee(from.crew)
		p.keepLines(from.crew)
	}
	if c.pool = to; to != nil {
		p.form(to.crew)
	}
}

// byArrival lists the campaigns.
func (p *Plan) byArrival() []*campaign {
	return slices.SortedFunc(maps.Values(p.campaigns), func(a, b *campaign) int { return a.order - b.order })
}

func (p *Plan) settleAll() {
	for _, c := range p.byArrival() {
		p.settle(c)
	}
}

// settle puts the campaign where it belongs after anything has changed: in the
// lanes to trunks that it can place by, on the clock for its next claim. One
// that has ended and has nothing out is forgotten.
func (p *Plan) settle(c *campaign) {
	c.staffed = c.pool == nil || c.pool.staffed > 0
	c.roomy = p.room(c) > 0
	dials := p.dials(c)
	if !dials {
		p.giveBack(c)
	}
	p.leave(c)
	if dials && c.roomy && len(c.waiting) > 0 && (c.MaxCalls == 0 || c.active < c.MaxCalls) {
		p.enter(c)
	}
	wants := dials && len(c.waiting) <= p.options.Batch/2 || p.ends(c)
	p.schedule(&c.timer, wants && !p.suspended && !c.claiming, c.claimAt)
	p.dwell(c, dials)
	if c.pool != nil && c.pool.crew.forecast != nil {
		p.askNext(c.pool.crew)
	}
	if c.State != campaigns.Running && !c.claiming && len(c.hands) == 0 && p.campaigns[c.ID] == c {
		delete(p.campaigns, c.ID)
	}
}

// dials tells whether the campaign takes contacts to dial them by itself.
func (p *Plan) dials(c *campaign) bool {
	return c.State == campaigns.Running && !p.draining && p.reaches(c) && c.staffed && c.Mode != campaigns.Preview
}

// ends tells whether it shall be asked whether the campaign, whose agents take
// its contacts one by one, has any left.
func (p *Plan) ends(c *campaign) bool { return p.previews(c) && len(c.hands) == 0 }

// previews tells whether the campaign's agents dial its contacts one by one.
func (p *Plan) previews(c *campaign) bool {
	return c.State == campaigns.Running && !p.draining && c.Mode == campaigns.Preview
}

// giveBack releases what waits.
func (p *Plan) giveBack(c *campaign) {
	if len(c.waiting) == 0 {
		return
	}
	back := make([]campaigns.Contact, 0, len(c.waiting))
	for _, h := range c.waiting {
		back = append(back, h.contact)
		delete(c.hands, h.contact.ID)
	}
	c.waiting = nil
	p.emit(Effect{Kind: Release, Contacts: back}, &pending{campaign: c})
}

// claim asks for more contacts.
func (p *Plan) claim(c *campaign) {
	c.claiming, c.stale = true, false
	if c.Mode == campaigns.Preview {
		p.emit(Effect{Kind: Finish}, &pending{campaign: c})
		p.settle(c)
		return
	}
	p.emit(Effect{Kind: Claim, Limit: p.options.Batch}, &pending{campaign: c})
	p.settle(c)
}

func (p *Plan) claimed(c *campaign, ev Event) {
	c.claiming = false
	if ev.Err {
		p.miss(c)
		return
	}
	c.misses = 0
	for _, contact := range ev.Contacts {
		c.take(contact)
	}
	switch {
	case len(ev.Contacts) >= p.options.Batch:
		c.claimAt = p.now
	case c.stale:
		c.claimAt = p.now.Add(recheck)
	default:
		p.look(c, ev)
	}
}

// look says when to look again for contacts, now that all that are due have
// been claimed; or that there will be none.
func (p *Plan) look(c *campaign, ev Event) {
	c.claimAt = p.now.Add(lookAgain)
	if soon := p.now.Add(recheck); !ev.NextDue.IsZero() && ev.NextDue.Before(soon) {
		c.claimAt = soon
	} else if !ev.NextDue.IsZero() && (!ev.Open || ev.NextDue.Before(c.claimAt)) {
		c.claimAt = ev.NextDue
	}
	over := len(ev.Contacts) == 0 && len(c.hands) == 0 && ev.NextDue.IsZero() && !ev.Open
	if over && c.State == campaigns.Running && !p.halted() {
		c.claiming = true
		p.emit(Effect{Kind: Finish}, &pending{campaign: c})
	}
}

func (p *Plan) finished(c *campaign, ev Event) {
	c.claiming = false
	switch {
	case ev.Err:
		p.miss(c)
	case ev.Done:
		c.State = campaigns.Finished
	case c.Mode == campaigns.Preview:
		c.claimAt = p.now.Add(longest)
	default:
		c.claimAt = p.now.Add(recheck)
	}
}

// miss puts the next claim off, longer each time.
func (p *Plan) miss(c *campaign) {
	c.claimAt = p.now.Add(min(missed<<min(c.misses, 10), longest))
	c.misses++
}

// take adds a claimed contact to what waits.
func (c *campaign) take(contact campaigns.Contact) {
	h := c.hands[contact.ID]
	switch {
	case h == nil:
		h = &hand{contact: contact}
		c.hands[contact.ID] = h
		c.waiting = append(c.waiting, h)
	case h.placed:
		h.again = &contact
	default:
		h.contact = contact
	}
}
