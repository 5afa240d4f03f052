package store

import (
	"context"
	"database/sql"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"careline/call"
)

// What tests see of the journal and the writer.
type Journal = journal

var (
	OpenJournal    = openJournal
	ParseJournal   = parseJournal
	AppendHeader   = appendHeader
	AppendRecord   = appendRecord
	ErrJournalFull = errJournalFull
	ParseURL       = parseURL
	IsTrouble      = isTrouble
)

func (j *journal) Append(entry []byte) error { return j.append(entry) }
func (j *journal) Waiting(n int) [][]byte    { return j.waiting(n) }
func (j *journal) Taken(n int) error         { return j.taken(n) }
func (j *journal) Holding() bool             { return j.holding() }
func (j *journal) Close() error              { return j.close() }

// Journaled returns how many writes wait in the journal.
func (s *Store) Journaled() int { return s.w.j.count() }

// Exec changes the database beneath the store.
func (s *Store) Exec(ctx context.Context, text string, args ...any) error {
	_, err := s.db.ExecContext(ctx, text, args...)
	return err
}

// Queued returns how many jobs wait to be begun.
func (s *Store) Queued() int {
	n := 0
	for _, l := range s.w.lanes() {
		n += l.waiting()
	}
	return n
}

// EncodeStep is a step as the journal holds it.
func EncodeStep(s call.Step) ([]byte, error) { return encodeOp(&commitStep{Step: s}) }

// Await is how reads wait.
func (s *Store) Await(ctx context.Context, fn func(context.Context) error) error {
	return s.await(ctx, fn)
}

// Prepared returns what a connection to the server keeps prepared after it has
// run texts, the first of them at another time than the rest.
func (s *Store) Prepared(ctx context.Context, texts ...string) (kept []string, replanned bool, err error) {
	s.db.SetMaxOpenConns(1)
	for i, text := range texts {
		if _, err = s.db.ExecContext(ctx, text, "x"); err != nil {
			return nil, false, err
		}
		if i == 0 {
			err = s.serverConn(ctx, func(k *serverKeeper) { k.planned = k.planned.Add(-planTime) })
		}
		if err != nil {
			return nil, false, err
		}
	}
	err = s.serverConn(ctx, func(k *serverKeeper) {
		kept, replanned = slices.Collect(maps.Keys(k.kept)), time.Since(k.planned) < planTime
	})
	return kept, replanned, err
}

func (s *Store) serverConn(ctx context.Context, f func(*serverKeeper)) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		f(c.(*serverKeeper))
		return nil
	})
}

// Beginning returns how many attempts wait to be begun.
func (s *Store) Beginning() int {
	return s.w.begins.waiting()
}

// Aside counts the batches that imports have put aside.
func (s *Store) Aside(ctx context.Context) (n int, err error) {
	err = s.read.GetContext(ctx, &n, "SELECT COUNT(*) FROM import_rows")
	return n, err
}

// Abandon lets it look as if the process that began all imports had died.
func (s *Store) Abandon(tb testing.TB) {
	tb.Helper()
	if err := s.Exec(tb.Context(), "UPDATE imports SET beat_at = 0"); err != nil {
		tb.Fatal(err)
	}
}

// Instant and Doc are what the tables hold times and documents as.
type (
	Instant    = instant
	Doc[T any] = doc[T]
)

// Equal is for comparison.
func (d doc[T]) Equal(other doc[T]) bool { return reflect.DeepEqual(d, other) }

// At is a time by its milliseconds.
func At(millis int64) Instant { return at(time.UnixMilli(millis)) }

// Way is how a transaction runs statements.
type Way interface {
	GetContext(ctx context.Context, dest any, text string, args ...any) error
	SelectContext(ctx context.Context, dest any, text string, args ...any) error
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// BothWays calls fn with a transaction of a database in memory, as it runs its
// statements there and as it does elsewhere.
func (s *Store) BothWays(ctx context.Context, fn func(straight, usual Way) error) error {
	return s.once(ctx, func(tx *txn) error { return fn(tx, tx.Tx) })
}
