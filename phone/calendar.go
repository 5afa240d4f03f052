package phone

import (
	"fmt"
	"time"
)

// Calendar tells which days are off at a place, and which days of a weekend are
// worked to make up for them.
type Calendar struct {
	Name   string // as campaigns name it: cn
	Title  string
	Source string
	From   Date // the first day that it knows
	Until  Date // the last one; what comes later is not published, or not entered yet

	days map[Date]Day
}

// Day is what a calendar says of one day.
type Day struct {
	Name string
	Work bool // a day of a weekend that is worked, as mon to fri are
}

// Date is a day of a year as a number, 20261001; the zero value is none.
type Date int32

// DateOf is the day that t is in, at the place of its location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10_000 + int(m)*100 + d)
}

// On returns what the calendar says of a day, if it does.
func (c *Calendar) On(d Date) (Day, bool) {
	day, found := c.days[d]
	return day, found
}

// Calendars are those that campaigns may name. The zero value holds those that
// ship.
type Calendars struct {
	own map[string]*Calendar
}

// Named finds a calendar.
func (c Calendars) Named(name string) (*Calendar, error) {
	if own, found := c.own[name]; found {
		return own, nil
	}
	return nil, fmt.Errorf("there is no calendar %q", name)
}
