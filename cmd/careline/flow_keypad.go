package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// keypad is what a caller in the terminal presses. On a terminal each key
// counts at once, as on a telephone; else a line is what is pressed in one go.
type keypad struct {
	out      io.Writer
	terminal *os.File // nil when the input is none
	typed    chan byte
}

// The bytes that a terminal sends for keys that telephones lack.
const (
	ctrlC     = 3
	ctrlD     = 4
	backspace = 127
)

// newKeypad starts to read in. Its reader ends with in, or with the process.
func newKeypad(in io.Reader, out io.Writer) *keypad {
	k := &keypad{out: out, typed: make(chan byte, 64)}
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		k.terminal = f
	}
	go func() {
		defer close(k.typed)
		one := make([]byte, 1)
		for {
			n, err := in.Read(one)
			if n == 1 {
				k.typed <- one[0]
			}
			if err != nil {
				return
			}
		}
	}()
	return k
}

// ask shows a question and returns what is typed until Enter or, on a terminal,
// until enough says so. It is false when the caller hangs up: the input has
// ended, or ctx has.
func (k *keypad) ask(ctx context.Context, question string, enough func(string) bool) (string, bool) {
	if k.terminal == nil {
		fmt.Fprint(k.out, question)
		line, ok := k.line(ctx)
		fmt.Fprintln(k.out, line)
		return line, ok
	}
	was, err := term.MakeRaw(int(k.terminal.Fd()))
	if err != nil {
		fmt.Fprint(k.out, question)
		return k.line(ctx)
	}
	k.drop()
	fmt.Fprint(k.out, question)
	text, ok := k.keys(ctx, enough)
	_ = term.Restore(int(k.terminal.Fd()), was) // there is nothing to be done about it
	fmt.Fprintln(k.out)
	return text, ok
}

// drop forgets what was typed before the question, as a telephone line does.
func (k *keypad) drop() {
	for len(k.typed) > 0 {
		<-k.typed
	}
}

// next waits for a byte.
func (k *keypad) next(ctx context.Context) (byte, bool) {
	select {
	case b, ok := <-k.typed:
		return b, ok
	case <-ctx.Done():
		return 0, false
	}
}

func (k *keypad) line(ctx context.Context) (string, bool) {
	var line strings.Builder
	for {
		b, ok := k.next(ctx)
		switch {
		case !ok:
			return line.String(), line.Len() > 0 // a last line may lack its end
		case b == '\n':
			return strings.TrimSpace(line.String()), true
		}
		line.WriteByte(b)
	}
}

func (k *keypad) keys(ctx context.Context, enough func(string) bool) (string, bool) {
	text := ""
	for {
		b, ok := k.next(ctx)
		switch {
		case !ok, b == ctrlC, b == ctrlD:
			return text, false
		case b == '\r' || b == '\n':
			return text, true
		case b == backspace && text != "":
			text = text[:len(text)-1]
			fmt.Fprint(k.out, "\b \b")
		case b > ' ' && b < backspace:
			text += string(b)
			fmt.Fprint(k.out, string(b))
		}
		if enough(text) {
			return text, true
		}
	}
}
