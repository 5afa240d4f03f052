package pacing

import "time"

// Calls returns how many calls to place now. Placed is expected for each before
// Calls is asked again.
func (p *Policy) Calls(now time.Time) int {
	at := p.clock(now)
	p.lines.sweep(at, p.releases.oldest, p.chance.learn, p.ring.learn)
	idle := p.staff.idle
	p.decision = Decision{
		At: p.time(), Idle: idle, Busy: len(p.staff.all) - idle,
		Waiting: len(p.lines.waiting), Lines: p.lines.open,
		Permitted: p.governor.risk(p.time()), Tally: p.governor.tally, Slack: p.governor.slack(),
	}
	room := p.opts.MaxLines*len(p.staff.all) - p.lines.open
	switch {
	case len(p.staff.all) == 0:
		p.decision.Hold = NoAgents
	case room <= 0:
		p.decision.Hold = MaxLines
	default:
		p.refresh()
		p.look()
		p.fill(room)
	}
	return p.decision.Calls
}

// refresh takes in what was learned since the last time, once it is enough.
func (p *Policy) refresh() {
	r := &p.releases
	handled := p.talk.fresh+p.wrap.fresh > 0 && p.now >= r.next
	if !p.ring.ripe() && !handled {
		return
	}
	r.next = p.now + min(max(3, p.talk.total/10), 60)
	p.ring.compute()
	p.talk.compute(p.staff.all, Talking, p.now)
	p.wrap.compute(p.staff.all, WrapUp, p.now)
	p.tabulate()
}

// look gathers what is expected of lines and agents.
func (p *Policy) look() {
	d := &p.decision
	p.outlook.reset(d.Idle - d.Waiting)
	p.lookAtLines()
	p.lookAtAgents()
	p.outlook.build()
	last := horizons - 1
	d.Horizon = time.Duration(p.releases.horizon[last] * float64(time.Second))
	d.Answers, d.Releases = p.outlook.answers[last].mean, p.outlook.free[last].mean
}

func (p *Policy) lookAtLines() {
	var answers, foreseen float64
	var ages [ringBins]int
	for _, l := range p.lines.placed {
		age := p.now - l.placed
		if !l.counted {
			foreseen += p.ring.answered.by(age)
			if l.live {
				answers++
			}
		}
		if l.open() {
			ages[ringBin(age)]++
		}
	}
	trust := p.ring.trust()
	p.decision.Chance, p.decision.Doubt = p.chance.now(trust*answers, trust*foreseen)
	for i, n := range ages {
		if n > 0 {
			by := p.line((float64(i) + 0.5) * ringStep)
			for j, q := range by {
				p.outlook.answers[j].add(q, n)
			}
		}
	}
}

// line returns the chances that a line of an age, in seconds, is answered by each
// horizon. The chance of an answer is taken a little higher than it seems.
func (p *Policy) line(age float64) (by ahead) {
	c := min(p.decision.Chance*(1+p.decision.Doubt), mostChance)
	done := p.ring.answered.by(age)
	open := c*(1-done) + (1-c)*(1-p.ring.ended.by(age))
	if open < negligible {
		return by
	}
	for j, h := range p.releases.horizon {
		by[j] = c * (p.ring.answered.by(age+h) - done) / open
	}
	return by
}

func (p *Policy) lookAtAgents() {
	for _, a := range p.staff.all {
		if a.state == Idle {
			continue
		}
		table := &p.releases.talk
		if a.state == WrapUp {
			table = &p.releases.wrap
		}
		for j, q := range table[handleBin(p.now-a.since)] {
			p.outlook.free[j].add(q, 1)
		}
	}
}

// fill adds lines as long as there is room and the chance that they find no agent
// is as low as permitted. Lines for agents who are idle now find one for sure.
func (p *Policy) fill(room int) {
	d := &p.decision
	fresh := p.line(0)
	for d.Calls < room {
		if d.Lines+d.Calls >= p.outlook.idle {
			if d.Risk = p.outlook.risk(&fresh); d.Risk > d.Permitted || d.Permitted == 0 {
				d.Hold = Risk
				if d.Permitted == 0 {
					d.Hold = CapHit
				}
				return
			}
		}
		p.outlook.place(&fresh)
		d.Calls++
	}
	d.Hold = MaxLines
}
