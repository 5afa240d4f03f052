package main

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// asCommand is set in the environment of a test's binary that shall be the
// careline command, so that a test can run it in a process of its own without
// building it.
const asCommand = "CARELINE_TEST_MAIN"

// leashed is a value of asCommand: the process ends with its standard input,
// and so with the test that started it, however that ends.
const leashed = "leashed"

func TestMain(m *testing.M) {
	switch os.Getenv(asCommand) {
	case "":
		os.Exit(atOnce(m.Run))
	case leashed:
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(exitFailed)
		}()
	}
	main()
}

// leastAtOnce is how many tests run at once on a small machine too, as they wait
// for calls more than they work.
const leastAtOnce = 4

func atOnce(run func() int) int {
	flag.Parse()
	if at := flag.Lookup("test.parallel"); at.Value.String() == at.DefValue && runtime.GOMAXPROCS(0) < leastAtOnce {
		_ = at.Value.Set(strconv.Itoa(leastAtOnce)) // a number is taken
	}
	return run()
}

// careline is a command that runs careline in a process of its own.
func careline(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal("find the test's binary:", err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// await fails the test when something does not appear in time.
func await(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	if !appears(limit, done) {
		t.Fatalf("waited %v for %s", limit, what)
	}
}

// appears looks again and again for something that nobody tells of, and reports
// whether it came in time.
func appears(limit time.Duration, done func() bool) bool {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	late := time.After(limit)
	for !done() {
		select {
		case <-look.C:
		case <-late:
			return false
		}
	}
	return true
}
