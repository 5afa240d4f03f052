package main

import (
	"careline/campaigns"
	"careline/dialer"
	"careline/switchboard"
)

// onAgent tells the dialer what an agent does: calls are placed for those who are
// free.
func (s *service) onAgent(a switchboard.Status) { s.dialer.SetAgent(a.Agent, a.Queues, a.Presence) }

// keepAgents keeps an agent free for each call that a progressive campaign has in
// the air, and tells watch of everything, which may be nil.
func (s *service) keepAgents(watch func(dialer.Event)) func(dialer.Event) {
	return func(ev dialer.Event) {
		switch {
		case ev.Kind == dialer.Begun && ev.Campaign.Mode == campaigns.Progressive:
			s.board.Keep(string(ev.Attempt), ev.Campaign.Queue)
		case ev.Kind == dialer.Ended:
			s.board.Unkeep(string(ev.Attempt))
		}
		s.previews.tell(ev)
		if watch != nil {
			watch(ev)
		}
	}
}
