package phone

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours are a weekly calling window at the called party's place, or several. The
// zero value is any time.
type Hours struct {
	Days    []string `yaml:"days" json:"days,omitempty"` // mon, tue, ..., and holiday: a day that a calendar has off; empty is mon to sun
	From    string   `yaml:"from" json:"from,omitempty"` // 09:00, inclusive; empty is 00:00
	To      string   `yaml:"to" json:"to,omitempty"`     // 20:00, exclusive; empty or 24:00 is midnight
	Windows []Window `yaml:"-" json:"windows,omitempty"` // in place of the three above: it is open in each of these
}

// Window is one of several weekly windows. Its fields are as those of Hours.
type Window struct {
	Days []string `yaml:"days" json:"days,omitempty"`
	From string   `yaml:"from" json:"from,omitempty"`
	To   string   `yaml:"to" json:"to,omitempty"`
}

// Holiday is the day of a window that is open on days that a calendar has off.
const Holiday = "holiday"

const minutesADay = 24 * 60

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

// Any tells whether every time is within the hours.
func (h Hours) Any() bool {
	spans, err := h.spans()
	return err == nil && slices.ContainsFunc(spans, func(s span) bool {
		return s.days&everyDay == everyDay && s.from == 0 && s.to == minutesADay
	})
}

// Check says which field is wrong.
func (h Hours) Check() error {
	_, err := h.spans()
	return err
}

// Contains tells whether t, at the place of its location, is within the hours.
// Hours that Check refuses contain nothing.
func (h Hours) Contains(t time.Time) bool { return h.alone().Contains(t) }

// Next returns the earliest time, t or later, that is within the hours at the
// place of t's location; the zero time if there is none within eight days.
func (h Hours) Next(t time.Time) time.Time { return h.alone().Next(t) }

// ContainsAt tells whether t is within the hours at every one of the places.
func (h Hours) ContainsAt(t time.Time, places []*time.Location) bool {
	return h.alone().ContainsAt(t, places)
}

// NextAt returns the earliest time, t or later, that is within the hours at
// every one of the places; the zero time if there is none within eight days.
func (h Hours) NextAt(t time.Time, places []*time.Location) time.Time {
	return h.alone().NextAt(t, places)
}

// alone is a timetable of nothing but the hours, which is never open where they
// are wrong.
func (h Hours) alone() Timetable {
	spans, err := h.spans()
	if err != nil {
		spans = nil
	}
	return Timetable{gates: []gate{{spans: spans}}}
}

// spans are the windows as Timetable uses them.
func (h Hours) spans() ([]span, error) {
	if len(h.Windows) == 0 {
		s, err := Window{h.Days, h.From, h.To}.span()
		return []span{s}, err
	}
	if len(h.Days) > 0 || h.From != "" || h.To != "" {
		return nil, fmt.Errorf("windows: there are days, from or to beside them")
	}
	spans := make([]span, 0, len(h.Windows))
	for i, w := range h.Windows {
		s, err := w.span()
		if err != nil {
			return nil, fmt.Errorf("window %d: %w", i+1, err)
		}
		spans = append(spans, s)
	}
	return spans, nil
}

func (w Window) span() (span, error) {
	s := span{to: minutesADay}
	for i, day := range w.Days {
		at := slices.Index(weekdays, day)
		if day == Holiday {
			at = holidayBit
		}
		if at < 0 {
			return s, fmt.Errorf("days: %q is not one of mon, tue, wed, thu, fri, sat, sun, holiday", day)
		}
		if slices.Contains(w.Days[:i], day) {
			return s, fmt.Errorf("days: %s is there twice", day)
		}
		s.days |= 1 << at
	}
	if len(w.Days) == 0 {
		s.days = everyDay
	}
	var err error
	if w.From != "" {
		if s.from, err = minute(w.From); err != nil {
			return s, fmt.Errorf("from: %w", err)
		}
	}
	if w.To != "" {
		if s.to, err = minute(w.To); err != nil {
			return s, fmt.Errorf("to: %w", err)
		}
	}
	if s.to <= s.from {
		return s, fmt.Errorf("to: %s is not after from, %s", w.To, w.From)
	}
	return s, nil
}

// minute reads hh:mm as minutes after midnight.
func minute(s string) (int, error) {
	hh, mm, found := strings.Cut(s, ":")
	h, errH := strconv.ParseUint(hh, 10, 8)
	m, errM := strconv.ParseUint(mm, 10, 8)
	if !found || len(hh) != 2 || len(mm) != 2 || errH != nil || errM != nil {
		return 0, fmt.Errorf("%q is not a time of day like 09:00", s)
	}
	if m > 59 || h*60+m > minutesADay {
		return 0, fmt.Errorf("%q is past the end of the day", s)
	}
	return int(h*60 + m), nil
}
