package floor

import "math"

// reference is the policy that others are measured against. It is told the laws
// of ringing, talking and wrap-up, and the chance of an answer to begin with,
// which it then follows. It adds lines while for each look-ahead the calls
// expected to find no agent are at most alpha of the answers still to come, and
// moves alpha by what was abandoned.
type reference struct {
	view
	s          Scenario
	alpha      float64
	chance     float64
	total      Counts
	placed     map[int]float64 // when
	since      map[int]float64 // when agents turned to their state
	order      []int           // calls placed, the oldest first
	cohort     []due           // those whose outcome was not yet learned from
	answeredBy map[int]bool    // of those, by a person
	talks      [][horizons]float64
	wraps      [][horizons]float64
	answers    [horizons + 1][]float64 // chance to answer by the age of the line, given that it answers at all
}

// horizons is how many times are looked ahead to.
const horizons = 5

var lookAhead = [horizons]float64{4, 8, 12, 18, 25} // seconds

// What the reference learns by.
const (
	referenceStep  = 0.04
	referenceCap   = 0.0285
	referenceLimit = 0.0299 // from here on one line for each idle agent
	exactUpTo      = 20     // agents; above, sums are taken for normal
	oldest         = 1500   // seconds that an agent's state is told apart
	chanceMemory   = 300.0  // lines
)

// NewReference returns the reference for a scenario.
func NewReference(s Scenario) Policy {
	r := &reference{
		view: newView(), s: s, alpha: 0.005, chance: s.Answer,
		placed: map[int]float64{}, since: map[int]float64{}, answeredBy: map[int]bool{},
	}
	r.tabulate()
	return r
}

// tabulate computes the chance that an agent is free after each look-ahead, by
// the age of the talk or wrap-up in seconds.
func (r *reference) tabulate() {
	talk, wrap := r.s.Talk, r.s.Wrap
	r.talks, r.wraps = make([][horizons]float64, oldest), make([][horizons]float64, oldest)
	for age := range oldest {
		a := float64(age) + 0.5
		for j, h := range lookAhead {
			r.wraps[age][j] = 1 - ratioOf(wrap.after(a+h), wrap.after(a))
			var free float64
			for x := 0.0; x < h; x++ { // the talk ends at x, the wrap-up by h
				ends := ratioOf(talk.after(a+x)-talk.after(a+x+1), talk.after(a))
				free += ends * (1 - wrap.after(h-x-0.5))
			}
			r.talks[age][j] = free
		}
	}
}

func ratioOf(a, b float64) float64 {
	if b < 1e-12 {
		return 1
	}
	return a / b
}

// Observe notes when each line and state began, and learns.
func (r *reference) Observe(e Event) {
	r.view.Observe(e)
	switch e.Kind {
	case Placed:
		r.placed[e.ID] = e.At
		r.order = append(r.order, e.ID)
		r.cohort = append(r.cohort, due{at: e.At, id: e.ID})
	case Answered:
		delete(r.placed, e.ID)
		if e.Human {
			r.total.Answered++
			r.alpha *= 1 + referenceStep*referenceCap
			r.answeredBy[e.ID] = true
		}
	case Abandoned:
		r.total.Abandoned++
		r.alpha *= 1 - referenceStep
	case Ended:
		delete(r.placed, e.ID)
	case Idle, Talking, WrapUp, Away:
		r.since[e.ID] = e.At
	case Ringing:
	}
}

// follow follows the chance of an answer: each line counts when it is too old to
// be answered, so that early answers do not count before late failures.
func (r *reference) follow(at float64) {
	for len(r.cohort) > 0 && r.cohort[0].at <= at-r.s.Ring.GiveUp {
		var answered float64
		if id := r.cohort[0].id; r.answeredBy[id] {
			answered = 1
			delete(r.answeredBy, id)
		}
		r.chance += (answered - r.chance) / chanceMemory
		r.cohort = r.cohort[1:]
	}
}

