package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// On a terminal a key counts at once, without Enter, and those pressed before
// a question are dropped.
func TestFlowRunOnTerminal(t *testing.T) {
	keyboard, terminal := openTerminal(t)
	out := &pressing{keyboard: keyboard, keys: map[string]string{
		"If you do not wish": "7", // no answer: asked again
		"Please choose.":     "2",
		"How satisfied":      "1\x7f", // one key is enough: the backspace comes late
	}}
	args := []string{"flow", "run", exampleFlows + "contract-expiry.yaml", "--lang", "en"}
	code := run(t.Context(), args, streams{in: terminal, out: out, err: out})
	for _, want := range []string{"renew: 2 (no)\n", "satisfaction: 1 (dissatisfied)\n", "\nThe flow hung up.\n"} {
		if code != exitDone || !strings.Contains(out.String(), want) {
			t.Errorf("exit %d, and the conversation lacks %q:\n%s", code, want, out)
		}
	}
}

// Ctrl-C hangs up, also where the terminal does not make a signal of it.
func TestFlowRunInterrupted(t *testing.T) {
	keyboard, terminal := openTerminal(t)
	out := &pressing{keyboard: keyboard, keys: map[string]string{"To renew, press 1.": "\x03"}}
	args := []string{"flow", "run", exampleFlows + "contract-expiry.yaml", "--lang", "en"}
	if run(t.Context(), args, streams{in: terminal, out: out, err: out}); !strings.Contains(out.String(), "You hung up at offer.") {
		t.Errorf("the conversation goes on:\n%s", out)
	}
}

// pressing reads the screen and presses keys once it asks for some.
type pressing struct {
	bytes.Buffer
	keyboard io.Writer
	keys     map[string]string // by what is asked
	pending  string
}

func (p *pressing) Write(b []byte) (int, error) {
	for asked, keys := range p.keys {
		if strings.Contains(string(b), asked) {
			p.pending = keys
		}
	}
	if string(b) == "> " {
		_, _ = io.WriteString(p.keyboard, p.pending)
		p.pending = ""
	}
	return p.Buffer.Write(b)
}

// openTerminal opens the two ends of a pseudo-terminal.
func openTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err = unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return keyboard, terminal
}
