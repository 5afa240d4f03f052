package phone

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours is a weekly calling window at the called party's place. The zero value
// is any time.
type Hours struct {
	Days []string `yaml:"days" json:"days,omitempty"` // mon, tue, ...; empty is every day
	From string   `yaml:"from" json:"from,omitempty"` // 09:00, inclusive; empty is 00:00
	To   string   `yaml:"to" json:"to,omitempty"`     // 20:00, exclusive; empty or 24:00 is midnight
}

const (
	minutesADay = 24 * 60
	// horizon bounds the search of Next: a window that does not open within
	// eight days opens at one place only while it is shut at another.
	horizon = 8 * 24 * time.Hour
	// shift is more than any clock was ever put forward or back in one go.
	shift = 3 * time.Hour
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

// Any tells whether every time is within the hours.
func (h Hours) Any() bool {
	from, to, err := h.span()
	return err == nil && len(h.Days) == 0 && from == 0 && to == minutesADay
}

// Check says which field is wrong.
func (h Hours) Check() error {
	for i, day := range h.Days {
		if !slices.Contains(weekdays, day) {
			return fmt.Errorf("days: %q is not one of mon, tue, wed, thu, fri, sat, sun", day)
		}
		if slices.Contains(h.Days[:i], day) {
			return fmt.Errorf("days: %s is there twice", day)
		}
	}
	from, to, err := h.span()
	if err != nil {
		return err
	}
	if to <= from {
		return fmt.Errorf("to: %s is not after from, %s", h.To, h.From)
	}
	return nil
}

// span is the window in minutes after midnight.
func (h Hours) span() (from, to int, err error) {
	to = minutesADay
	if h.From != "" {
		if from, err = minute(h.From); err != nil {
			return 0, 0, fmt.Errorf("from: %w", err)
		}
	}
	if h.To != "" {
		if to, err = minute(h.To); err != nil {
			return 0, 0, fmt.Errorf("to: %w", err)
		}
	}
	return from, to, nil
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

// Contains tells whether t, at the place of its location, is within the hours.
// Hours that Check refuses contain nothing.
func (h Hours) Contains(t time.Time) bool {
	from, to, err := h.span()
	if err != nil || !h.on(t.Weekday()) {
		return false
	}
	now := t.Hour()*60 + t.Minute()
	return from <= now && now < to
}

func (h Hours) on(day time.Weekday) bool {
	return len(h.Days) == 0 || slices.Contains(h.Days, weekdays[day])
}

// Next returns the earliest time, t or later, that is within the hours at the
// place of t's location; the zero time if there is none within eight days.
func (h Hours) Next(t time.Time) time.Time {
	if h.Contains(t) {
		return t
	}
	from, _, err := h.span()
	if err != nil {
		return time.Time{}
	}
	for day := range int(horizon/(24*time.Hour)) + 1 {
		opens := time.Date(t.Year(), t.Month(), t.Day()+day, from/60, from%60, 0, 0, t.Location())
		if turns(opens) {
			opens = h.scan(t, opens)
		}
		if opens.After(t) && h.Contains(opens) {
			return opens
		}
	}
	return time.Time{}
}

// turns tells whether the clock is put forward or back around t.
func turns(t time.Time) bool {
	_, before := t.Add(-shift).Zone()
	_, after := t.Add(shift).Zone()
	return before != after
}

// scan looks minute by minute, as a turning clock may skip the opening time or
// show it twice, for the first time after t and around opens that is within the
// hours.
func (h Hours) scan(t, opens time.Time) time.Time {
	at := opens.Add(-shift)
	if at.Before(t) {
		at = t.Truncate(time.Minute).Add(time.Minute)
	}
	for ; at.Before(opens.Add(shift)); at = at.Add(time.Minute) {
		if h.Contains(at) {
			return at
		}
	}
	return opens
}

// ContainsAt tells whether t is within the hours at every one of the places.
func (h Hours) ContainsAt(t time.Time, places []*time.Location) bool {
	for _, place := range places {
		if !h.Contains(t.In(place)) {
			return false
		}
	}
	return true
}

// NextAt returns the earliest time, t or later, that is within the hours at
// every one of the places; the zero time if there is none within eight days.
func (h Hours) NextAt(t time.Time, places []*time.Location) time.Time {
	end := t.Add(horizon)
	for !h.ContainsAt(t, places) {
		for _, place := range places {
			if t = h.Next(t.In(place)); t.IsZero() || t.After(end) {
				return time.Time{}
			}
		}
	}
	return t.UTC()
}
