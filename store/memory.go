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
		s.d, s.memory, s.path = sqlite, true, "memory:"+name
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
