package sim

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Run rehearses a setup with several seeds, so many at once, and returns what
// came of each, in their order. step, where it is set, is told how far they are
// altogether, 0..1.
func Run(ctx context.Context, s Setup, seeds []uint64, atOnce int, step func(share float64)) ([]Result, error) {
	results := make([]Result, len(seeds))
	p := progress{called: make([]int, len(seeds)), of: s.contacts() * len(seeds), step: step}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(atOnce, 1))
	for i, seed := range seeds {
		g.Go(func() (err error) {
			results[i], err = runOne(ctx, s, Options{Seed: seed, Step: func(called int) { p.note(i, called) }})
			if err != nil {
				return fmt.Errorf("rehearse with seed %d: %w", seed, err)
			}
			return nil
		})
	}
	return results, g.Wait()
}

func runOne(ctx context.Context, s Setup, o Options) (Result, error) {
	w, err := New(ctx, s, o)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	if err := w.Run(); err != nil {
		return Result{}, err
	}
	return w.Result()
}

// contacts is how many there are.
func (s Setup) contacts() int {
	n := 0
	for _, c := range s.Campaigns {
		for _, l := range s.Lists {
			if l.Name == c.List {
				n += len(l.Customers)
			}
		}
	}
	return n
}

// progress is how far several runs are.
type progress struct {
	mu     sync.Mutex
	called []int
	sum    int
	of     int
	step   func(float64)
}

func (p *progress) note(run, called int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sum += called - p.called[run]
	p.called[run] = called
	if p.step != nil && p.of > 0 {
		p.step(float64(p.sum) / float64(p.of))
	}
}
