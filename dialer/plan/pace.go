package plan

import "time"

// SIP statuses by which a carrier says that it takes no more, for now.
const (
	forbidden   = 403
	timedOut    = 408
	tooMany     = 429
	unavailable = 503
)

// How a trunk is slowed whose carrier pushes back, and comes up to speed again.
const (
	looked   = 20                // calls of late whose ends are looked at
	fewest   = 3                 // pushed back before it means anything
	many     = 0.2               // share of them that means that the carrier has enough
	less     = 0.5               // of the rate that is left then
	least    = 0.05              // of its configured rate, whatever the carrier says
	regains  = 200 * time.Second // from nothing to the configured rate
	longRest = 30 * time.Second  // that a carrier may ask for by Retry-After
)

// pace is how fast a carrier lets a trunk be used: it is halved when the carrier
// pushes back, and comes up again in even, small steps.
type pace struct {
	factor float64   // of the trunk's rate, at since
	since  time.Time // when the factor was set; calls that began before say nothing of it
	until  time.Time // no call starts before: the carrier has asked for a rest
	ends   [looked]bool
	seen   int // ends since then
	pushed int // those among the last ones that were pushed back
}

// Slowed tells that a carrier has pushed back and its trunk is slowed.
type Slowed struct {
	Trunk  string
	At     time.Time
	Rate   float64   // calls a second from now on
	Of     float64   // calls a second that it is configured for
	Until  time.Time // no call starts before; zero: nothing was asked for
	Pushed int       // so many of the last
	Calls  int       // were pushed back
	Status int       // the latest; 0: no answer at all
}

// share is the part of the trunk's rate that may be used.
func (c *pace) share(now time.Time) float64 {
	if c.since.IsZero() {
		return 1
	}
	return min(c.factor+float64(now.Sub(c.since))/float64(regains), 1)
}

// rate is how many calls may start in a second.
func (t *trunk) rate(now time.Time) float64 { return t.PerSecond * t.pace.share(now) }

// pushes tells whether the end of a call is the carrier's doing, not the
// callee's: it said that it has enough, or nothing at all. A 403 before it rang
// is, where there are many, a carrier that has closed the door for a while.
func pushes(ev Event) bool {
	switch ev.Status {
	case unavailable, tooMany:
		return true
	case forbidden, timedOut, 0:
		return !ev.Rang
	default:
		return false
	}
}

// pushed takes in what the end of a call says of the trunk's carrier.
func (p *Plan) pushed(e *pending, ev Event) {
	t := e.trunk
	c := &t.pace
	if !ev.Sent && ev.Status != tooMany && ev.Status != unavailable || e.stage != dialed || e.at.Before(c.since) {
		return
	}
	at := c.seen % looked
	if c.ends[at] {
		c.pushed--
	}
	c.ends[at] = pushes(ev)
	c.seen++
	if !c.ends[at] {
		return
	}
	c.pushed++
	asked := ev.Wait > 0 && ev.Status != 0
	if enough := c.pushed >= fewest && float64(c.pushed) >= many*float64(min(c.seen, looked)); enough || asked {
		p.slow(t, ev)
	}
}

// calm is how long after it was slowed a trunk is not slowed again by a carrier
// that answers what had been asked of it before.
const calm = time.Second

// pushBack slows a trunk although no call of it has ended.
func (p *Plan) pushBack(ev Event) {
	t := p.trunks[ev.Trunk.Name]
	if t == nil {
		return
	}
	late := !t.pace.since.IsZero() && p.now.Sub(t.pace.since) < calm
	if rests := ev.Wait == 0 || !p.now.Add(ev.Wait).After(t.pace.until); late && rests {
		return
	}
	p.slow(t, ev)
	p.wind(t)
}

// slow halves the trunk's rate, and has it rest where that was asked for.
func (p *Plan) slow(t *trunk, ev Event) {
	was := t.pace
	t.pace = pace{factor: max(was.share(p.now)*less, least), since: p.now, until: was.until}
	s := Slowed{
		Trunk: t.Name, At: p.now, Rate: t.rate(p.now), Of: t.PerSecond, Status: ev.Status,
		Pushed: was.pushed, Calls: min(was.seen, looked),
	}
	if ev.Wait > 0 {
		s.Until = p.now.Add(min(ev.Wait, longRest))
		t.pace.until = s.Until
	}
	p.slowed = append(p.slowed, s)
}

// Slowed returns the trunks that were slowed since it was last asked.
func (p *Plan) Slowed() []Slowed {
	s := p.slowed
	p.slowed = nil
	return s
}
