package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// How often progress is shown.
const (
	barEvery   = 100 * time.Millisecond // on a terminal
	lineEvery  = 5 * time.Second        // elsewhere
	gaugeWidth = 30                     // characters
)

// gauge shows how far long work has come: by a bar on a terminal, by a line
// now and then elsewhere. What is done at once shows nothing there.
type gauge struct {
	w     io.Writer // nil: nobody is told
	bar   bool
	what  string // is done: reading my-list.csv
	unit  string // what is counted: rows
	began time.Time
	shown time.Time
	width int // columns of the terminal; 0: not known
	drawn int // columns of the bar that stands
}

// gauge begins to show how work goes on, beside what the command prints.
func (a *app) gauge(what, unit string) *gauge {
	now := time.Now()
	p := &gauge{w: a.err, what: what, unit: unit, began: now, shown: now}
	f, ok := a.err.(*os.File)
	p.bar = ok && term.IsTerminal(int(f.Fd()))
	return p
}

// to shows that n units are done, and which share of the work that is: 0 to 1,
// below 0 when it is not known.
func (p *gauge) to(now time.Time, n int, share float64) {
	every := lineEvery
	if p.bar {
		every = barEvery
	}
	if p.w == nil || now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	if p.bar {
		p.width = cmp.Or(terminalWidth(p.w), p.width)
	}
	text := p.text(now, n, share)
	if !p.bar {
		fmt.Fprintf(p.w, "careline: %s\n", text)
		return
	}
	length := utf8.RuneCountInString(text)
	pad := max(0, p.drawn-length)
	p.drawn = length
	fmt.Fprintf(p.w, "\r%s%s", text, strings.Repeat(" ", pad))
}

// text is what is shown.
func (p *gauge) text(now time.Time, n int, share float64) string {
	took := now.Sub(p.began).Seconds()
	rate := float64(n) / max(took, 0.001)
	text := fmt.Sprintf("%s: %d %s, %.0f a second", p.what, n, p.unit, rate)
	if share < 0 {
		return text
	}
	share = min(share, 1)
	left := ""
	if share > 0 {
		left = ", " + time.Duration(took*(1-share)/share*float64(time.Second)).Round(time.Second).String() + " left"
	}
	if !p.bar {
		return text + fmt.Sprintf(", %.0f %%", 100*share) + left
	}
	return p.drawing(share, fmt.Sprintf("%3.0f %%  %d %s, %.0f a second%s", 100*share, n, p.unit, rate, left))
}

// drawing is a bar with what it says, on one line of the terminal: the bar gives
// way first, then the end of the text.
func (p *gauge) drawing(share float64, says string) string {
	const around = 4 // brackets and blanks
	length := gaugeWidth
	if p.width > 0 {
		length = min(length, p.width-1-around-utf8.RuneCountInString(p.what+says))
	}
	text := p.what + " " + says
	if length >= gaugeWidth/5 {
		full := int(share * float64(length))
		text = fmt.Sprintf("%s [%s%s] %s", p.what, strings.Repeat("#", full), strings.Repeat(".", length-full), says)
	}
	if runes := []rune(text); p.width > 0 && len(runes) >= p.width {
		text = string(runes[:p.width-1])
	}
	return text
}

// next goes on with another part of the work.
func (p *gauge) next(what, unit string) {
	p.end()
	now := time.Now()
	p.what, p.unit, p.began, p.shown = what, unit, now, now
}

// end takes the bar away.
func (p *gauge) end() {
	if p.drawn > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.drawn))
		p.drawn = 0
	}
}
