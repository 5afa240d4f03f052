package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
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
		s.db, s.read, err = connectMemory(name, s)
		return err
	})
}

// connectMemory opens one connection that writes and one that reads, which flushes
// before. Nothing is waited for: there is no disk.
func connectMemory(name string, s *Store) (db, read *sqlx.DB, err error) {
	dsn := func(key, value string) string {
		q := url.Values{
			"vfs": {"memdb"}, key: {value},
			"_pragma": {"journal_mode(MEMORY)", "synchronous(OFF)", "cache_size(-600000)", "temp_store(MEMORY)"},
		}
		return "file:/" + url.PathEscape(name) + "?" + q.Encode()
	}
	if db, err = connect(dsn("_query_only", "1"), 1); err != nil {
		return nil, nil, err
	}
	writes := writing{keeping{db.Driver(), dsn("_txlock", "immediate")}, s.memory}
	reads := flushing{keeping{db.Driver(), dsn("_query_only", "1")}, s.Flush}
	return pool(sql.OpenDB(writes), 1), pool(sql.OpenDB(reads), 1), nil
}

// writing opens the connection that writes, and has the transactions use it
// straight.
type writing struct {
	keeping
	m *memory
}

// Connect opens a connection.
func (w writing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := w.keeping.Connect(ctx)
	if err != nil {
		return nil, err
	}
	w.m.straight = newStraight(conn.(*keeper))
	return conn, nil
}

// flushing opens connections that read what was written until then: while a group
// of writes is open nobody else could.
type flushing struct {
	keeping
	flush func() error
}

// Connect opens a connection.
func (f flushing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := f.keeping.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &flusher{conn.(*keeper), f.flush}, nil
}

// flusher is a connection that flushes before it reads.
type flusher struct {
	*keeper
	flush func() error
}

// PrepareContext returns a statement.
func (f *flusher) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if err := f.flush(); err != nil {
		return nil, err
	}
	return f.keeper.PrepareContext(ctx, text)
}

// BeginTx begins a transaction.
func (f *flusher) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := f.flush(); err != nil {
		return nil, err
	}
	return f.keeper.BeginTx(ctx, o)
}

// memory is a database in memory: nobody else writes to it, so that writes are
// carried out where they are asked for.
type memory struct {
	straight *straight // on the connection that writes

	group int   // writes that share a transaction; 0: each has its own
	tx    *txn  // that is open
	held  int   // writes in it
	busy  bool  // one of them is under way
	spent error // that one of them failed, with which all are lost
}

// Group has so many writes to a database in memory share a transaction; what reads
// by itself, as Running and Funnel do, ends it. A write that fails takes the others
// with it, and nothing works from then on: a rehearsal is worth nothing any more
// then.
func (s *Store) Group(writes int) error {
	if s.memory == nil {
		return errors.New("only writes to a database in memory are grouped")
	}
	s.memory.group = writes
	return s.Flush()
}

// Flush commits what Group holds back.
func (s *Store) Flush() error {
	if s.memory == nil || s.memory.tx == nil || s.memory.busy {
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
func (m *memory) once(ctx context.Context, s *Store, fn func(tx *txn) error) (err error) {
	if m.spent != nil {
		return m.spent
	}
	if m.tx == nil {
		if m.tx, err = s.begin(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("begin a group of writes: %w", err)
		}
	}
	m.busy = true
	err = fn(m.tx)
	m.busy = false
	if err != nil {
		m.spent = fmt.Errorf("a write of the group failed: %w", err)
		_ = m.tx.Rollback() // nothing of it counts
		return err
	}
	if m.held++; m.held < m.group {
		return nil
	}
	return s.Flush()
}
