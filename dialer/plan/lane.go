package plan

import (
	"slices"
	"time"

	"careline/campaigns"
)

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

	priority int           // of the campaign
	share    int           // of the campaign, among those of its priority
	turn     time.Duration // on the trunk: the least is next
	placed   EffectID      // the latest Place by it
	left     time.Time     // when the campaign last ceased to stand here
	crewed   bool          // the campaign has agents: in which heap it stands
	ready    place         // in it
}

// before tells whose turn it is: the higher priority's, then that of who has had
// least for its share. Of equals those go first whose agents wait.
func (l *lane) before(other *lane) bool {
	switch {
	case l.priority != other.priority:
		return l.priority < other.priority
	case l.turn != other.turn:
		return l.turn < other.turn
	case l.crewed != other.crewed:
		return l.crewed
	case l.placed != other.placed:
		return l.placed < other.placed
	default:
		return l.c.order < other.c.order
	}
}

func (l *lane) place() *place { return &l.ready }

func lanesOf(c *campaign, d campaigns.Definition) []*lane {
	var lanes []*lane
	priority, share := d.Precedence()
	for rank, names := range d.Ranks() {
		for _, name := range names {
			lanes = append(lanes, &lane{c: c, name: name, rank: rank, weight: d.Weight(name), priority: priority, share: max(share, 1)})
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
			l.queue().drop(l)
			l.left = p.now
			l.t.shares[l.priority] -= l.share
			p.wind(l.t)
		}
	}
}

// queue is the heap in which the lane stands.
func (l *lane) queue() *heap[*lane] {
	if l.crewed {
		return &l.t.crewed
	}
	return &l.t.plain
}

// pick is the lane by which the trunk's next call goes; nil: there is none.
func (t *trunk) pick() *lane {
	if !t.free() {
		return nil
	}
	first, _ := t.crewed.top()
	plain, some := t.plain.top()
	if some && (first == nil || plain.before(first)) && t.MaxCalls-t.active > t.kept(plain.priority) {
		return plain
	}
	return first
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
	if !l.left.Equal(p.now) {
		l.turn = max(l.turn, l.t.turns[l.priority])
	}
	l.crewed = l.c.pool != nil
	l.queue().put(l)
	l.t.shares[l.priority] += l.share
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
	l := than.c.best(func(l *lane) bool { return l.spare() > 0 && p.ready(l.t) })
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
	return t.MaxCalls - t.active - len(t.crewed) - len(t.plain)
}

// spare is how many lines the trunk has for the campaign that no other waits
// for, nor is kept from it.
func (l *lane) spare() int {
	n := l.t.spare()
	if l.ready != 0 {
		n++
	}
	if l.c.pool == nil && n > 0 {
		n -= l.t.kept(l.priority)
	}
	return n
}

// makeRoom moves campaigns on that wait for a line which another has got
// meanwhile, as long as other trunks have lines to spare for them.
func (p *Plan) makeRoom(t *trunk) {
	for _, queue := range []*heap[*lane]{&t.plain, &t.crewed} {
		for l, some := queue.top(); some && l.spare() <= 0; l, some = queue.top() {
			to := l.c.best(func(other *lane) bool { return other.ready == 0 && other.spare() > 0 })
			if to == nil {
				break
			}
			p.leave(l.c)
			p.stand(to)
		}
	}
}

// dwell notes by which trunk a campaign with agents dials before all others, as
// far as it has anybody to call.
func (p *Plan) dwell(c *campaign, dials bool) {
	var home *trunk
	if c.pool != nil && c.staffed && (dials && len(c.waiting) > 0 || p.previews(c)) {
		if l := c.best(func(*lane) bool { return true }); l != nil {
			home = l.t
		}
	}
	p.lodge(c, home)
}

// lodge makes a trunk the campaign's home; nil: it has none.
func (p *Plan) lodge(c *campaign, home *trunk) {
	if c.home == home {
		return
	}
	if c.home != nil {
		c.home.homes = slices.DeleteFunc(c.home.homes, func(other *campaign) bool { return other == c })
		p.wind(c.home)
	}
	if c.home = home; home != nil {
		home.homes = append(home.homes, c)
		p.makeRoom(home)
		p.wind(home)
	}
}

// keepLines looks again at the lines that are kept for a crew's agents.
func (p *Plan) keepLines(crew *crew) {
	for _, c := range crew.campaigns {
		if c.home != nil {
			p.makeRoom(c.home)
			p.wind(c.home)
		}
	}
}
