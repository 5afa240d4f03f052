package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"careline/phone"
)

// lane is a queue of writes. One goroutine, which runs while there is work,
// collects what waits and commits it together, so that many calls share one wait
// for the disk.
type lane struct {
	s *Store
	w *writer // whose journal comes before what waits here; nil: none does

	patient bool // no caller waits for it in silence

	mu      sync.Mutex
	queue   []*job
	running bool
	wake    chan struct{} // there is work; holds one signal
	quit    chan struct{} // closed by close
	work    sync.WaitGroup

	commits, writes atomic.Int64
}

// job is one write in the queue.
type job struct {
	apply   func(ctx context.Context, tx *txn) error
	call    string         // whose it is; jobs of one transaction are carried out in the order of their calls
	numbers []phone.Number // that it holds
	day     trunkDay       // that it counts a call into, where that has a trunk
	charges []string       // the calls whose minutes it counts into the days of their trunks
	once    bool           // it is not tried again where it may have been committed
	done    chan error     // gets its outcome, once
	left    bool           // nobody waits for it any more: it is not tried again
}

func newLane(s *Store, w *writer) *lane {
	return &lane{s: s, w: w, wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// errClosed is returned for writes after Close.
var errClosed = errors.New("the store is closed")

// enqueue hands a job to the goroutine.
func (l *lane) enqueue(ctx context.Context, j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if closed(l.quit) {
		return errClosed
	}
	j.done = make(chan error, 1)
	l.queue = append(l.queue, j)
	if l.running {
		l.nudge()
		return nil
	}
	l.running = true
	l.work.Go(func() { l.run(context.WithoutCancel(ctx)) })
	return nil
}

// nudge has the goroutine, if it runs, look at the queue.
func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// withdraw takes a job back, and reports false when it has been begun. Then it
// is seen through, but not tried again.
func (l *lane) withdraw(j *job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	j.left = true
	i := slices.Index(l.queue, j)
	if i < 0 {
		return false
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	return true
}

// waiting returns how many jobs wait to be begun.
func (l *lane) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// closed tells whether a channel that ends something has been closed.
func closed(end <-chan struct{}) bool {
	select {
	case <-end:
		return true
	default:
		return false
	}
}

// close waits until what was handed in is carried out, as far as the database
// answers.
func (l *lane) close() {
	l.mu.Lock()
	close(l.quit)
	l.mu.Unlock()
	l.work.Wait()
}
