package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jmoiron/sqlx"
)

// OpenMemory opens an SQLite database that lives in this process's memory, and
// ends with the last Store that has it open. Stores that name the same database
// share it, as processes share a file. A rehearsal is done in one.
func OpenMemory(ctx context.Context, name string, o Options) (*Store, error) {
	if name == "" {
		return nil, errors.New("open a database in memory: it has no name")
	}
	return opened(ctx, o, func(s *Store) (err error) {
		s.d, s.memory, s.path = sqlite, &memory{}, "memory:"+name
		s.db, s.read, err = connectMemory(name)
		return err
	})
}

// connectMemory opens one connection that writes and one that reads. Nothing is
// waited for: there is no disk.
func connectMemory(name string) (db, read *sqlx.DB, err error) {
	common := url.Values{
		"vfs":     {"memdb"},
		"_pragma": {"journal_mode(MEMORY)", "synchronous(OFF)", "cache_size(-64000)", "temp_store(MEMORY)"},
	}
	dsn := func(key, value string) string {
		q := url.Values{"vfs": common["vfs"], "_pragma": common["_pragma"], key: {value}}
		return "file:/" + url.PathEscape(name) + "?" + q.Encode()
	}
	if db, err = open("sqlite", dsn("_txlock", "immediate"), 1); err != nil {
		return nil, nil, err
	}
	if read, err = open("sqlite", dsn("_query_only", "1"), 1); err != nil {
		return nil, nil, fmt.Errorf("open a database in memory: %w", err)
	}
	return db, read, nil
}

// memory is a database in memory: nobody else writes to it, so that writes are
// carried out where they are asked for.
type memory struct {
	group int      // writes that share a transaction; 0: each has its own
	tx    *sqlx.Tx // that is open
	held  int      // writes in it
	spent error    // that one of them failed, with which all are lost
}

// Group has so many writes to a database in memory share a transaction. What
// reads by itself, as Running and Funnel do, needs a Flush before. A write that
// fails takes the others with it, and nothing works from then on: a rehearsal is
// worth nothing any more then.
func (s *Store) Group(writes int) error {
	if s.memory == nil {
		return errors.New("only writes to a database in memory are grouped")
	}
	s.memory.group = writes
	return s.Flush()
}

// Flush commits what Group holds back.
func (s *Store) Flush() error {
	if s.memory == nil || s.memory.tx == nil {
		return nil
	}
	tx := s.memory.tx
	s.memory.tx, s.memory.held = nil, 0
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit a group of writes: %w", err)
	}
	return nil
}

// once runs fn in a transaction, which it may share with others.
func (m *memory) once(ctx context.Context, s *Store, fn func(tx *sqlx.Tx) error) (err error) {
	if m.spent != nil {
		return m.spent
	}
	if m.tx == nil {
		if m.tx, err = s.db.BeginTxx(context.WithoutCancel(ctx), nil); err != nil {
			return fmt.Errorf("begin a group of writes: %w", err)
		}
	}
	if err = fn(m.tx); err != nil {
		m.spent = fmt.Errorf("a write of the group failed: %w", err)
		_ = m.tx.Rollback() // nothing of it counts
		return err
	}
	if m.held++; m.held < m.group {
		return nil
	}
	return s.Flush()
}
