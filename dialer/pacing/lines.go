package pacing

// line is a call that was placed.
type line struct {
	id        string
	placed    float64 // seconds; below 0 where it is unknown
	heard     float64 // when something was last heard of it
	answered  bool
	live      bool // by a person
	served    bool
	abandoned bool
	gone      bool
	learned   bool
}

// lines are the calls of a campaign.
type lines struct {
	byID       map[string]*line
	open       []*line // placed and not answered, the oldest first; may hold gone ones
	unanswered int     // of them
	waiting    []*line // answered by a person, and not yet with an agent
}

func (s *lines) place(id string, at float64) {
	if s.byID[id] != nil {
		return
	}
	l := &line{id: id, placed: at, heard: at}
	s.byID[id] = l
	s.open = append(s.open, l)
	s.unanswered++
}

// answer returns the line that is answered now, or nil if it was before.
func (s *lines) answer(id string, at float64) *line {
	l := s.byID[id]
	if l == nil {
		l = &line{id: id, placed: -1}
		s.byID[id] = l
		s.unanswered++
	}
	if l.answered {
		return nil
	}
	l.answered, l.heard = true, at
	s.unanswered--
	return l
}

func (s *lines) end(l *line) {
	if !l.answered {
		s.unanswered--
	}
	l.gone = true
	delete(s.byID, l.id)
}

// serve gives the call that waits longest to an agent. It tells whether there
// was one.
func (s *lines) serve(at, patience float64) bool {
	s.expire(at, patience)
	if len(s.waiting) == 0 {
		return false
	}
	s.waiting[0].served = true
	s.waiting = s.waiting[1:]
	return true
}

func (s *lines) unwait(l *line) {
	for i, w := range s.waiting {
		if w == l {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return
		}
	}
}

// grace is how much longer than its patience a call is taken to wait, in
// seconds, if nothing is heard of it.
const grace = 1.0

// expire forgets calls that waited too long to still be there.
func (s *lines) expire(at, patience float64) {
	for len(s.waiting) > 0 && at-s.waiting[0].heard > patience+grace {
		s.waiting = s.waiting[1:]
	}
}

// What is not heard of for so long is forgotten, in seconds.
const (
	longestLine = 120
	longestCall = 2 * 3600
)

// sweep drops lines whose outcome is learned, and those never heard of again.
func (s *lines) sweep(at, settled float64, learn func(human bool)) {
	kept := s.open[:0]
	for _, l := range s.open {
		switch {
		case at-l.placed >= settled && !l.learned:
			l.learned = true
			learn(l.live)
			if !l.answered && !l.gone {
				kept = append(kept, l)
			}
		case l.learned && (l.answered || l.gone):
		case at-l.heard > longestLine:
			s.end(l)
		default:
			kept = append(kept, l)
		}
	}
	clear(s.open[len(kept):])
	s.open = kept
}