// line returns the chances that a line of an age answers by each look-ahead, and
// at all.
func (r *reference) line(age float64) (by [horizons + 1]float64) {
	g, p := r.s.Ring, r.chance
	done := g.by(age)
	alive := 1 - p*done
	if age >= g.FailAt {
		alive -= g.FastFail
	}
	for j, h := range lookAhead {
		by[j] = p * (g.by(age+h) - done) / alive
	}
	by[horizons] = p * (1 - done) / alive
	return by
}

// Calls adds lines while the calls expected to be abandoned are few enough.
func (r *reference) Calls(at float64) int {
	r.follow(at)
	if r.staffed() == 0 {
		return 0
	}
	if r.total.Answered > 0 && r.total.Rate() >= referenceLimit {
		return max(0, r.idle-r.waiting-len(r.placed))
	}
	o := r.outlook(at)
	fresh := r.line(0)
	calls := 0
	for ; calls < 20*r.s.Agents; calls++ {
		o.add(fresh)
		if !o.within(r.alpha) {
			break
		}
	}
	return calls
}

// outlook gathers what is expected of all lines and agents.
func (r *reference) outlook(at float64) *outlook {
	o := newOutlook(r.idle-r.waiting, r.s.Agents <= exactUpTo)
	for id := range r.s.Agents {
		age := int(min(at-r.since[id], oldest-1))
		switch r.states[id] {
		case Talking:
			o.release(r.talks[age])
		case WrapUp:
			o.release(r.wraps[age])
		default:
		}
	}
	kept := r.order[:0]
	for _, id := range r.order {
		if placed, open := r.placed[id]; open {
			kept = append(kept, id)
			o.add(r.line(at - placed))
		}
	}
	r.order = kept
	return o
}

// outlook is the law of answers less releases at each look-ahead.
type outlook struct {
	idle   int
	exact  bool
	toCome float64 // answers
	mean   [horizons]float64
	spread [horizons]float64   // variances
	law    [horizons][]float64 // of answers less releases; exact only
	lowest int                 // what law's first entry stands for
}

func newOutlook(idle int, exact bool) *outlook {
	o := &outlook{idle: idle, exact: exact}
	for j := range o.law {
		o.law[j] = append(make([]float64, 0, 64), 1)
	}
	return o
}

func (o *outlook) release(by [horizons]float64) {
	for j, q := range by {
		o.mean[j] -= q
		o.spread[j] += q * (1 - q)
		if o.exact {
			o.law[j] = convolve(o.law[j], 1-q) // shifted: it now begins one lower
		}
	}
	o.lowest--
}

func (o *outlook) add(by [horizons + 1]float64) {
	for j, q := range by[:horizons] {
		o.mean[j] += q
		o.spread[j] += q * (1 - q)
		if o.exact {
			o.law[j] = convolve(o.law[j], q)
		}
	}
	o.toCome += by[horizons]
}

// convolve adds one trial of chance q to a law.
func convolve(law []float64, q float64) []float64 {
	law = append(law, 0)
	for i := len(law) - 1; i > 0; i-- {
		law[i] = law[i]*(1-q) + law[i-1]*q
	}
	law[0] *= 1 - q
	return law
}

// within tells whether at no look-ahead more than alpha of the answers to come
// are expected to find no agent.
func (o *outlook) within(alpha float64) bool {
	for j := range horizons {
		if o.over(j) > alpha*o.toCome {
			return false
		}
	}
	return true
}

// over returns how many calls are expected to find no agent at a look-ahead.
func (o *outlook) over(j int) float64 {
	if o.exact {
		var sum float64
		for i, p := range o.law[j] {
			if d := i + o.lowest - o.idle; d > 0 {
				sum += p * float64(d)
			}
		}
		return sum
	}
	m, sd := o.mean[j]-float64(o.idle), math.Sqrt(o.spread[j])
	if sd < 1e-9 {
		return max(m, 0)
	}
	z := m / sd
	return m*math.Erfc(-z/math.Sqrt2)/2 + sd*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
}
