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

// Postgres returns the URL of a fresh database with the store's tables. The
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

// Database makes a database with the store's tables and returns its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.prepared = s.prepare(t.Context()) })
	if s.prepared != nil {
		t.Fatal("prepare a database:", s.prepared)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := s.exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal("create a database:", err)
	}
	return s.url(name)
}

// prepare makes the template.
func (s *Server) prepare(ctx context.Context) error {
	if err := s.exec(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	db, err := store.Open(ctx, s.url(template), store.Options{})
	if err != nil {
		return err
	}
	return db.Close()
}

func (s *Server) exec(ctx context.Context, text string) error {
	db, err := sqlx.Open("postgres", s.url("postgres"))
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
