package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq" // the driver by which the server is asked whether it is up
)

// Server is a PostgreSQL server in a temporary folder, reached by a socket in
// that folder.
type Server struct {
	bin    string // where its programs are
	folder string
	fsync  bool
	as     *syscall.Credential // whom it runs as; nil: as we do

	keeper *exec.Cmd      // the shell that ends the server when we end
	hold   io.WriteCloser // its input: closed, by us or by our death, it ends

	once     sync.Once
	prepared error

	mu   sync.Mutex
	free []string // databases that tests were through with
}

// newServer makes a server and starts it.
func newServer(ctx context.Context, fsync bool) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("/tmp", "careline-pg-") // a socket's path must be short
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, folder: folder, fsync: fsync}
	if err := s.giveAway(); err != nil {
		return nil, err
	}
	init := s.command(filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, s.start(ctx)
}

// programs finds PostgreSQL as Debian installs it, or on the path.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1]), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL is installed: apt-get install postgresql")
	}
	return filepath.Dir(initdb), nil
}

// giveAway makes the folder another user's when we are root, as whom the server
// refuses to run.
func (s *Server) giveAway() error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.folder, int(uid), int(gid))
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return cmd
}

// keep is the shell's part: it runs the server until its input ends, which it
// does when the test's process is gone, and then removes the folder.
const keep = `
"$@" >server.log 2>&1 </dev/null &
echo $! >server.pid
cat >/dev/null
kill -INT $(cat server.pid)
wait
test -e again || rm -rf "$PWD"
`

// start starts the server and waits until it answers.
func (s *Server) start(ctx context.Context) error {
	fsync := "off"
	if s.fsync {
		fsync = "on"
	}
	s.keeper = s.command("/bin/sh", "-c", keep, "keep", filepath.Join(s.bin, "postgres"), "-D", s.data(),
		"-k", s.folder, "-c", "listen_addresses=", "-c", "fsync="+fsync, "-c", "full_page_writes="+fsync,
		"-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0")
	var err error
	if s.hold, err = s.keeper.StdinPipe(); err != nil {
		return err
	}
	if err := s.keeper.Start(); err != nil {
		return err
	}
	return s.await(ctx)
}

// await asks the server until it answers.
func (s *Server) await(ctx context.Context) error {
	db, err := sqlx.Open("postgres", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.folder, "server.log"))
			return fmt.Errorf("%w: %s", err, log)
		}
	}
}

// end ends the server for good.
func (s *Server) end() {
	s.hold.Close()
	s.keeper.Wait()
}

// Stop kills the server, as a crash would. Start starts it again.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, "again"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGKILL)
	s.end()
}

// Start starts a server that was stopped.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.folder, "again")); err != nil {
		t.Fatal(err)
	}
	if err := s.start(t.Context()); err != nil {
		t.Fatal("start PostgreSQL again:", err)
	}
}

// Freeze stops the server from answering; it stays there. Thaw lets it go on.
func (s *Server) Freeze(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGSTOP)
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw(t testing.TB) {
	t.Helper()
	s.signal(t, syscall.SIGCONT)
}

// signal sends to all of the server's processes.
func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	for _, pid := range s.processes(t) {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("signal process %d of PostgreSQL: %v", pid, err)
		}
	}
}

// processes lists the server's process, first, and its children.
func (s *Server) processes(t testing.TB) []int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, "server.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		t.Fatal("list processes:", err)
	}
	pids := []int{pid}
	for line := range strings.Lines(string(out)) {
		var child, parent int
		if _, err := fmt.Sscan(line, &child, &parent); err == nil && parent == pid {
			pids = append(pids, child)
		}
	}
	return pids
}
