package wire

import (
	"slices"
	"sync"
	"time"
)

const (
	deadFor  = time.Minute // a machine that failed is tried after the others for so long
	noTCPFor = 10 * time.Minute
	mostDead = 4096
)

// graves remembers which machines failed of late.
type graves struct {
	mu    sync.Mutex
	until map[string]time.Time // by Hop.String
}

func newGraves() *graves { return &graves{until: make(map[string]time.Time)} }

// bury notes that a machine shall be tried after others for a while.
func (g *graves) bury(h Hop, lapse time.Duration, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.until) >= mostDead {
		clear(g.until)
	}
	g.until[h.String()] = now.Add(lapse)
}

// raise notes that a machine works.
func (g *graves) raise(h Hop) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.until, h.String())
}

// holds tells whether a machine failed of late.
func (g *graves) holds(h Hop, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.until[h.String()]
	return ok && now.Before(until)
}

// last puts those that failed of late behind the others, else in their order.
func (g *graves) last(hops []Hop, now time.Time) []Hop {
	hops = slices.Clone(hops)
	slices.SortStableFunc(hops, func(a, b Hop) int {
		switch da, db := g.holds(a, now), g.holds(b, now); {
		case da == db:
			return 0
		case da:
			return 1
		}
		return -1
	})
	return hops
}
