package floor

// view is what a policy of the old kind keeps in mind: how many there are of
// each.
type view struct {
	idle, talking, wrap int
	states              map[int]Kind
	lines               map[int]bool // calls that were placed and not yet answered
	waiting             int
	answered, abandoned int // today
	dayBegan            float64
}

func newView() view { return view{states: map[int]Kind{}, lines: map[int]bool{}} }

func (v *view) count(state Kind) *int {
	switch state {
	case Idle:
		return &v.idle
	case Talking:
		return &v.talking
	case WrapUp:
		return &v.wrap
	default:
		return new(int)
	}
}

// Observe counts.
func (v *view) Observe(e Event) {
	switch e.Kind {
	case Placed:
		v.lines[e.ID] = true
	case Ringing:
	case Answered:
		delete(v.lines, e.ID)
		if e.Human {
			v.waiting++
			v.answered++
		}
	case Ended:
		delete(v.lines, e.ID)
	case Abandoned:
		v.waiting--
		v.abandoned++
	default:
		v.turn(e)
	}
}

// turn notes an agent's state.
func (v *view) turn(e Event) {
	before, known := v.states[e.ID]
	if known {
		*v.count(before)--
	}
	*v.count(e.Kind)++
	v.states[e.ID] = e.Kind
	if e.Kind == Talking {
		v.waiting--
	}
	if (!known || before == Away) && e.Kind == Idle && e.At-v.dayBegan > night/2 {
		v.dayBegan, v.answered, v.abandoned, v.waiting = e.At, 0, 0, 0
	}
}

// staffed returns how many agents are there.
func (v *view) staffed() int { return v.idle + v.talking + v.wrap }
