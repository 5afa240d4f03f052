package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/ivr"
)

// Store keeps everything that outlives the process. It may be used by many
// goroutines at once.
type Store struct {
	db     *sqlx.DB // writes, and reads within their transactions
	read   *sqlx.DB // all other reads
	d      dialect
	path   string  // of the SQLite file
	memory *memory // in place of a file; nil: it is one
	url    string  // of the PostgreSQL server
	run    string  // identifies this run of the process
	o      Options

	w      *writer
	capped atomic.Bool // calls by some trunk are counted

	closing sync.Once
	closed  error

	mu    sync.Mutex
	nodes map[string]bool                  // that were renewed here
	node  string                           // that calls are signed with
	flows map[string]*ivr.Flow             // by hash
	doubt map[string][]campaigns.ContactID // by node: perhaps claimed, as the commit was not confirmed

	countries map[string]bool // by trunk, that it has called before
	terms     map[campaigns.ID]terms

	headway map[campaigns.ID]headway // of claims
	rewinds int                      // how often headway was forgotten
}

// Open opens the database at url, a postgres:// address or the name of an
// SQLite file, brings its tables up to date, and writes what the journal holds
// into it.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	return opened(ctx, o, func(s *Store) error { return s.connect(url) })
}

// opened connects a store and makes it ready.
func opened(ctx context.Context, o Options, connect func(*Store) error) (*Store, error) {
	o = o.withDefaults()
	s := &Store{
		run: o.NewID(), o: o, node: o.Node,
		nodes: make(map[string]bool), flows: make(map[string]*ivr.Flow), doubt: make(map[string][]campaigns.ContactID), countries: make(map[string]bool), terms: make(map[campaigns.ID]terms),
		headway: make(map[campaigns.ID]headway),
	}
	if err := connect(s); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", s.name(), err), s.disconnect())
	}
	var err error
	if s.w, err = openWriter(ctx, s); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	if err = s.complete(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) connect(url string) (err error) {
	if s.url, s.path, err = parseURL(url); err != nil {
		return err
	}
	if s.url != "" {
		s.d = postgres
		s.db, err = openPostgres(s.url)
		s.read = s.db
		return err
	}
	s.d = sqlite
	s.db, s.read, err = openSQLite(s.path)
	return err
}

func (s *Store) disconnect() error {
	if s.read == s.db {
		return s.db.Close()
	}
	return errors.Join(s.read.Close(), s.db.Close())
}

// owner is what a node of this run signs claims, attempts and calls with.
func (s *Store) owner(node string) string { return node + "@" + s.run }

// ownNode is the node that calls are signed with: the one of the options, else
// the first that was renewed.
func (s *Store) ownNode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.node
}

// Close ends what the store does on its own, gives up its nodes' leases and
// closes the database. What the journal holds stays there for the next Open.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.closed = errors.Join(s.Flush(), s.w.close(), s.abdicate(), s.disconnect())
	})
	return s.closed
}
