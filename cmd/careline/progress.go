package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// workBar shows on a terminal how far long work has come; elsewhere it is silent.
type workBar struct {
	out   io.Writer // nil: it is silent
	what  string
	total int // 0: it is not known
	drawn time.Time
}

// How a bar looks.
const (
	barCells = 30
	barPause = 100 * time.Millisecond
)

// newWorkBar shows work on total things.
func newWorkBar(out io.Writer, what string, total int) *workBar {
	b := &workBar{what: what, total: total}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.out = out
	}
	return b
}

// at shows that so many are done.
func (b *workBar) at(done int) {
	now := time.Now()
	if b.out == nil || now.Sub(b.drawn) < barPause && done < b.total {
		return
	}
	b.drawn = now
	fmt.Fprint(b.out, "\r"+b.draw(done)+"\x1b[K")
}

func (b *workBar) draw(done int) string {
	if b.total <= 0 {
		return fmt.Sprintf("%s: %d", b.what, done)
	}
	full := min(done, b.total) * barCells / b.total
	return fmt.Sprintf("%s [%s%s] %d of %d", b.what, strings.Repeat("#", full), strings.Repeat(".", barCells-full), done, b.total)
}

// end clears the bar away.
func (b *workBar) end() {
	if b.out != nil {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}
