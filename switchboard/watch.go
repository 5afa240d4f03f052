package switchboard

import (
	"time"

	"careline/agents"
)

// news is what has changed of what the agents can be expected to do since it was
// told.
func (s *Switchboard) news(now time.Time) []Status {
	if s.o.OnPresence == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Status
	for _, v := range s.views {
		p := v.Prospect(now)
		if last, known := s.told[v.Agent.Name]; known && last == p {
			continue
		}
		s.told[v.Agent.Name] = p
		list = append(list, Status{Agent: v.Agent.Name, Presence: p, Queues: s.serves(v)})
	}
	return list
}

// serves are the names of the queues that an agent serves.
func (s *Switchboard) serves(v agents.View) []string {
	var names []string
	for _, q := range s.o.Queues {
		if v.Serves(q) {
			names = append(names, q.Name)
		}
	}
	return names
}
