// Package diary keeps what happens in a simulated world, and lets those who
// watch it wait for something. It does not know what happens there.
package diary

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrEnded is waiting for something in a world that is over.
var ErrEnded = errors.New("the world has ended")

// Options tune a Book.
type Options[E any] struct {
	Most   int                 // entries that are kept at least; a quarter more at most
	Number func(e *E, n int64) // gives an entry its place in the order written: 1, 2, 3, ...
	Notify func(E)             // is told of each entry; may be nil
}

// Book keeps the latest entries.
type Book[E any] struct {
	o Options[E]

	mu      sync.Mutex
	written int64 // entries in all, of which entries are the last
	entries []E
	waiting chan struct{} // closed at the next entry; nil if nobody waits
}

// New opens a Book without entries.
func New[E any](o Options[E]) *Book[E] { return &Book[E]{o: o} }

// Write adds an entry and tells of it.
func (b *Book[E]) Write(e E) {
	b.mu.Lock()
	b.written++
	b.o.Number(&e, b.written)
	b.entries = append(b.entries, e)
	if len(b.entries) > b.o.Most+b.o.Most/4 {
		b.entries = append(b.entries[:0], b.entries[len(b.entries)-b.o.Most:]...)
	}
	if b.waiting != nil {
		close(b.waiting)
		b.waiting = nil
	}
	b.mu.Unlock()
	if b.o.Notify != nil {
		b.o.Notify(e)
	}
}

// Entries is a copy of the entries that are kept, in order.
func (b *Book[E]) Entries() []E {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.entries)
}

// Wait returns the first entry, of those written already or still to come, that
// match accepts, or ErrEnded if ended is closed before; nil never is. match is
// called with one entry at a time, and must not write.
func (b *Book[E]) Wait(ctx context.Context, ended <-chan struct{}, match func(E) bool) (E, error) {
	var seen int64
	var none E
	for {
		e, next, ok := b.look(&seen, match)
		if ok {
			return e, nil
		}
		select {
		case <-next:
		case <-ended:
			if e, _, ok := b.look(&seen, match); ok {
				return e, nil
			}
			return none, ErrEnded
		case <-ctx.Done():
			return none, fmt.Errorf("wait for an entry: %w", context.Cause(ctx))
		}
	}
}

// look searches the entries after seen, and says where to wait for more.
func (b *Book[E]) look(seen *int64, match func(E) bool) (e E, next <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.written - int64(len(b.entries))
	for _, e := range b.entries[max(*seen-first, 0):] {
		if match(e) {
			return e, nil, true
		}
	}
	*seen = b.written
	if b.waiting == nil {
		b.waiting = make(chan struct{})
	}
	return e, b.waiting, false
}
