package pacing

import (
	"os"
	"strconv"
	"time"
)

var tuned = map[string]float64{}

func tune(name string, def float64) float64 {
	if v, ok := tuned[name]; ok {
		return v
	}
	v := def
	if s := os.Getenv("PZ_" + name); s != "" {
		v, _ = strconv.ParseFloat(s, 64)
	}
	tuned[name] = v
	return v
}

// Calls returns how many calls to place now.
func (p *Policy) Calls(now time.Time) int {
	at := p.clock(now)
	p.lines.expire(at, p.opts.Patience.Seconds())
	p.lines.sweep(at, p.releases.horizon[horizons-1], p.chance.learn)
	p.floor.expire(at)
	staffed := p.floor.idle + p.floor.busy
	room := p.opts.MaxLines*staffed - p.lines.unanswered
	if staffed == 0 || room <= 0 {
		return 0
	}
	if p.ring.refresh() {
		p.stale = true
	}
	if p.stale || p.talk.fresh+p.wrap.fresh > 0 && at >= p.nextTable {
		p.nextTable = at + max(3, min(p.talk.total/10, 60))
		p.stale = false
		p.talk.compute(p.floor.all, Talking, at)
		p.wrap.compute(p.floor.all, WrapUp, at)
		p.tabulate()
	}
	p.look(at)
	return p.fill(room)
}

// look gathers what is expected of lines and agents.
func (p *Policy) look(now float64) {
	o := &p.outlook
	o.idle = p.floor.idle - len(p.lines.waiting)
	o.toCome = 0
	for j := range horizons {
		o.answers[j].reset()
		o.free[j].reset()
	}
	p.lookAtLines(now)
	p.lookAtAgents(now)
	for j := range horizons {
		o.normal[j] = o.answers[j].mean > 40 || o.free[j].mean > 40
		if !o.normal[j] {
			o.answers[j].build()
			o.free[j].build()
		}
	}
}

func (p *Policy) lookAtLines(now float64) {
	var answers, foreseen float64
	var ages [ringBins]int
	for _, l := range p.lines.open {
		age := now - l.placed
		if !l.learned {
			foreseen += at(&p.ring.by, age)
			if l.live {
				answers++
			}
		}
		if !l.answered && !l.gone {
			ages[min(int(age/ringStep), ringBins-1)]++
		}
	}
	trust := p.ring.learned / (p.ring.learned + 100)
	c, doubt := p.chance.now(trust*answers, trust*foreseen)
	p.governor.chance = min(0.98, c*(1+tune("DOUBT", 1)*doubt))
	for i, n := range ages {
		if n > 0 {
			by := p.line((float64(i) + 0.5) * ringStep)
			for j, q := range by[:horizons] {
				p.outlook.answers[j].add(q, n)
			}
			p.outlook.toCome += float64(n) * by[horizons]
		}
	}
}

// line returns the chances that a line of an age is answered by each horizon,
// and at all.
func (p *Policy) line(age float64) (by [horizons + 1]float64) {
	c := p.governor.chance
	done := at(&p.ring.by, age)
	alive := c*(1-done) + (1-c)*(1-at(&p.ring.gone, age))
	if alive < 1e-9 {
		return by
	}
	for j, h := range p.releases.horizon {
		by[j] = c * (at(&p.ring.by, age+h) - done) / alive
	}
	by[horizons] = c * (1 - done) / alive
	return by
}

func (p *Policy) lookAtAgents(now float64) {
	for _, a := range p.floor.all {
		var by *[horizons]float64
		switch a.state {
		case Talking:
			by = &p.releases.talk[handleBin(now-a.since)]
		case WrapUp:
			by = &p.releases.wrap[handleBin(now-a.since)]
		default:
			continue
		}
		for j, q := range by {
			p.outlook.free[j].add(q, 1)
		}
	}
}

// fill adds lines as long as they are worth it.
func (p *Policy) fill(room int) int {
	o := &p.outlook
	fresh := p.line(0)
	theta := p.governor.theta(o.toCome)
	mode := tune("MODE", 1)
	calls := 0
	if tune("DBG", 0) > 0 && p.now < 60 {
		var ov [horizons]float64
		for j := range ov {
			_, ov[j] = o.over(j)
		}
		println(int(p.now*10), "idle", o.idle, "busy", p.floor.busy, "wait", len(p.lines.waiting), "unans", p.lines.unanswered, "open", len(p.lines.open), "toCome", int(o.toCome*10), "c", int(1000*p.governor.chance), "theta", int(1e4*theta), "live", int(p.governor.live), "lost", int(p.governor.lost), "mean5", int(10*o.answers[5].mean), "free5", int(10*o.free[5].mean), "ov", int(1e4*ov[5]), int(1e4*ov[2]))
	}
	for ; calls < room; calls++ {
		if p.lines.unanswered+calls >= o.idle && !p.worth(&fresh, theta, mode) {
			break
		}
		for j, q := range fresh[:horizons] {
			s := &o.answers[j]
			s.mean += q
			s.spread += q * (1 - q)
			if !o.normal[j] {
				s.one(q)
			}
		}
		o.toCome += fresh[horizons]
	}
	return calls
}

// worth tells whether one more line is.
func (p *Policy) worth(fresh *[horizons + 1]float64, theta, mode float64) bool {
	o := &p.outlook
	switch mode {
	case 0: // REF
		limit := theta * (o.toCome + fresh[horizons])
		for j := range horizons {
			calls, chance := o.over(j)
			if calls+chance*fresh[j] > limit {
				return false
			}
		}
	case 1: // marginal, worst horizon
		limit := theta * fresh[horizons]
		for j := range horizons {
			_, chance := o.over(j)
			if chance*fresh[j] > limit {
				return false
			}
		}
	case 2: // marginal, mean of its own answers
		var sum, before float64
		for j := range horizons {
			_, chance := o.over(j)
			sum += chance * (fresh[j] - before)
			before = fresh[j]
		}
		return sum <= theta*fresh[horizons]
	case 3: // increase of the worst
		var worst, worstNow float64
		for j := range horizons {
			calls, chance := o.over(j)
			worstNow = max(worstNow, calls)
			worst = max(worst, calls+chance*fresh[j])
		}
		return worst-worstNow <= theta*fresh[horizons]
	}
	return true
}
