package phone

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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

// On returns what the calendar says of a day, if it does.
func (c *Calendar) On(d Date) (Day, bool) {
	day, found := c.days[d]
	return day, found
}

// Dates lists the days that the calendar says something of, in their order.
func (c *Calendar) Dates() []Date { return slices.Sorted(maps.Keys(c.days)) }

// Date is a day of a year as a number, 20261001; the zero value is none.
type Date int32

// DateOf is the day that t is in, at the place of its location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10_000 + int(m)*100 + d)
}

// errDate is why a day cannot be read.
var errDate = errors.New("not a day like 2026-10-01")

// ParseDate reads 2026-10-01.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", s, errDate)
	}
	return DateOf(t), nil
}

// Start is midnight of the day at a place.
func (d Date) Start(place *time.Location) time.Time {
	return time.Date(int(d)/10_000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, place)
}

// String writes 2026-10-01.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", int(d)/10_000, int(d)/100%100, int(d)%100)
}
