package storetest

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"

	"careline/store"
)

// shared is the server that all tests of a process use. It ends with the
// process, however that ends.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// databases counts those that were made, so that each has a name.
var databases atomic.Int64

// Postgres returns the URL of a database with the store's tables, all empty. The
// server is started at the first call and shared by the tests of the process.
// It does not wait for the disk: it outlives the processes that tests kill, but
// not the machine.
func Postgres(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = newServer(t.Context(), false) })
	if shared.err != nil {
		t.Fatal("start PostgreSQL:", shared.err)
	}
	return shared.server.Database(t)
}

// StartPostgres returns a server for one test alone, which the test may stop,
// freeze and start again. It waits for the disk at each commit.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	s, err := newServer(t.Context(), true)
	if err != nil {
		t.Fatal("start PostgreSQL:", err)
	}
	t.Cleanup(func() {
		s.Thaw(t)
		s.end()
	})
	return s
}

// template is the database that others are copied from.
const template = "careline_template"

// Database returns the URL of a database with the store's tables, all empty.
// When the test has ended another one may get it.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.prepared = s.prepare(t.Context()) })
	if s.prepared != nil {
		t.Fatal("prepare a database:", s.prepared)
	}
	name, ok := s.takeFree()
	if !ok {
		name = fmt.Sprintf("test_%d", databases.Add(1))
		if err := s.exec(t.Context(), "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
			t.Fatal("create a database:", err)
		}
	}
	t.Cleanup(func() { s.putBack(context.WithoutCancel(t.Context()), name) })
	return s.url(name)
}

// takeFree takes a database that a test was through with. Making one takes much
// longer than emptying one.
func (s *Server) takeFree() (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return "", false
	}
	name, s.free = s.free[0], s.free[1:]
	return name, true
}

// empty removes all rows but those that the migrations made.
const empty = `
DO $$ BEGIN EXECUTE (
	SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables
	WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'changes')
); END $$`

// putBack empties a database for another test. One that cannot be emptied is
// left alone.
func (s *Server) putBack(ctx context.Context, name string) {
	if s.exec(ctx, name, empty) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, name)
}

// prepare makes the template.
func (s *Server) prepare(ctx context.Context) error {
	if err := s.exec(ctx, "postgres", "CREATE DATABASE "+template); err != nil {
		return err
	}
	db, err := store.Open(ctx, s.url(template), store.Options{})
	if err != nil {
		return err
	}
	return db.Close()
}

func (s *Server) exec(ctx context.Context, database, text string) error {
	db, err := sqlx.Open("postgres", s.url(database))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, text)
	return err
}

func (s *Server) url(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/" + database,
		RawQuery: url.Values{"host": {s.folder}, "sslmode": {"disable"}}.Encode(),
	}).String()
}
