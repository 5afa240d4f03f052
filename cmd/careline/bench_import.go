package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"careline/store"
)

// What is wanted of imports, in rows a second.
const (
	wantedImportPostgres = 20_000
	wantedImportSQLite   = 12_000
)

// benchImportCmd imports a list by the command itself, in a process of its own.
type benchImportCmd struct {
	Rows  int    `default:"200000" help:"Rows of the list."`
	Quick bool   `help:"Import 3,000 rows: to see that it works."`
	JSON  bool   `name:"json" help:"Print one JSON object."`
	Dir   string `type:"existingdir" help:"Where the SQLite file is made (default: the folder for temporary files, or /var/tmp where that is in memory)."`
}

// importBench is what was measured.
type importBench struct {
	Machine  machine     `json:"machine"`
	Database string      `json:"database"`
	Postgres bool        `json:"postgres"`
	Rows     int         `json:"rows"`
	Imports  []oneImport `json:"imports"`
	Alone    beginTimes  `json:"begins_alone"`  // what it takes to begin an attempt
	Beside   beginTimes  `json:"begins_beside"` // and while the last of the imports goes on
}

// oneImport is an import.
type oneImport struct {
	What    string  `json:"what"`
	Rate    float64 `json:"rows_per_second"`
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_s"`     // of the process
	Memory  float64 `json:"memory_mb"` // of the process, at most
}

// Run measures.
func (c *benchImportCmd) Run(a *app) error {
	if c.Quick {
		c.Rows = 3000
	}
	if c.Rows < 1000 || c.Rows > 10_000_000 {
		return fmt.Errorf("%w: from 1000 rows to 10 million", errUsage)
	}
	place, err := makeBenchDatabase(a.ctx, a.database, c.Dir)
	if err != nil {
		return fmt.Errorf("bench import: %w", err)
	}
	out := importBench{Machine: thisMachine(), Database: place.name, Postgres: strings.Contains(place.url, "://"), Rows: c.Rows}
	if err = errors.Join(c.measure(a, place.url, &out), place.drop()); err != nil {
		return fmt.Errorf("bench import: %w", err)
	}
	out.Machine.after()
	if c.JSON {
		return json.NewEncoder(a.out).Encode(out)
	}
	out.print(a.out)
	return nil
}

func (c *benchImportCmd) measure(a *app, url string, out *importBench) error {
	dir, err := os.MkdirTemp(c.Dir, "careline-bench-list-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "list.csv")
	if err = writeBenchList(file, c.Rows); err != nil {
		return err
	}
	b, err := openBeginners(a.ctx, url)
	if err != nil {
		return err
	}
	defer b.close()
	if _, err = b.store.Populate(a.ctx, store.Population{Name: "enrolled", Now: time.Now()}, func(int) {}); err != nil {
		return err
	}
	if out.Alone, err = b.during(a.ctx, func() error { return pause(a.ctx, c.span()) }); err != nil {
		return err
	}
	imports := func(what, list string, more ...string) error {
		one, failed := importByCommand(a.ctx, dir, append([]string{"--database", url, "contacts", "import", file, "--region", "CN", "--list", list}, more...))
		one.What, one.Rate = what, float64(c.Rows)/one.Seconds
		out.Imports = append(out.Imports, one)
		return failed
	}
	if err = imports("into a new list", "one"); err != nil {
		return err
	}
	if err = imports("into a new list and a running campaign", "enrolled", "--campaign", "enrolled"); err != nil {
		return err
	}
	if err = imports("the same again, nothing changed", "one"); err != nil {
		return err
	}
	out.Beside, err = b.during(a.ctx, func() error { return imports("into a new list, while attempts are begun", "two") })
	return err
}

// span is how long attempts are begun without an import.
func (c *benchImportCmd) span() time.Duration {
	if c.Quick {
		return 200 * time.Millisecond
	}
	return 5 * time.Second
}

// importByCommand runs careline in a process of its own.
func importByCommand(ctx context.Context, dir string, args []string) (one oneImport, err error) {
	self, err := os.Executable()
	if err != nil {
		return one, fmt.Errorf("find this program: %w", err)
	}
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir, cmd.Stderr = dir, &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return one, fmt.Errorf("import: %w: %s", err, errs.Bytes())
	}
	one.Seconds = time.Since(began).Seconds()
	one.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		one.Memory = maxMemory(u)
	}
	return one, nil
}

// writeBenchList writes distinct numbers in the national format of China, in no
// order.
func writeBenchList(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write a list: %w", err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "key,number,name,language,segment,balance,due,contract_end,manager")
	// Multiplying by a number without a factor in common with the range visits
	// all of it, each once.
	const span, step = 100_000_000, 38_196_603
	at := rand.New(rand.NewPCG(1, 2)).IntN(span)
	for i := range rows {
		fmt.Fprintf(w, "C%08d,138%08d,Customer %d,zh,silver,%d.50,2026-12-04,2027-01-31,li.na\n", i, at, i, i%300)
		at = (at + step) % span
	}
	return errors.Join(w.Flush(), f.Close())
}
