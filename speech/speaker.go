package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"careline/audio"
)

// Speaker is a synthesiser.
type Speaker interface {
	// Speak says text and returns it at audio.Rate. Its level does not matter.
	Speak(ctx context.Context, lang, text string) ([]int16, error)
	// Voice names who speaks a language, for the index.
	Voice(lang string) string
}

// The limits of a command.
const (
	maxOutput = 64 << 20        // bytes of WAV
	maxSaid   = 512             // bytes of what it says about an error
	closing   = 2 * time.Second // how long one that is stopped may keep its output open
)

// errTooMuch ends a command that does not stop writing.
var errTooMuch = errors.New("writes too much")

// capped is a buffer that takes so much and no more.
type capped struct {
	buf    bytes.Buffer
	most   int
	silent bool // drop the rest instead of refusing it
}

// Write appends b.
func (c *capped) Write(b []byte) (int, error) {
	room := c.most - c.buf.Len()
	if len(b) > room && !c.silent {
		return 0, errTooMuch
	}
	c.buf.Write(b[:min(room, len(b))])
	return len(b), nil
}

// synthesise runs a command that reads text and writes a WAV file. The error
// quotes what the command says about its failure.
func synthesise(ctx context.Context, command []string, text string) ([]int16, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	out, said := &capped{most: maxOutput}, &capped{most: maxSaid, silent: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = strings.NewReader(text), out, said, closing
	err := cmd.Run()
	complaint := strings.TrimSpace(said.buf.String())
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run %s: %w", command[0], context.Cause(ctx))
	case err != nil && complaint != "":
		return nil, fmt.Errorf("run %s: %w: %s", command[0], err, complaint)
	case err != nil:
		return nil, fmt.Errorf("run %s: %w", command[0], err)
	}
	sound, err := audio.ReadWAV(&out.buf)
	if err != nil {
		return nil, fmt.Errorf("read what %s wrote: %w", command[0], err)
	}
	return sound.Line(), nil
}
