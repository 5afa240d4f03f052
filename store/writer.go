package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"careline/phone"
)

// writer carries out the writes that calls wait for. One goroutine, which runs
// while there is work, collects what waits and commits it together, so that
// many calls share one wait for the disk. What the database does not take in
// time goes to the journal; from then on everything does, in order, until the
// journal has been written into the database.
type writer struct {
	s *Store
	j *journal // nil: there is none

	mu      sync.Mutex
	queue   []*job
	running bool
	wake    chan struct{} // there is work; holds one signal
	behind  chan struct{} // closed as soon as the journal holds something
	ahead   ahead         // of the database: the calls of which the journal knows more
	quit    chan struct{} // closed by close
	work    sync.WaitGroup

	commits, writes atomic.Int64
}

// Commits returns how many transactions the writes that calls wait for have
// taken so far, and how many writes those held.
func (s *Store) Commits() (transactions, writes int64) {
	transactions, writes = s.w.commits.Load(), s.w.writes.Load()
	if s.begins != s.w {
		transactions, writes = transactions+s.begins.commits.Load(), writes+s.begins.writes.Load()
	}
	return transactions, writes
}

// job is one write in the queue.
type job struct {
	apply   func(ctx context.Context, tx *txn) error
	numbers []phone.Number // that it holds
	once    bool           // it is not tried again where it may have been committed
	done    chan error     // gets its outcome, once
	left    bool           // nobody waits for it any more: it is not tried again
}

// newWriter returns one without a journal.
func newWriter(s *Store) *writer {
	return &writer{s: s, behind: make(chan struct{}), ahead: ahead{}, wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// openWriter opens the journal, if there is one, and writes what it holds into
// the database.
func openWriter(ctx context.Context, s *Store) (*writer, error) {
	w := newWriter(s)
	if s.o.Journal == "" {
		return w, nil
	}
	var err error
	if w.j, err = openJournal(s.o.Journal, s.o.JournalBytes); err != nil {
		return nil, err
	}
	for w.j.holding() {
		if err := w.replay(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("write the journal into the database: %w", err), w.j.close())
		}
	}
	return w, nil
}

// write carries out an op, in the database or else in the journal. What was
// handed in is not dropped because ctx ends.
func (w *writer) write(ctx context.Context, o op) error {
	if w.s.memory != nil {
		return w.s.once(ctx, func(tx *txn) error { return o.apply(ctx, w.s, tx, false) })
	}
	entry, err := encodeOp(o)
	if err != nil {
		return err
	}
	if w.j.holding() {
		return w.divert(ctx, o, entry)
	}
	j := &job{apply: func(ctx context.Context, tx *txn) error { return o.apply(ctx, w.s, tx, false) }}
	if n, ok := o.(numbered); ok {
		j.numbers = n.numbers()
	}
	behind, err := w.enqueue(ctx, j)
	if err != nil {
		return err
	}
	patience := time.NewTimer(w.s.o.Patience)
	defer patience.Stop()
	select {
	case err := <-j.done:
		return w.outcome(ctx, o, entry, err)
	case <-behind:
	case <-patience.C:
	}
	if !w.withdraw(j) {
		select {
		case err := <-j.done: // after all
			return w.outcome(ctx, o, entry, err)
		default:
		}
	}
	return w.divert(ctx, o, entry)
}

// outcome returns what became of an op, which is given to the journal when that
// was the database's trouble.
func (w *writer) outcome(ctx context.Context, o op, entry []byte, err error) error {
	if w.j == nil || !isTrouble(err) {
		return err
	}
	return w.divert(ctx, o, entry)
}

// share carries out a job together with others. It is not begun once the
// journal holds something, nor when it has waited for too long.
func (w *writer) share(ctx context.Context, j *job) error {
	if w.s.memory != nil {
		return w.s.once(ctx, func(tx *txn) error { return j.apply(ctx, tx) })
	}
	behind, err := w.enqueue(ctx, j)
	if err != nil {
		return err
	}
	patience := time.NewTimer(w.s.o.Patience)
	defer patience.Stop()
	var cause error
	select {
	case err := <-j.done:
		return err
	case <-behind:
		cause = ErrJournaling
	case <-patience.C:
		cause = fmt.Errorf("the database has not answered for %v", w.s.o.Patience)
	case <-ctx.Done():
		cause = ctx.Err()
	}
	if w.withdraw(j) {
		return cause
	}
	return <-j.done
}

// divert puts an op into the journal.
func (w *writer) divert(ctx context.Context, o op, entry []byte) error {
	if w.j == nil {
		return fmt.Errorf("write %s: the database has not answered for %v", o.kind(), w.s.o.Patience)
	}
	before := w.j.holding()
	if err := w.j.append(entry); err != nil {
		return fmt.Errorf("write %s: %w", o.kind(), err)
	}
	if !before {
		w.s.o.Log.Warn("journal took over from the database", "kind", o.kind())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.j.holding() { // else the database has it by now
		w.ahead.add(o)
	}
	select {
	case <-w.behind:
	default:
		close(w.behind)
	}
	w.start(ctx)
	return nil
}

// errClosed is returned for writes after Close.
var errClosed = errors.New("the store is closed")

// enqueue hands a job to the goroutine and returns what is closed when the
// journal takes over.
func (w *writer) enqueue(ctx context.Context, j *job) (behind <-chan struct{}, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing() {
		return nil, errClosed
	}
	j.done = make(chan error, 1)
	w.queue = append(w.queue, j)
	w.start(ctx)
	return w.behind, nil
}

// withdraw takes a job back, and reports false when it has been begun. Then it
// is seen through, but not tried again.
func (w *writer) withdraw(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	j.left = true
	i := slices.Index(w.queue, j)
	if i < 0 {
		return false
	}
	w.queue = slices.Delete(w.queue, i, i+1)
	return true
}

// start runs the goroutine unless it runs already. w.mu is held.
func (w *writer) start(ctx context.Context) {
	if w.running {
		select {
		case w.wake <- struct{}{}:
		default:
		}
		return
	}
	if w.closing() {
		return
	}
	w.running = true
	w.work.Go(func() { w.run(context.WithoutCancel(ctx)) })
}

func (w *writer) closing() bool {
	select {
	case <-w.quit:
		return true
	default:
		return false
	}
}

// close waits until what was handed in is carried out, as far as the database
// answers.
func (w *writer) close() error {
	w.mu.Lock()
	close(w.quit)
	w.mu.Unlock()
	w.work.Wait()
	return w.j.close()
}
