package trace

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Leg is one call as a ladder shows it: its messages with one other party.
type Leg struct {
	Party string // who is at the other end
	Log   Log
}

// How wide the parts of a ladder are, in characters.
const (
	timeWidth  = 9
	leastWidth = 80
	leastSpan  = 22
	mostSpan   = 40
	leastNote  = 16
)

// ladder is one that is being drawn.
type ladder struct {
	w     io.Writer
	start time.Time
	span  int // between two parties
	note  int // beside them
	spans int
}

// step is one line of a ladder: a message, or a gap.
type step struct {
	Message
	leg     int
	omitted int
}

// WriteLadder draws the messages of a call's legs, each an arrow between careline
// and the leg's party, in at most width characters; less than 80 is 80. The
// first party stands on the left, careline beside it, then the others.
func WriteLadder(w io.Writer, legs []Leg, width int) error {
	steps := stepsOf(legs)
	if len(steps) == 0 {
		_, err := fmt.Fprintln(w, "No messages were kept.")
		return err
	}
	width = max(width, leastWidth)
	l := &ladder{w: w, start: steps[0].At, spans: len(legs)}
	l.span = min(max((width-timeWidth-3-leastNote)/len(legs)-1, leastSpan), mostSpan)
	l.note = max(width-timeWidth-3-len(legs)*(l.span+1), leastNote)
	if err := l.names(legs); err != nil {
		return err
	}
	for _, s := range steps {
		if err := l.draw(s); err != nil {
			return err
		}
	}
	return nil
}

// stepsOf merges the messages of all legs.
func stepsOf(legs []Leg) []step {
	var all []step
	for i, leg := range legs {
		for n, m := range leg.Log.Messages {
			s := step{Message: m, leg: i}
			if leg.Log.Omitted > 0 && n == leg.Log.Gap {
				s.omitted = leg.Log.Omitted
			}
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b step) int { return a.At.Compare(b.At) })
	return all
}

// names writes the parties over their lines.
func (l *ladder) names(legs []Leg) error {
	row := make([]string, 0, len(legs)+1)
	row = append(row, legs[0].Party, "careline")
	for _, leg := range legs[1:] {
		row = append(row, leg.Party)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", timeWidth))
	for _, name := range row[:len(row)-1] {
		b.WriteString(fit(name, l.span+1))
	}
	b.WriteString(row[len(row)-1])
	return l.line(b.String())
}

// draw draws one message, with what is to be said of it.
func (l *ladder) draw(s step) error {
	if s.omitted > 0 {
		if err := l.line(fit("", timeWidth) + l.rails(fmt.Sprintf("%d messages left out", s.omitted))); err != nil {
			return err
		}
	}
	notes := wrap(plain(remarks(s.Message)), l.note)
	head := fmt.Sprintf("%*.3f  ", timeWidth-2, s.At.Sub(l.start).Seconds())
	first := ""
	if len(notes) > 0 {
		first, notes = notes[0], notes[1:]
	}
	if err := l.line(head + l.arrow(s) + "  " + first); err != nil {
		return err
	}
	for _, n := range notes {
		if err := l.line(fit("", timeWidth) + l.rails(n)); err != nil {
			return err
		}
	}
	return nil
}

// rails are the lines of the parties, with a note beside them.
func (l *ladder) rails(note string) string {
	return "|" + strings.Repeat(strings.Repeat(" ", l.span)+"|", l.spans) + "  " + note
}

// arrow draws a message between its parties.
func (l *ladder) arrow(s step) string {
	label := plain(s.Title())
	if n := len(s.Again); n > 0 {
		label += fmt.Sprintf(" x%d", n+1)
	}
	right := s.Sent // careline is on the right of the first party, and on the left of all others
	from := s.leg
	to := from + 1
	if s.leg == 0 {
		right = !s.Sent
	} else {
		from = 1
	}
	crossed := (to-from)*(l.span+1) - 1
	var b strings.Builder
	b.WriteString("|")
	for range from {
		b.WriteString(strings.Repeat(" ", l.span) + "|")
	}
	b.WriteString(shaft(label, crossed, right) + "|")
	for range l.spans - to {
		b.WriteString(strings.Repeat(" ", l.span) + "|")
	}
	return b.String()
}

// shaft is an arrow with a label in its middle.
func shaft(label string, width int, right bool) string {
	label = " " + clip(label, width-5) + " "
	dashes := width - 1 - utf8.RuneCountInString(label)
	left := strings.Repeat("-", dashes/2)
	rest := strings.Repeat("-", dashes-dashes/2)
	if right {
		return left + label + rest + ">"
	}
	return "<" + rest + label + left
}

// line writes a line without blanks at its end.
func (l *ladder) line(text string) error {
	_, err := fmt.Fprintln(l.w, strings.TrimRight(text, " "))
	return err
}

// remarks are what is worth saying of a message beside its title.
func remarks(m Message) string {
	var parts []string
	add := func(format string, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	if strings.HasPrefix(strings.ToLower(m.Header("Content-Type")), "application/sdp") {
		add("%s", sound(m.Body()))
	}
	add("%s", strings.ReplaceAll(m.Header("Reason"), ";", "; "))
	add("to %s", m.Header("Refer-To"))
	add("replaces %s", m.Header("Replaces"))
	if strings.HasPrefix(strings.ToLower(m.Header("Content-Type")), "message/sipfrag") {
		first, _, _ := strings.Cut(string(m.Body()), "\n")
		add("%s", strings.TrimSpace(first))
	}
	status := m.Status()
	if status >= 300 && status < 400 {
		add("to %s", m.Header("Contact"))
	}
	add("retry after %s s", m.Header("Retry-After"))
	if status > 100 && status < 200 && m.Header("RSeq") != "" {
		add("%s", "reliable")
	}
	if m.Header("Authorization")+m.Header("Proxy-Authorization") != "" {
		add("%s", "with credentials")
	}
	return strings.Join(parts, "; ")
}

// plain is a text from the network as a terminal may be given it: without what
// would move its cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, strings.ToValidUTF8(s, "."))
}

// wrap breaks a text, at blanks where it can, into lines of at most width
// characters.
func wrap(text string, width int) []string {
	var lines []string
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if r := []rune(word); len(r) > width {
			word = string(r[:width])
			words = slices.Insert(words, i+1, string(r[width:]))
		}
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// clip shortens a text that is too long.
func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// fit makes a text exactly width characters long.
func fit(text string, width int) string {
	text = clip(text, width-1)
	return text + strings.Repeat(" ", width-utf8.RuneCountInString(text))
}
