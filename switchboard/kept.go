package switchboard

import (
	"slices"
	"time"

	"careline/agents"
)

// Keep keeps an agent of a queue free for a call that a campaign is about to
// place: callers of the same queue are offered to the others. It is over when
// the callee comes to the queue, or by Unkeep.
func (s *Switchboard) Keep(callID, queue string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[callID] = queue
}

// Unkeep ends Keep: the call has ended.
func (s *Switchboard) Unkeep(callID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[callID]; ok {
		delete(s.kept, callID)
		s.poke()
	}
}

// keeping is who may be offered to those who have called us: all but the agents
// who are kept for calls of campaigns. s.mu is held.
func (s *Switchboard) keeping(now time.Time, taken []agents.Pair) []agents.View {
	views := slices.Clone(s.views)
	for _, p := range taken {
		i := slices.IndexFunc(views, func(v agents.View) bool { return v.Agent.Name == p.Agent })
		views = slices.Delete(views, i, i+1)
	}
	for _, queue := range s.kept {
		i := slices.IndexFunc(views, func(v agents.View) bool {
			return v.Presence(now) == agents.Idle && v.Serves(s.queues[queue])
		})
		if i >= 0 {
			views = slices.Delete(views, i, i+1)
		}
	}
	return views
}
