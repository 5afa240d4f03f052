package media

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// shard is one ticker and the streams that it drives.
type shard struct {
	streams atomic.Pointer[[]Stream] // never changed in place, so that no lock is held while they are driven
	awake   chan struct{}            // tells a sleeping shard that it has streams

	ticks, late, skipped atomic.Uint64
	worst                atomic.Int64 // in ns
}

func newShard() *shard {
	s := &shard{awake: make(chan struct{}, 1)}
	s.streams.Store(&[]Stream{})
	return s
}

func (s *shard) size() int { return len(*s.streams.Load()) }

// add and remove are called by one goroutine at a time.
func (s *shard) add(st Stream) {
	list := append(slices.Clone(*s.streams.Load()), st)
	s.streams.Store(&list)
	select {
	case s.awake <- struct{}{}:
	default:
	}
}

func (s *shard) remove(st Stream) {
	list := slices.Clone(*s.streams.Load())
	if i := slices.Index(list, st); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	s.streams.Store(&list)
}

// run keeps the deadlines due, due+Interval, ... until ctx ends.
func (s *shard) run(ctx context.Context, due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		due = s.keep(due, time.Now())
		if s.size() == 0 {
			if !s.sleep(ctx) {
				return
			}
			due = due.Add(roundUp(time.Since(due)))
		}
		timer.Reset(time.Until(due))
	}
}

// sleep waits for streams; false when ctx has ended.
func (s *shard) sleep(ctx context.Context) bool {
	for s.size() == 0 {
		select {
		case <-ctx.Done():
			return false
		case <-s.awake:
		}
	}
	return true
}

// roundUp is the first multiple of Interval that is not before d, at least 0.
func roundUp(d time.Duration) time.Duration {
	return (max(d, 0) + Interval - 1).Truncate(Interval)
}

// keep drives the streams for each deadline from due that has come by now, and
// returns the next one.
func (s *shard) keep(due, now time.Time) time.Time {
	if now.Before(due) {
		return due
	}
	if behind := now.Sub(due).Truncate(Interval); behind >= maxCatchUp*Interval {
		skip := behind - (maxCatchUp-1)*Interval
		s.skipped.Add(uint64(skip/Interval) * uint64(s.size()))
		due = due.Add(skip)
	}
	for ; !now.Before(due); due = due.Add(Interval) {
		s.tick(due, now.Sub(due))
	}
	return due
}

func (s *shard) tick(due time.Time, lateness time.Duration) {
	list := *s.streams.Load()
	for _, st := range list {
		st.Tick(due)
	}
	n := uint64(len(list))
	s.ticks.Add(n)
	if lateness > TooLate {
		s.late.Add(n)
	}
	if n > 0 && int64(lateness) > s.worst.Load() {
		s.worst.Store(int64(lateness))
	}
}
