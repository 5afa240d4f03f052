package main

import (
	"io"
	"os"
	"os/exec"
	"testing"
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
		os.Exit(m.Run())
	case leashed:
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(exitFailed)
		}()
	}
	main()
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
