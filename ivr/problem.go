package ivr

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is the cause of every refusal of a flow file.
var ErrInvalid = errors.New("flow file is not valid")

// Problem is one thing that is wrong, or doubtful, in a flow file.
type Problem struct { //nolint:errname // it is an entry of a report first, and an error besides
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Warning bool   `json:"warning,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do about it
}

// Error gives the problem as compilers do: file:line:column: message.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Is lets callers ask for ErrInvalid.
func (p Problem) Is(target error) bool { return target == ErrInvalid && !p.Warning }

// Problems is all that was found in a flow file, in the order of its lines.
type Problems []Problem //nolint:errname // as Problem

// Error gives one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}
