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
	age       float64 // at which it was answered or ended
	counted   bool    // by what follows the chance of an answer
	timed     bool    // by what learns how long lines take
}

// open tells whether it may still be answered.
func (l *line) open() bool { return !l.answered && !l.over }

// lines are the calls of a campaign.
type lines struct {
	patience   float64 // seconds
	byID       map[string]*line
	placed     []*line // the oldest first, until what became of them is learned
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

// How old a line is, at least, when it is learned how long it took: in seconds,
// and in terms of the age by which most answers come.
const (
	leastTimed = 30
	timedAfter = 1.25
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

// answer returns the line that is answered now, or nil if it was answered or over
// before.
func (s *lines) answer(id string, live bool, at float64) *line {
	l := s.byID[id]
	switch {
	case l == nil:
		l = &line{id: id, placed: -1}
		s.byID[id] = l
	case !l.open():
		return nil
	default:
		s.open--
	}
	l.answered, l.live = true, live
	s.settle(l, at)
	return l
}

func (s *lines) end(id string, at float64) {
	l := s.byID[id]
	if l == nil || l.over {
		return
	}
	unanswered := l.open()
	l.over = true
	if unanswered {
		s.open--
		s.settle(l, at)
	}
}

func (s *lines) settle(l *line, at float64) {
	l.heard, l.age = at, at-l.placed
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

// sweep forgets what is no longer of use. Before, it hands out what became of
// each line, in the order in which they were placed: to count when the line is as
// old as answers mostly are, so that early answers do not count before late
// failures, and to learn, with the age at which it was answered or ended, some time
// after that.
func (s *lines) sweep(at, oldest float64, count func(live bool), learn func(age float64, live bool)) {
	s.expire(at)
	kept := s.placed[:0]
	for _, l := range s.placed {
		age := at - l.placed
		if !l.counted && age >= oldest {
			l.counted = true
			count(l.live)
		}
		if l.open() && at-l.heard > longestLine {
			s.end(l.id, at)
		}
		if !l.timed && !l.open() && age >= max(leastTimed, timedAfter*oldest) {
			l.timed = true
			learn(l.age, l.live)
		}
		if !l.timed {
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
