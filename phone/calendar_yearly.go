package phone

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// yearly is a day off of each year: of a month and day, the nth of a weekday in
// a month, or so many days after Easter Sunday.
type yearly struct {
	Name     string `yaml:"name"`
	Month    int    `yaml:"month"`
	Day      int    `yaml:"day"`
	Weekday  string `yaml:"weekday"`
	Nth      int    `yaml:"nth"` // 1 is the first, -1 the last
	Easter   *int   `yaml:"easter"`
	Observed string `yaml:"observed"` // where it is on a weekend: nearest, next, or empty
}

// How a day off on a weekend is observed beside it.
const (
	observedNearest = "nearest" // Saturday's on Friday, Sunday's on Monday
	observedNext    = "next"    // on the next weekday that is not off
)

func (y yearly) check() error {
	ways := 0
	for _, way := range []bool{y.Day != 0, y.Weekday != "", y.Easter != nil} {
		if way {
			ways++
		}
	}
	switch {
	case y.Name == "":
		return errors.New("name: is missing")
	case ways != 1:
		return fmt.Errorf("%s: write month and day, or month, weekday and nth, or easter", y.Name)
	case y.Easter != nil && (*y.Easter < -100 || *y.Easter > 100 || y.Month != 0 || y.Nth != 0):
		return fmt.Errorf("%s: easter: days after Easter Sunday, from -100 to 100, and no month", y.Name)
	case y.Easter == nil && (y.Month < 1 || y.Month > 12):
		return fmt.Errorf("%s: month: %d is not from 1 to 12", y.Name, y.Month)
	case y.Day != 0 && (y.Day < 1 || y.Day > 31 || y.Nth != 0):
		return fmt.Errorf("%s: day: %d is not from 1 to 31, or there is nth beside it", y.Name, y.Day)
	case y.Weekday != "" && (!slices.Contains(weekdays, y.Weekday) || y.Nth == 0 || y.Nth < -4 || y.Nth > 4):
		return fmt.Errorf("%s: weekday is one of mon to sun, and nth from 1 to 4 or -1 to -4", y.Name)
	case y.Observed != "" && y.Observed != observedNearest && y.Observed != observedNext:
		return fmt.Errorf("%s: observed: %q is neither nearest nor next", y.Name, y.Observed)
	}
	return nil
}

// in is the day of a year.
func (y yearly) in(year int) time.Time {
	switch {
	case y.Easter != nil:
		return easter(year).AddDate(0, 0, *y.Easter)
	case y.Day != 0:
		return time.Date(year, time.Month(y.Month), y.Day, 0, 0, 0, 0, time.UTC)
	}
	want := time.Weekday(slices.Index(weekdays, y.Weekday))
	if y.Nth > 0 {
		first := time.Date(year, time.Month(y.Month), 1, 0, 0, 0, 0, time.UTC)
		return first.AddDate(0, 0, int(want-first.Weekday()+7)%7+7*(y.Nth-1))
	}
	last := time.Date(year, time.Month(y.Month)+1, 0, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()-want+7)%7+7*(y.Nth+1))
}

// addYearly adds the days off of each year that the calendar knows, and those on
// which they are observed.
func (c *Calendar) addYearly(list []yearly) {
	type off struct {
		yearly
		at time.Time
	}
	var days []off
	for year := int(c.From)/10_000 - 1; year <= int(c.Until)/10_000+1; year++ {
		for _, y := range list {
			days = append(days, off{y, y.in(year)})
		}
	}
	for _, d := range days {
		c.put(d.at, d.Name)
	}
	slices.SortStableFunc(days, func(a, b off) int { return a.at.Compare(b.at) })
	for _, d := range days {
		if at := c.observed(d.at, d.Observed); !at.Equal(d.at) {
			c.put(at, d.Name+", observed")
		}
	}
}

// put adds a day off where the calendar knows its day and says nothing of it.
func (c *Calendar) put(t time.Time, name string) {
	date := DateOf(t)
	if _, there := c.days[date]; !there && date >= c.From && date <= c.Until {
		c.days[date] = Day{Name: name}
	}
}

// observed is the day on which a day off is kept; that day itself on weekdays.
func (c *Calendar) observed(t time.Time, how string) time.Time {
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	switch {
	case !weekend || how == "":
		return t
	case how == observedNearest && t.Weekday() == time.Saturday:
		return t.AddDate(0, 0, -1)
	case how == observedNearest:
		return t.AddDate(0, 0, 1)
	}
	for at := t.AddDate(0, 0, 1); ; at = at.AddDate(0, 0, 1) {
		_, off := c.days[DateOf(at)]
		if !off && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			return at
		}
	}
}

// easter is Easter Sunday of the Gregorian calendar (Meeus, Astronomical
// Algorithms, ch. 8).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
