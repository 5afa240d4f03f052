package speech

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Exec speaks by any command that reads text from its standard input and writes
// a WAV file to its standard output.
type Exec struct {
	command []string
}

// NewExec makes a speaker of a command and its arguments. In each argument
// {lang} stands for the language.
func NewExec(command ...string) (*Exec, error) {
	if len(command) == 0 || command[0] == "" {
		return nil, errors.New("speaker exec: no command")
	}
	return &Exec{command: command}, nil
}

// Speak runs the command.
func (e *Exec) Speak(ctx context.Context, lang, text string) ([]int16, error) {
	args := make([]string, len(e.command))
	for i, a := range e.command {
		args[i] = strings.ReplaceAll(a, "{lang}", lang)
	}
	pcm, err := synthesise(ctx, args, text)
	if err != nil {
		return nil, fmt.Errorf("speaker exec: %w", err)
	}
	return pcm, nil
}

// Voice is the command's name and the language.
func (e *Exec) Voice(lang string) string { return "exec " + e.command[0] + " " + lang }
