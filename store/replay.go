package store

import (
	"context"
	"errors"
	"fmt"
)

// catchUp writes the journal into the database, until nothing is left in it.
func (w *writer) catchUp(ctx context.Context) {
	for w.behindStill() {
		if err := w.replay(ctx); err != nil {
			rest(replayPause, w.quit)
		}
	}
	for _, l := range w.lanes() {
		l.nudge()
	}
}

// behindStill tells whether there is more to be replayed; else catchUp ends.
func (w *writer) behindStill() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replaying = w.j.holding() && !closed(w.quit)
	return w.replaying
}

// replay writes the oldest entries of the journal into the database. It returns
// an error when the database does not take them yet.
func (w *writer) replay(ctx context.Context) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	entries := w.j.waiting(batchSize)
	refused := make([]error, len(entries))
	ctx, cancel := context.WithTimeoutCause(ctx, batchTimeout, errors.New("the transaction took too long"))
	defer cancel()
	err := w.s.once(ctx, func(tx *txn) error {
		for i, entry := range entries {
			if refused[i] = w.reapply(ctx, tx, entry); isTrouble(refused[i]) {
				return refused[i]
			}
		}
		return nil
	})
	if err != nil {
		w.s.o.Log.Debug("journal waits", "entries", w.j.count(), "err", err)
		return fmt.Errorf("replay the journal: %w", err)
	}
	w.setAside(entries, refused)
	w.forget(len(entries))
	return nil
}

// reapply writes one entry. What it finds done already is no error.
func (w *writer) reapply(ctx context.Context, tx *txn, entry []byte) error {
	o, err := decodeOp(entry)
	if err != nil {
		return err
	}
	return apart(ctx, tx, true, func(ctx context.Context, tx *txn) error { return o.apply(ctx, w.s, tx, true) })
}

// setAside keeps what the database refuses for good.
func (w *writer) setAside(entries [][]byte, refused []error) {
	for i, err := range refused {
		switch {
		case err == nil:
		case errors.Is(err, ErrEnded), errors.Is(err, ErrNotFound):
			w.s.o.Log.Info("entry of the journal had no effect", "err", err)
		default:
			kept := w.j.setAside(entries[i])
			w.s.o.Log.Error("entry of the journal refused and set aside", "err", err, "kept", kept == nil)
		}
	}
}

// forget ends the journal's turn when nothing is left in it.
func (w *writer) forget(n int) {
	if err := w.j.taken(n); err != nil {
		w.s.o.Log.Error("journal not renewed", "err", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.j.holding() {
		w.behind = make(chan struct{})
		clear(w.ahead)
		w.s.o.Log.Info("journal written into the database")
	}
}
