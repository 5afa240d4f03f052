package switchboard

import (
	"context"

	"careline/call"
)

// turn is the place of an entry among those of one talk, which are stored in the
// order in which they were made.
type turn struct {
	after <-chan struct{} // closed when the entry before is stored; nil: there is none
	done  chan struct{}
}

// book stores a talk.
func (s *Switchboard) book(ctx context.Context, talk call.Talk) {
	s.write(ctx, talk, s.turn(talk.ID))
}

// bookLater stores a talk, for which nobody waits but Run.
func (s *Switchboard) bookLater(ctx context.Context, talk call.Talk) {
	t := s.turn(talk.ID)
	s.later.Go(func() { s.write(ctx, talk, t) })
}

func (s *Switchboard) write(ctx context.Context, talk call.Talk, t turn) {
	if err := s.enterTalk(ctx, talk, t); err != nil {
		s.log.Error("talk not stored", "call_id", talk.CallID, "queue", talk.Queue, "err", err)
	}
}

// store stores a talk without which what follows must not happen.
func (s *Switchboard) store(ctx context.Context, talk call.Talk) error {
	return s.enterTalk(ctx, talk, s.turn(talk.ID))
}

func (s *Switchboard) turn(talk string) turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := turn{after: s.turns[talk], done: make(chan struct{})}
	s.turns[talk] = t.done
	return t
}

// enterTalk stores an entry once it is its turn.
func (s *Switchboard) enterTalk(ctx context.Context, talk call.Talk, t turn) error {
	if t.after != nil {
		<-t.after
	}
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTime)
	defer cancel()
	err := s.ledger.SaveTalk(saving, talk)
	s.mu.Lock()
	defer s.mu.Unlock()
	if close(t.done); s.turns[talk.ID] == t.done {
		delete(s.turns, talk.ID)
	}
	return err
}
