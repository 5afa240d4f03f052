package phone

import (
	"time"
)

const (
	everyDay   = 1<<7 - 1                         // sun to sat, as bits of time.Weekday
	workdays   = 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 // mon to fri
	holidayBit = 7                                // after those of the weekdays
	week       = 8 * 24 * time.Hour               // within which a weekly window opens, or never
	longRest   = 40 * 24 * time.Hour              // longer than any run of holidays and weekends
	shift      = 3 * time.Hour                    // more than any clock was ever put forward or back in one go
)

// Timetable tells when calls are permitted: within all hours that it was made
// of, at every place that is named, and not on days off. The zero value is any
// time.
type Timetable struct {
	gates     []gate
	calendars []*Calendar
}

// gate is open within any of its spans.
type gate struct {
	spans    []span
	holidays bool // closed on days off, as far as no span names them
}

// span is a window of a day, in minutes after midnight.
type span struct {
	days     uint8 // bits of time.Weekday, and holidayBit
	from, to int
}

// NewTimetable makes a timetable of hours that rest on the days off of all the
// calendars.
func NewTimetable(h Hours, calendars ...*Calendar) (Timetable, error) {
	spans, err := h.spans()
	if err != nil {
		return Timetable{}, err
	}
	t := Timetable{calendars: calendars}
	if len(calendars) > 0 || !h.Any() {
		t.gates = []gate{{spans: spans, holidays: true}}
	}
	return t, nil
}

// Within returns the timetable narrowed to hours that hold on every day alike,
// days off too, such as those of a law.
func (t Timetable) Within(h Hours) (Timetable, error) {
	spans, err := h.spans()
	if err != nil {
		return Timetable{}, err
	}
	if !h.Any() {
		t.gates = append(t.gates[:len(t.gates):len(t.gates)], gate{spans: spans})
	}
	return t, nil
}

// Any tells whether every time is permitted.
func (t Timetable) Any() bool { return len(t.gates) == 0 }

// Contains tells whether a call is permitted at the place of at's location.
func (t Timetable) Contains(at time.Time) bool {
	for i := range t.gates {
		if !t.open(&t.gates[i], at) {
			return false
		}
	}
	return true
}

// ContainsAt tells whether a call is permitted at every one of the places.
func (t Timetable) ContainsAt(at time.Time, places []*time.Location) bool {
	for _, place := range places {
		if !t.Contains(at.In(place)) {
			return false
		}
	}
	return true
}

// Next returns the earliest time, at or later, that is permitted at the place of
// its location; the zero time if there is none within eight days, or within 40
// where there are calendars.
func (t Timetable) Next(at time.Time) time.Time {
	return t.next(at, []*time.Location{at.Location()})
}

// NextAt is Next at every one of the places, in UTC.
func (t Timetable) NextAt(at time.Time, places []*time.Location) time.Time {
	next := t.next(at, places)
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

func (t Timetable) next(at time.Time, places []*time.Location) time.Time {
	end := at.Add(t.horizon())
	for !t.ContainsAt(at, places) {
		for _, place := range places {
			for i := range t.gates {
				if at = t.opens(&t.gates[i], at.In(place), end); at.IsZero() || at.After(end) {
					return time.Time{}
				}
			}
		}
	}
	return at
}

func (t Timetable) horizon() time.Duration {
	if len(t.calendars) > 0 {
		return longRest
	}
	return week
}

// DayOff names the day off that at is in, at the place of its location; empty
// if it is in none.
func (t Timetable) DayOff(at time.Time) string {
	date := DateOf(at)
	for _, c := range t.calendars {
		if day, found := c.On(date); found && !day.Work {
			return day.Name
		}
	}
	return ""
}

// open tells whether a gate is open at a time, at the place of its location.
func (t Timetable) open(g *gate, at time.Time) bool {
	kind := t.kind(g, at)
	now := at.Hour()*60 + at.Minute()
	for _, s := range g.spans {
		if s.on(kind) && s.from <= now && now < s.to {
			return true
		}
	}
	return false
}

// kind is what a day is to a gate: its weekday, a day off, or one that stands for
// every workday.
func (t Timetable) kind(g *gate, at time.Time) uint8 {
	kind := uint8(1) << at.Weekday()
	if !g.holidays {
		return kind
	}
	date := DateOf(at)
	for _, c := range t.calendars {
		day, found := c.On(date)
		switch {
		case found && !day.Work:
			return 1 << holidayBit
		case found:
			kind = workdays
		}
	}
	return kind
}

func (s span) on(kind uint8) bool { return s.days&kind == kind }

// opens returns the earliest time, at or later, at which a gate is open at the
// place of at's location; the zero time if there is none before end.
func (t Timetable) opens(g *gate, at, end time.Time) time.Time {
	if t.open(g, at) {
		return at
	}
	y, m, d := at.Date()
	for day := 0; ; day++ {
		noon := time.Date(y, m, d+day, 12, 0, 0, 0, at.Location()) // no clock is turned then
		if noon.Add(-12 * time.Hour).After(end) {
			return time.Time{}
		}
		if opens := t.opensOn(g, noon, at); !opens.IsZero() {
			return opens
		}
	}
}

// opensOn returns when a gate opens after a time on the day of noon.
func (t Timetable) opensOn(g *gate, noon, after time.Time) time.Time {
	var first time.Time
	kind := t.kind(g, noon)
	for _, s := range g.spans {
		if !s.on(kind) {
			continue
		}
		y, m, d := noon.Date()
		opens := time.Date(y, m, d, s.from/60, s.from%60, 0, 0, noon.Location())
		if turns(opens) {
			opens = t.scan(g, after, opens)
		}
		if opens.After(after) && t.open(g, opens) && (first.IsZero() || opens.Before(first)) {
			first = opens
		}
	}
	return first
}

// turns tells whether the clock is put forward or back around t.
func turns(t time.Time) bool {
	_, before := t.Add(-shift).Zone()
	_, after := t.Add(shift).Zone()
	return before != after
}

// scan looks minute by minute, as a turning clock may skip the opening time or
// show it twice, for the first time after another and around opens at which the
// gate is open.
func (t Timetable) scan(g *gate, after, opens time.Time) time.Time {
	at := opens.Add(-shift)
	if at.Before(after) {
		at = after.Truncate(time.Minute).Add(time.Minute)
	}
	for ; at.Before(opens.Add(shift)); at = at.Add(time.Minute) {
		if t.open(g, at) {
			return at
		}
	}
	return opens
}
