package store

import (
	"careline/campaigns"
)

// On PostgreSQL the index that claims are read from keeps entries of rows that
// were claimed until a vacuum removes them, which on a table of millions may be
// never. So a claim does not begin at the head of the index, but where the claim
// before it ended. What was put back before that place since, as by another node
// that gave contacts back, is found when a claim begins at the head again: after
// each renewal of the node's lease, and as soon as nothing is found.

// place is a row's place in the order in which contacts are claimed.
type place struct {
	ID  campaigns.ContactID `db:"id"`
	Due instant             `db:"due"`
}

// after tells whether one place comes after another.
func (p place) after(other place) bool {
	if p.Due.Equal(other.Due.Time) {
		return p.ID > other.ID
	}
	return p.Due.After(other.Due.Time)
}

// headway is how far claims of a campaign have come: of contacts that are tried
// again, and of fresh ones.
type headway [2]place

// from returns where the next claim begins, and how often the store had rewound
// by then.
func (s *Store) from(id campaigns.ID) (h headway, rewinds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.headway[id], s.rewinds
}

// reach keeps how far a claim has come, unless the store was rewound meanwhile.
func (s *Store) reach(id campaigns.ID, h headway, rewinds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rewinds == s.rewinds {
		s.headway[id] = h
	}
}

// rewind has the next claim of every campaign begin at the head.
func (s *Store) rewind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rewinds++
	clear(s.headway)
}
