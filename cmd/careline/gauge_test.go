package main

import (
	"strings"
	"testing"
	"time"
)

func TestGauge(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(0, 0).Add(time.Duration(s * float64(time.Second))) }
	show := func(bar bool) string {
		var out strings.Builder
		g := &gauge{w: &out, bar: bar, what: "reading list.csv", unit: "rows", began: at(0), shown: at(0)}
		g.to(at(0.05), 10, 0.01) // too soon
		g.to(at(6), 60_000, 0.25)
		g.to(at(6.05), 61_000, 0.26) // too soon
		g.to(at(12), 90_000, -1)     // nobody knows how long the file is
		g.end()
		return out.String()
	}
	want := "careline: reading list.csv: 60000 rows, 10000 a second, 25 %, 18s left\n" +
		"careline: reading list.csv: 90000 rows, 7500 a second\n"
	if got := show(false); got != want {
		t.Errorf("lines:\n%swant:\n%s", got, want)
	}
	bar := "reading list.csv [#######.......................]  25 %  60000 rows, 10000 a second, 18s left"
	line := "reading list.csv: 90000 rows, 7500 a second"
	want = "\r" + bar + "\r" + line + strings.Repeat(" ", len(bar)-len(line)) + "\r" + strings.Repeat(" ", len(line)) + "\r"
	if got := show(true); got != want {
		t.Errorf("bar: %q\nwant %q", got, want)
	}
}

// A bar is one line of the terminal, or each time it is drawn another one stays.
func TestGaugeFitsTheTerminal(t *testing.T) {
	now := time.Unix(6, 0)
	for _, width := range []int{20, 40, 80, 200} {
		g := &gauge{w: &strings.Builder{}, bar: true, width: width, what: "storing customers", unit: "rows", began: time.Unix(0, 0)}
		text := g.text(now, 250_000, 0.5)
		if n := len([]rune(text)); n >= width {
			t.Errorf("%d of %d columns: %s", n, width, text)
		}
		if drawn := strings.Contains(text, "[") && strings.Contains(text, "6s left"); drawn != (width >= 80) {
			t.Errorf("on %d columns: %s", width, text)
		}
	}
}
