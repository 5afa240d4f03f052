package plan

import "careline/campaigns"

// lane is a campaign's way to one of its trunks. A campaign that can place a
// call stands in one lane: of the first rank of its trunks in which one has a
// line that nobody before it will take. Where there is none it stands in all
// lanes, and takes the first line that comes free. A campaign has few lanes.
type lane struct {
	c      *campaign
	name   string // of the trunk, which may not be known yet
	t      *trunk // nil while it is not
	rank   int    // the least is preferred
	weight int    // among those of the rank
	credit int    // what the trunk is owed of the calls of its rank
	turn   int    // on the trunk: the least is next
	ready  place  // in the trunk's heap
}

func (l *lane) before(other *lane) bool {
	if l.turn != other.turn {
		return l.turn < other.turn
	}
	return l.c.order < other.c.order
}

func (l *lane) place() *place { return &l.ready }

func lanesOf(c *campaign, d campaigns.Definition) []*lane {
	var lanes []*lane
	for rank, names := range d.Ranks() {
		for _, name := range names {
			lanes = append(lanes, &lane{c: c, name: name, rank: rank, weight: d.Weight(name)})
		}
	}
	return lanes
}

// reaches tells whether any trunk of the campaign is usable.
func (p *Plan) reaches(c *campaign) bool {
	usable := false
	for _, l := range c.lanes {
		l.t = p.trunks[l.name]
		usable = usable || l.t != nil && l.t.usable()
	}
	return usable
}

// leave takes the campaign out of its lanes.
func (p *Plan) leave(c *campaign) {
	for _, l := range c.lanes {
		if l.ready != 0 {
			l.t.ready.drop(l)
			p.wind(l.t)
		}
	}
}

// enter has the campaign wait where its next call shall go by.
func (p *Plan) enter(c *campaign) {
	if l := c.best(func(l *lane) bool { return l.spare() > 0 }); l != nil {
		p.stand(l)
		return
	}
	for _, l := range c.lanes {
		if l.t != nil && l.t.usable() {
			p.stand(l)
		}
	}
}

// stand puts the campaign in one lane. One that comes anew has its turn, but
// nothing to make up for.
func (p *Plan) stand(l *lane) {
	l.turn = max(l.turn, l.t.turn)
	l.t.ready.put(l)
	p.wind(l.t)
}

// best is the lane that the campaign's next call goes by, of those whose trunks
// will do: of the first rank that has one, the one that is owed the most.
func (c *campaign) best(will func(*lane) bool) *lane {
	var best *lane
	for _, l := range c.lanes {
		switch {
		case l.t == nil || !l.t.usable() || !will(l):
		case best == nil, l.rank == best.rank && l.credit+l.weight > best.credit+best.weight:
			best = l
		}
	}
	return best
}

// better is a lane of a lower rank by which the campaign's call can start right
// now, though it could not when the campaign was put where it stands; nil: there
// is none.
func (p *Plan) better(than *lane) *lane {
	l := than.c.best(func(l *lane) bool { return l.spare() > 0 && !l.t.next().After(p.now) })
	if l == nil || l.rank >= than.rank {
		return nil
	}
	return l
}

// spend notes that a call goes by the lane: by smooth weighted round robin, so
// that the trunks of a rank which have a line free get calls by their weights,
// evenly spread. What a trunk could not carry is not made up for.
func (p *Plan) spend(l *lane) {
	sum := 0
	for _, other := range l.c.lanes {
		if other == l || other.rank == l.rank && other.t != nil && other.t.free() {
			sum += other.weight
			other.credit += other.weight
		}
	}
	l.credit -= sum
	for _, other := range l.c.lanes {
		if other.rank == l.rank {
			other.credit = min(max(other.credit, -sum), sum)
		}
	}
}

// spare is how many lines of the trunk are free that no campaign waits for.
func (t *trunk) spare() int {
	if !t.usable() {
		return 0
	}
	return t.MaxCalls - t.active - len(t.ready)
}

// spare is how many lines the trunk has for the campaign that no other waits
// for.
func (l *lane) spare() int {
	if l.ready != 0 {
		return l.t.spare() + 1
	}
	return l.t.spare()
}

// makeRoom moves campaigns on that wait for a line which another has got
// meanwhile, as long as other trunks have lines to spare for them.
func (p *Plan) makeRoom(t *trunk) {
	for t.spare() < 0 {
		l, some := t.ready.top()
		if !some {
			return
		}
		to := l.c.best(func(other *lane) bool { return other.ready == 0 && other.spare() > 0 })
		if to == nil {
			return
		}
		p.leave(l.c)
		p.stand(to)
	}
}
