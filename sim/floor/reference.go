package floor

// reference is the policy that others are measured against. It is told the laws
// of ringing, talking and wrap-up, and the chance of an answer to begin with,
// which it then follows. It adds lines while for each look-ahead the calls
// expected to find no agent are at most alpha of the answers still to come, and
// moves alpha by what was abandoned.
type reference struct {
	view
	s       Scenario
	alpha   float64
	chance  float64
	total   Counts
	open    []due           // lines that may be answered, the oldest first
	cohort  []due           // lines whose outcome was not yet learned from
	byHuman map[int]bool    // of those, what people answered
	since   map[int]float64 // when agents turned to their state
	talks   [][horizons]float64
	wraps   [][horizons]float64
	rung    []float64 // share of answers that came by an age
	lines   map[int][horizons + 1]float64
	law     outlook
}

// horizons is how many times are looked ahead to.
const horizons = 5

var lookAhead = [horizons]float64{4, 8, 12, 18, 25} // seconds

// What the reference learns by.
const (
	referenceStart = 0.005
	referenceStep  = 0.04
	referenceCap   = 0.0285
	referenceLimit = 0.0299 // from here on one line for each idle agent
	exactUpTo      = 20     // agents; above, sums are taken for normal
	oldest         = 1500   // seconds that an agent's state is told apart
	chanceMemory   = 300.0  // lines
	ageStep        = 0.5    // seconds by which ages of lines are told apart
)

// NewReference returns the reference for a scenario.
func NewReference(s Scenario) Policy {
	r := &reference{
		view: newView(), s: s, alpha: referenceStart, chance: s.Answer,
		byHuman: map[int]bool{}, since: map[int]float64{}, lines: map[int][horizons + 1]float64{},
	}
	r.law.exact = s.Agents <= exactUpTo
	r.tabulate()
	for age := 0.0; age <= 2*s.Ring.GiveUp+lookAhead[horizons-1]; age += ageStep {
		r.rung = append(r.rung, s.Ring.by(age))
	}
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
		r.open = append(r.open, due{at: e.At, id: e.ID})
		r.cohort = append(r.cohort, due{at: e.At, id: e.ID})
	case Answered:
		if e.Human {
			r.byHuman[e.ID] = true
			r.total.Answered++
			r.alpha *= 1 + referenceStep*referenceCap
		}
	case Abandoned:
		r.total.Abandoned++
		r.alpha *= 1 - referenceStep
	case Idle, Talking, WrapUp, Away:
		r.since[e.ID] = e.At
	case Ringing, Ended:
	}
}

// follow follows the chance of an answer: each line counts when it is too old to
// be answered, so that early answers do not count before late failures.
func (r *reference) follow(at float64) {
	for len(r.cohort) > 0 && r.cohort[0].at <= at-r.s.Ring.GiveUp {
		var answered float64
		if id := r.cohort[0].id; r.byHuman[id] {
			answered = 1
			delete(r.byHuman, id)
		}
		r.chance += (answered - r.chance) / chanceMemory
		r.cohort = r.cohort[1:]
	}
}

// line returns the chances that a line of an age, in steps, answers by each
// look-ahead, and at all.
func (r *reference) line(age int) (by [horizons + 1]float64) {
	age = min(age, int(r.s.Ring.GiveUp/ageStep))
	p, done := r.chance, r.rung[age]
	alive := 1 - p*done
	if float64(age)*ageStep >= r.s.Ring.FailAt {
		alive -= r.s.Ring.FastFail
	}
	for j, h := range lookAhead {
		by[j] = p * (r.rung[age+int(h/ageStep)] - done) / alive
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
		return max(0, r.idle-r.waiting-len(r.view.lines))
	}
	r.look(at)
	fresh := r.line(0)
	calls := 0
	for ; calls < 20*r.s.Agents; calls++ {
		r.law.add(fresh)
		if !r.law.within(r.alpha) {
			break
		}
	}
	return calls
}

// look gathers what is expected of all lines and agents.
func (r *reference) look(at float64) {
	r.law.begin(r.idle - r.waiting)
	for id := range r.s.Agents {
		age := int(min(at-r.since[id], oldest-1))
		switch r.states[id] {
		case Talking:
			r.law.release(r.talks[age])
		case WrapUp:
			r.law.release(r.wraps[age])
		default:
		}
	}
	clear(r.lines)
	kept := r.open[:0]
	for _, l := range r.open {
		if !r.view.lines[l.id] {
			continue
		}
		kept = append(kept, l)
		age := int((at-l.at)/ageStep + 0.5)
		by, known := r.lines[age]
		if !known {
			by = r.line(age)
			r.lines[age] = by
		}
		r.law.add(by)
	}
	r.open = kept
}
