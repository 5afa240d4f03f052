package pacing

// line is a call that was placed.
type line struct {
	id        string
	placed    float64 // seconds; below 0 if that was not reported
	heard     float64 // when something was last heard of it
	answered  bool
	live      bool // by a person
	served    bool // by an agent
	abandoned bool
	over      bool
	learned   bool // by chance
}

// open tells whether it may still be answered.
func (l *line) open() bool { return !l.answered && !l.over }

// lines are the calls of a campaign.
type lines struct {
	patience   float64 // seconds
	byID       map[string]*line
	placed     []*line // the oldest first, until their outcome is learned and they are not open
	waiting    []*line // live and not yet with an agent, the longest waiting first
	settled    []*line // answered or over, the oldest first; kept a while for what may yet be said of them
	open       int
	placedLast float64
}

// For how long, in seconds: a settled line is remembered; a line is taken for
// open of which nothing is heard; a caller is taken to wait beyond the patience.
const (
	rememberFor = 60
	longestLine = 120
	grace       = 1
)

func newLines(patience float64) lines {
	return lines{patience: patience, byID: map[string]*line{}}
}

func (s *lines) place(id string, at float64) {
	if l := s.byID[id]; l != nil && l.open() {
		return
	}
	s.placedLast = at
	l := &line{id: id, placed: at, heard: at}
	s.byID[id] = l
	s.placed = append(s.placed, l)
	s.open++
}

// answer returns the line that is answered now and its age, below 0 where that
// is not known, or nil if it was answered or over before.
func (s *lines) answer(id string, live bool, at float64) (*line, float64) {
	l := s.byID[id]
	switch {
	case l == nil:
		l = &line{id: id, placed: -1}
		s.byID[id] = l
	case !l.open():
		return nil, -1
	default:
		s.open--
	}
	l.answered, l.live = true, live
	s.settle(l, at)
	if l.placed < 0 {
		return l, -1
	}
	return l, at - l.placed
}

// end returns the age of a line that ends without an answer, or one below 0.
func (s *lines) end(id string, at float64) float64 {
	l := s.byID[id]
	if l == nil || l.over {
		return -1
	}
	unanswered := l.open()
	l.over = true
	if !unanswered {
		return -1
	}
	s.open--
	s.settle(l, at)
	return at - l.placed
}

func (s *lines) settle(l *line, at float64) {
	l.heard = at
	s.settled = append(s.settled, l)
}

// serve gives the caller who waits longest to an agent. It tells whether there
// was one.
func (s *lines) serve(at float64) bool {
	s.expire(at)
	if len(s.waiting) == 0 {
		return false
	}
	s.waiting[0].served = true
	s.waiting = s.waiting[1:]
	return true
}

// leave takes a caller from those who wait.
func (s *lines) leave(l *line) {
	for i, w := range s.waiting {
		if w == l {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return
		}
	}
}

// expire forgets callers who waited too long to be still there.
func (s *lines) expire(at float64) {
	for len(s.waiting) > 0 && at-s.waiting[0].heard > s.patience+grace {
		s.waiting = s.waiting[1:]
	}
}

// sweep hands the outcome of lines that are as old as answers ever are to learn,
// in the order in which they were placed, and forgets what is no longer of use.
func (s *lines) sweep(at, oldest float64, learn func(live bool)) {
	s.expire(at)
	kept := s.placed[:0]
	for _, l := range s.placed {
		if !l.learned && at-l.placed >= oldest {
			l.learned = true
			learn(l.live)
		}
		if l.open() && at-l.heard > longestLine {
			s.end(l.id, at)
		}
		if !l.learned || l.open() {
			kept = append(kept, l)
		}
	}
	clear(s.placed[len(kept):])
	s.placed = kept
	for len(s.settled) > 0 && at-s.settled[0].heard > rememberFor {
		if l := s.settled[0]; s.byID[l.id] == l {
			delete(s.byID, l.id)
		}
		s.settled = s.settled[1:]
	}
}
