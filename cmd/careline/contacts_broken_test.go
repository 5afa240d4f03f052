package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/store"
	"careline/store/storetest"
)

// importWorld is a database and an import into it by a process of its own, which
// reads what the test writes.
type importWorld struct {
	*testing.T
	url  string
	fifo string
	db   *sqlx.DB
	errs bytes.Buffer
}

func onBoth(t *testing.T, test func(w *importWorld)) {
	t.Helper()
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite": func(tb testing.TB) string {
			tb.Helper()
			return filepath.Join(tb.TempDir(), "careline.db")
		},
		"postgres": storetest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newImportWorld(t, url(t)))
		})
	}
}

func newImportWorld(t *testing.T, url string) *importWorld {
	t.Helper()
	w := &importWorld{T: t, url: url, fifo: filepath.Join(t.TempDir(), "list.csv")}
	if err := syscall.Mkfifo(w.fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	driver, source := "sqlite", url+"?_pragma=busy_timeout(10000)"
	if strings.Contains(url, "://") {
		driver, source = "postgres", url
	}
	var err error
	if w.db, err = sqlx.Open(driver, source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	return w
}

// open opens the database as any command does, and closes it.
func (w *importWorld) open() {
	w.Helper()
	s, err := store.Open(w.Context(), w.url, store.Options{})
	if err != nil {
		w.Fatal(err)
	}
	if err := s.Close(); err != nil {
		w.Error(err)
	}
}

// count counts the rows of a table.
func (w *importWorld) count(table string) (n int) {
	w.Helper()
	if err := w.db.Get(&n, "SELECT COUNT(*) FROM "+table); err != nil {
		w.Fatalf("count %s: %v", table, err)
	}
	return n
}

func (w *importWorld) empty(when string) {
	w.Helper()
	if c, l := w.count("customers"), w.count("lists"); c+l > 0 {
		w.Errorf("%s there are %d customers on %d lists; want none", when, c, l)
	}
}

// begin starts an import and hands it rows of its list.
func (w *importWorld) begin(rows int) (*exec.Cmd, *os.File) {
	w.Helper()
	cmd := careline(w, "--database", w.url, "contacts", "import", w.fifo, "--region", "CN")
	cmd.Dir, cmd.Stderr = w.TempDir(), &w.errs
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = cmd.Process.Kill() })
	list, err := os.OpenFile(w.fifo, os.O_WRONLY, 0)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { list.Close() })
	fmt.Fprintln(list, "key,number,name")
	w.write(list, 0, rows)
	return cmd, list
}

// write writes rows. When it returns the import has read all but a few.
func (w *importWorld) write(list *os.File, from, to int) {
	w.Helper()
	var b bytes.Buffer
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "C%06d,138%08d,Customer %d\n", i, i*7, i)
	}
	if _, err := list.Write(b.Bytes()); err != nil {
		w.Errorf("hand rows to the import: %v", err)
	}
}

// ends waits for the import and returns its exit code.
func (w *importWorld) ends(cmd *exec.Cmd) int {
	w.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

const brokenAfter = 12_000 // rows

// TestImportInterrupted: Ctrl-C in the middle of an import leaves nothing of it,
// and it says so.
func TestImportInterrupted(t *testing.T) {
	onBoth(t, func(w *importWorld) {
		cmd, _ := w.begin(brokenAfter)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			w.Fatal(err)
		}
		if code := w.ends(cmd); code != exitFailed || !strings.Contains(w.errs.String(), "nothing was imported") {
			w.Errorf("it exits with %d and says %q; want %d, and that nothing was imported", code, w.errs.String(), exitFailed)
		}
		w.empty("afterwards")
		if n := w.count("imports") + w.count("import_rows"); n > 0 {
			w.Errorf("%d rows are left put aside; want none", n)
		}
	})
}

// TestImportKilled: of an import whose process is killed nothing is seen, and the
// next one removes what it left.
func TestImportKilled(t *testing.T) {
	onBoth(t, func(w *importWorld) {
		cmd, list := w.begin(brokenAfter)
		if err := cmd.Process.Kill(); err != nil {
			w.Fatal(err)
		}
		w.ends(cmd)
		list.Close()
		w.empty("after the kill")
		w.open()
		w.empty("when the database was opened again")
		cmd, list = w.begin(brokenAfter)
		list.Close()
		if code := w.ends(cmd); code != exitDone {
			w.Errorf("the next import exits with %d: %s", code, w.errs.String())
		}
		if c, left := w.count("customers"), w.count("imports")+w.count("import_rows"); c != brokenAfter || left > 0 {
			w.Errorf("%d customers, %d rows put aside; want %d, 0", c, left, brokenAfter)
		}
	})
}

// TestImportKilledLate: an import that was decided on happens, though its process
// is killed while it carries the rows over: the next that opens the database sees
// to it.
func TestImportKilledLate(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t, filepath.Join(t.TempDir(), "careline.db"))
	const rows = 60_000
	cmd, list := w.begin(rows)
	list.Close()
	await(t, 60*time.Second, "the import to carry rows over", func() bool {
		return w.count("customers") > 0
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	w.ends(cmd)
	if n := w.count("imports WHERE decided = 1"); n != 1 {
		t.Fatalf("the import ended before it was killed: %s", w.errs.String())
	}
	if n := w.count("lists"); n > 0 {
		t.Errorf("the list is there before its customers are")
	}
	w.open()
	if c, l, left := w.count("customers"), w.count("lists"), w.count("imports")+w.count("import_rows"); c != rows || l != 1 || left > 0 {
		t.Errorf("%d customers on %d lists, %d rows put aside; want %d, 1, 0", c, l, left, rows)
	}
}
