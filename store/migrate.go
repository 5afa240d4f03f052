package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"

	"careline/migrations"
)

// migrate brings the tables up to date. Of several processes that start at once
// one does it and the others wait.
func (s *Store) migrate(ctx context.Context) (err error) {
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	p, err := goose.NewProvider(s.d.goose, s.db.DB, migrations.Files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return nil
}

func (s *Store) lockMigrations(ctx context.Context) (unlock func() error, err error) {
	if s.d.postgres {
		return lockSession(ctx, s.db.DB)
	}
	if s.memory != nil {
		return func() error { return nil }, nil // nobody else has it
	}
	return lockFolder(filepath.Dir(s.path))
}

// migrating is the PostgreSQL advisory lock of a process that migrates.
const migrating = 0x6361726c696e65 // "carline"

func lockSession(ctx context.Context, db *sql.DB) (func() error, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrating)); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the migrations: %w", err), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrating))
		return errors.Join(err, conn.Close())
	}, nil
}

// lockFolder locks the folder of an SQLite file. The file itself must not be
// opened by anybody but SQLite, whose own locks would be lost when it is closed.
func lockFolder(path string) (func() error, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the database's folder: %w", err)
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database's folder: %w", err), dir.Close())
	}
	return dir.Close, nil // closing unlocks
}
