package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// benchDatabase is a database that is made for a measurement, so that nobody
// whom others call is called.
type benchDatabase struct {
	url  string
	name string // as people read it
	disk string // a folder on the disk that it is on; empty where that is not known
	drop func() error
}

// makeBenchDatabase makes an SQLite file in a folder, or a database on a server,
// where one is named.
func makeBenchDatabase(ctx context.Context, server, folder string) (benchDatabase, error) {
	if strings.Contains(server, "://") {
		return makeBenchPostgres(ctx, server)
	}
	if server != "" {
		return benchDatabase{drop: nothingToDrop}, fmt.Errorf("%w: --database is for a PostgreSQL server; an SQLite file is made in --dir", errUsage)
	}
	if folder == "" {
		folder = os.TempDir()
		if kind := filesystem(folder); kind == "tmpfs" || kind == "ramfs" {
			folder = "/var/tmp"
		}
	}
	dir, err := os.MkdirTemp(folder, "careline-bench-db-")
	if err != nil {
		return benchDatabase{drop: nothingToDrop}, fmt.Errorf("make a folder: %w", err)
	}
	return benchDatabase{
		url: filepath.Join(dir, "careline.db"), name: fmt.Sprintf("SQLite in %s (%s)", folder, filesystem(folder)), disk: dir,
		drop: func() error { return os.RemoveAll(dir) },
	}, nil
}

func nothingToDrop() error { return nil }

// makeBenchPostgres makes a database of its own on a server.
func makeBenchPostgres(ctx context.Context, server string) (benchDatabase, error) {
	d := benchDatabase{drop: nothingToDrop}
	u, err := url.Parse(server)
	if err != nil {
		return d, errors.New("read the database url: it is none")
	}
	db, err := sql.Open("postgres", server)
	if err != nil {
		return d, fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	name := fmt.Sprintf("careline_bench_%d", time.Now().UnixNano())
	if _, err = db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return d, fmt.Errorf("make a database for the measurement: %w", err)
	}
	var version string
	if err = db.QueryRowContext(ctx, "SHOW server_version").Scan(&version); err != nil {
		return d, fmt.Errorf("ask the server: %w", err)
	}
	d.drop = func() error { return dropBenchPostgres(context.WithoutCancel(ctx), server, name) }
	u.Path = "/" + name
	d.url, d.name = u.String(), fmt.Sprintf("PostgreSQL %s (%s)", version, redactURL(server))
	_ = db.QueryRowContext(ctx, "SHOW data_directory").Scan(&d.disk) // for who may know
	if info, err := os.Stat(d.disk); err != nil || !info.IsDir() {
		d.disk = ""
	}
	return d, nil
}

func dropBenchPostgres(ctx context.Context, server, name string) error {
	db, err := sql.Open("postgres", server)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := db.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop the database of the measurement: %w", err)
	}
	return nil
}
