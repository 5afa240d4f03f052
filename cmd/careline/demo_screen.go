package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"careline/campaigns"
	"careline/dialer"
	"careline/sim/people"
)

// screen shows a demonstration as it goes: a picture on a terminal, lines
// elsewhere.
type screen struct {
	out      io.Writer
	d        *demo
	terminal int // file descriptor; below 0: lines

	mu     sync.Mutex
	events []string // the last ones, oldest first
	topics []campaigns.Campaign
}

// Bounds of the picture.
const (
	refresh    = 500 * time.Millisecond
	plainEvery = 5 * time.Second
	keptEvents = 60
)

func newScreen(out io.Writer, plain bool, d *demo) *screen {
	s := &screen{out: out, d: d, terminal: -1}
	if f, ok := out.(*os.File); ok && !plain && term.IsTerminal(int(f.Fd())) {
		s.terminal = int(f.Fd())
	}
	return s
}

// started notes a campaign to be shown.
func (s *screen) started(c campaigns.Campaign) {
	s.mu.Lock()
	s.topics = append(s.topics, c)
	s.mu.Unlock()
	s.say("%s: the campaign starts", c.Name)
}

// dialed notes what the dialer did.
func (s *screen) dialed(e dialer.Event) {
	if s == nil || e.Kind != dialer.Ended {
		return
	}
	what := string(e.Disposition)
	if e.Disposition == campaigns.Answered {
		what = "the call is over"
	}
	s.say("%s: %s", e.Number, what)
}

// noted notes what the people did.
func (d *demo) noted(e people.Entry) {
	s := d.screen
	if s == nil {
		return
	}
	switch e.Kind {
	case people.KindKey:
		s.say("%s pressed %s at %s", e.Who, e.Key, e.Label)
	case people.KindPlaced:
		s.say("%s calls %s", e.Who, e.To)
	case people.KindVoice:
		s.say("%s hears %s", e.Who, e.Voice)
	case people.KindAnswered:
		s.say("%s: the call is answered", e.Who)
	default: // the diary has it
	}
}

// say adds an event.
func (s *screen) say(format string, args ...any) {
	line := fmt.Sprintf("%s  %s", clock(time.Since(s.d.began)), fmt.Sprintf(format, args...))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, line)
	if over := len(s.events) - keptEvents; over > 0 {
		s.events = s.events[over:]
	}
	if s.terminal < 0 {
		fmt.Fprintln(s.out, line)
	}
}

// clock writes a span as minutes and seconds.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// run draws until ctx ends.
func (s *screen) run(ctx context.Context) error {
	every := refresh
	if s.terminal < 0 {
		every = plainEvery
	} else {
		fmt.Fprint(s.out, "\x1b[?1049h\x1b[?25l")       // a page of its own, without a cursor
		defer fmt.Fprint(s.out, "\x1b[?25h\x1b[?1049l") // back to where we were
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.draw(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("draw the progress: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// draw shows the state once.
func (s *screen) draw(ctx context.Context) error {
	p, err := s.picture(ctx)
	if err != nil {
		return err
	}
	if s.terminal < 0 {
		fmt.Fprintf(s.out, "%s  %s\n", clock(time.Since(s.d.began)), p.line())
		return nil
	}
	width, height, err := term.GetSize(s.terminal)
	if err != nil || width < 20 || height < 6 {
		width, height = 80, 24
	}
	s.mu.Lock()
	figures, last := p.lines(width, height, s.events)
	s.mu.Unlock()
	_, err = io.WriteString(s.out, painted(figures, last))
	return err
}

// painted puts the picture over the one before: the head in bold, the events
// dim.
func painted(figures, last []string) string {
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, l := range append(figures, last...) {
		style := ""
		switch {
		case i == 0:
			style = "\x1b[1m"
		case i >= len(figures):
			style = "\x1b[2m"
		default: // as it is
		}
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(style + l + "\x1b[0m\x1b[K")
	}
	b.WriteString("\x1b[J")
	return b.String()
}
