package main

import (
	"context"
	_ "embed" // the scenario
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed bench_dial.xml
var benchScenario string

// benchSipp is SIPp, which answers calls and presses a key in each.
type benchSipp struct {
	addr    string // of its SIP
	dir     string
	process *exec.Cmd
	gone    chan struct{} // closed when it has ended
	err     error         // how, once it is
}

// The ports that SIPp has.
const (
	sippPort  = 5062
	sippSound = 42000
	sippTalk  = 8888
)

// startBenchSipp starts it, on an address that it has alone with the service.
func startBenchSipp(a *app, host, dir string, c *benchDialCmd) (*benchSipp, error) {
	path, err := exec.LookPath("sipp")
	if err != nil {
		return nil, fmt.Errorf("find SIPp, which plays those who are called: %w; install it (Debian: sip-tester)", err)
	}
	if err := writeBenchFiles(dir, map[string]string{"bench.xml": benchScenario, "key1.pcap": pcapOfKey(1)}); err != nil {
		return nil, err
	}
	s := &benchSipp{addr: fmt.Sprintf("%s:%d", host, sippPort), dir: dir, gone: make(chan struct{})}
	s.process = exec.CommandContext(a.ctx, path, "-sf", "bench.xml", "-i", host, "-p", strconv.Itoa(sippPort), "-bind_local",
		"-mi", host, "-mp", strconv.Itoa(sippSound), "-ci", host, "-cp", strconv.Itoa(sippTalk), "-nostdin",
		"-m", strconv.Itoa(c.contacts()), "-timeout", fmt.Sprintf("%.0fs", c.patience().Seconds()), "-buff_size", "4000000",
		"-trace_stat", "-stf", "stat.csv", "-trace_err", "-error_file", "errors.log")
	s.process.Dir = dir
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("start SIPp: %w", err)
	}
	go func() {
		s.err = s.process.Wait()
		close(s.gone)
	}()
	return s, nil
}

// rest waits until it has ended, as it does after the last call. When it does not
// it is told to.
func (s *benchSipp) rest(ctx context.Context, limit time.Duration) {
	select {
	case <-s.gone:
		return
	case <-time.After(limit):
	case <-ctx.Done():
	}
	_ = s.process.Process.Signal(syscall.SIGUSR1) // it writes its figures down
	select {
	case <-s.gone:
	case <-time.After(limit):
		s.stop()
	}
}

func (s *benchSipp) stop() {
	if s == nil {
		return
	}
	_ = s.process.Process.Kill() // or it has ended
	<-s.gone
}

// figures are the last line of its own.
func (s *benchSipp) figures() (map[string]int, error) {
	f, err := os.Open(filepath.Join(s.dir, "stat.csv"))
	if err != nil {
		return nil, s.complain(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = ';', -1, true
	head, err := r.Read()
	if err != nil {
		return nil, s.complain(err)
	}
	names := append([]string(nil), head...)
	list := make(map[string]int)
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, s.complain(err)
		}
		for i, text := range line[:min(len(line), len(names))] {
			if n, err := strconv.Atoi(text); err == nil {
				list[names[i]] = n
			}
		}
	}
	if _, some := list["IncomingCall(C)"]; !some {
		return nil, s.complain(errors.New("they do not say how many calls came in"))
	}
	return list, nil
}

// complain adds what SIPp says of itself to an error.
func (s *benchSipp) complain(err error) error {
	text, bad := os.ReadFile(filepath.Join(s.dir, "errors.log"))
	if bad != nil && !errors.Is(bad, fs.ErrNotExist) {
		return errors.Join(err, bad)
	}
	said := strings.TrimSpace(string(text))
	return fmt.Errorf("read SIPp's figures: %w %s", errors.Join(err, s.err), said[:min(len(said), 500)])
}
