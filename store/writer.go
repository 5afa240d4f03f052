package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// writer carries out the writes that calls wait for, in the database by its
// lanes. What the database does not take in time goes to the journal; from then
// on everything does, in order, until the journal has been written into the
// database.
//
// The writes of one call are handed in one after another, so that their order
// holds although they go by several lanes.
type writer struct {
	s *Store
	j *journal // nil: there is none

	calls  *lane // of writes that touch no rows but their call's own, of which nobody else waits for any
	others *lane // of all others
	begins *lane // of attempts

	turn sync.RWMutex // held by who writes what was handed in, and alone by who writes the journal into the database

	mu        sync.Mutex
	behind    chan struct{} // closed as soon as the journal holds something
	ahead     ahead         // of the database: the calls of which the journal knows more
	replaying bool
	quit      chan struct{} // closed by close
	work      sync.WaitGroup
}

// newWriter returns one without a journal. A database that has one writer at a
// time gets all writes by one lane.
func newWriter(s *Store) *writer {
	w := &writer{s: s, behind: make(chan struct{}), ahead: ahead{}, quit: make(chan struct{})}
	w.others = newLane(s, w)
	w.calls, w.begins = w.others, w.others
	if s.d.postgres { // a row that others hold keeps no answer waiting, nor do the ends of calls
		w.calls, w.begins = newLane(s, w), newLane(s, nil)
		w.others.patient = true
	}
	return w
}

// lanes are all that there are.
func (w *writer) lanes() []*lane {
	if w.calls == w.others {
		return []*lane{w.others}
	}
	return []*lane{w.begins, w.calls, w.others}
}

// Commits returns how many transactions the writes that calls wait for have
// taken so far, and how many writes those held.
func (s *Store) Commits() (transactions, writes int64) {
	for _, l := range s.w.lanes() {
		transactions += l.commits.Load()
		writes += l.writes.Load()
	}
	return transactions, writes
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
	if w.j.holding() {
		return w.divert(ctx, o)
	}
	l, j, behind := w.laneOf(o), w.jobOf(o), w.overtaken()
	if err := l.enqueue(ctx, j); err != nil {
		return err
	}
	patience := time.NewTimer(w.s.o.Patience)
	defer patience.Stop()
	select {
	case err := <-j.done:
		return w.outcome(ctx, o, err)
	case <-behind:
	case <-patience.C:
	}
	if !l.withdraw(j) {
		select {
		case err := <-j.done: // after all
			return w.outcome(ctx, o, err)
		default:
		}
	}
	return w.divert(ctx, o)
}

// called is an op on one call.
type called interface{ callID() string }

func (o openCall) callID() string    { return o.Record.ID }
func (c commitStep) callID() string  { return c.CallID }
func (c closeCall) callID() string   { return c.ID }
func (m markAttempt) callID() string { return string(m.ID) }
func (e endAttempt) callID() string  { return string(e.Attempt) }

// confined is an op that may touch no rows but those of its own call and attempt.
type confined interface{ confined() bool }

// laneOf is the lane that an op goes by.
func (w *writer) laneOf(o op) *lane {
	if c, ok := o.(confined); ok && c.confined() {
		return w.calls
	}
	return w.others
}

func (w *writer) jobOf(o op) *job {
	j := &job{apply: func(ctx context.Context, tx *txn) error { return o.apply(ctx, w.s, tx, false) }}
	if c, ok := o.(called); ok {
		j.call = c.callID()
	}
	if n, ok := o.(numbered); ok {
		j.numbers = n.numbers()
	}
	if c, ok := o.(charging); ok {
		j.charges = c.charges()
	}
	return j
}

// overtaken returns what is closed when the journal takes over.
func (w *writer) overtaken() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.behind
}

// outcome returns what became of an op, which is given to the journal when that
// was the database's trouble.
func (w *writer) outcome(ctx context.Context, o op, err error) error {
	if w.j == nil || !isTrouble(err) {
		return err
	}
	return w.divert(ctx, o)
}

// share carries out a job together with others of its lane. It is not begun once
// the journal holds something, nor when it has waited for too long.
func (w *writer) share(ctx context.Context, l *lane, j *job) error {
	if w.s.memory != nil {
		return w.s.once(ctx, func(tx *txn) error { return j.apply(ctx, tx) })
	}
	behind := w.overtaken()
	if err := l.enqueue(ctx, j); err != nil {
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
	if l.withdraw(j) {
		return cause
	}
	return <-j.done
}

// divert puts an op into the journal.
func (w *writer) divert(ctx context.Context, o op) error {
	if w.j == nil {
		return fmt.Errorf("write %s: the database has not answered for %v", o.kind(), w.s.o.Patience)
	}
	entry, err := encodeOp(o)
	if err != nil {
		return err
	}
	before := w.j.holding()
	if err = w.j.append(entry); err != nil {
		return fmt.Errorf("write %s: %w", o.kind(), err)
	}
	if !before {
		w.s.o.Log.Warn("journal took over from the database", "kind", o.kind())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.j.holding() {
		return nil // the database has it by now
	}
	w.ahead.add(o)
	if !closed(w.behind) {
		close(w.behind)
	}
	if !w.replaying && !closed(w.quit) {
		w.replaying = true
		w.work.Go(func() { w.catchUp(context.WithoutCancel(ctx)) })
	}
	return nil
}

// close waits until what was handed in is carried out, as far as the database
// answers.
func (w *writer) close() error {
	w.mu.Lock()
	close(w.quit)
	w.mu.Unlock()
	for _, l := range w.lanes() {
		l.close()
	}
	w.work.Wait()
	return w.j.close()
}
