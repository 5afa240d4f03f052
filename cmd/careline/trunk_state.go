package main

import (
	"context"
	"sync"
	"time"

	"careline/sip"
	"careline/store"
)

// trunkBook keeps how the trunks stand where commands can read it.
type trunkBook struct {
	mu    sync.Mutex
	noted map[string]sip.TrunkState
}

// noteTime is how long the database may take to note how a trunk stands.
const noteTime = 5 * time.Second

// onTrunk takes in that a trunk has changed: for the dialing, and for whoever
// asks.
func (s *service) onTrunk(ctx context.Context, t sip.TrunkState) {
	s.dialer.SetTrunk(s.planTrunk(t))
	if !s.book.news(t) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	err := s.store.SaveTrunk(ctx, store.Trunk{
		Node: s.cfg.Node, Name: t.Name, Up: t.Up, Why: t.Why, Since: t.Since, Registered: t.Registered,
	}, time.Now())
	if err != nil {
		s.book.forget(t.Name)
		s.log.Warn("trunk's state not noted", "trunk", t.Name, "err", err)
	}
}

// news tells whether that is not noted yet, and takes it for noted.
func (b *trunkBook) news(t sip.TrunkState) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was, known := b.noted[t.Name]
	if known && was.Up == t.Up && was.Why == t.Why && was.Registered.Equal(t.Registered) {
		return false
	}
	if b.noted == nil {
		b.noted = make(map[string]sip.TrunkState)
	}
	b.noted[t.Name] = t
	return true
}

func (b *trunkBook) forget(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.noted, name)
}

// keepTrunks forgets trunks that are not configured any more.
func (s *service) keepTrunks(ctx context.Context) error {
	names := make([]string, 0, len(s.cfg.Trunks))
	for _, t := range s.cfg.Trunks {
		names = append(names, t.Name)
	}
	return s.store.KeepTrunks(ctx, s.cfg.Node, names)
}
