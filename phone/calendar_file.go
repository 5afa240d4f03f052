package phone

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// The bounds of what a calendar file may hold.
const (
	mostCalendarText = 256 << 10
	mostYears        = 100
	mostDaysOff      = 5000
)

// calendarFile is a calendar as it is written.
type calendarFile struct {
	Calendar string   `yaml:"calendar"`
	Title    string   `yaml:"title"`
	Source   string   `yaml:"source"`
	Extends  string   `yaml:"extends"` // a calendar that ships, of which this one has all days
	From     string   `yaml:"from"`
	Until    string   `yaml:"until"`
	Days     []dayRow `yaml:"days"`
	Yearly   []yearly `yaml:"yearly"`
}

// dayRow is a day, or several in a row.
type dayRow struct {
	Date string `yaml:"date"`
	To   string `yaml:"to"` // the last one; empty: it is one day
	Name string `yaml:"name"`
	Work bool   `yaml:"work"`
}

var (
	calendarName = regexp.MustCompile(`^[a-z][a-z0-9_-]{1,31}$`)
	goType       = regexp.MustCompile(` in type \S+`)
)

// ParseCalendar reads a calendar file strictly. name is used in errors.
func ParseCalendar(name string, text []byte) (*Calendar, error) {
	c, err := parseCalendar(text, Calendars{}.Named)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// parseCalendar reads a calendar; find finds the one that it extends.
func parseCalendar(text []byte, find func(string) (*Calendar, error)) (*Calendar, error) {
	if len(text) > mostCalendarText {
		return nil, fmt.Errorf("longer than %d bytes", mostCalendarText)
	}
	var f calendarFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return nil, errors.New(goType.ReplaceAllString(err.Error(), " of a calendar"))
	}
	c, err := f.base(find)
	if err != nil {
		return nil, err
	}
	for i, row := range f.Days {
		if err := c.addRow(row); err != nil {
			return nil, fmt.Errorf("days[%d]: %w", i, err)
		}
	}
	for i, y := range f.Yearly {
		if err := y.check(); err != nil {
			return nil, fmt.Errorf("yearly[%d]: %w", i, err)
		}
	}
	c.addYearly(f.Yearly)
	if len(c.days) > mostDaysOff {
		return nil, fmt.Errorf("there are more than %d days", mostDaysOff)
	}
	return c, nil
}

// base is the calendar before its own days are added.
func (f calendarFile) base(find func(string) (*Calendar, error)) (*Calendar, error) {
	if !calendarName.MatchString(f.Calendar) || f.Calendar == "none" {
		return nil, fmt.Errorf("calendar: %q is no name of small letters, digits and dashes, as our-shop", f.Calendar)
	}
	c := &Calendar{Name: f.Calendar, Title: f.Title, Source: f.Source, days: make(map[Date]Day)}
	var err error
	if c.From, err = ParseDate(f.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if c.Until, err = ParseDate(f.Until); err != nil {
		return nil, fmt.Errorf("until: %w, the last day that the calendar knows", err)
	}
	if c.Until < c.From {
		return nil, fmt.Errorf("until: %s is before from, %s", c.Until, c.From)
	}
	if int(c.Until-c.From)/10_000 >= mostYears {
		return nil, fmt.Errorf("until: %s is more than %d years after from", c.Until, mostYears)
	}
	if f.Extends == "" {
		return c, nil
	}
	of, err := find(f.Extends)
	if err != nil {
		return nil, fmt.Errorf("extends: %w", err)
	}
	for date, day := range of.days {
		c.days[date] = day
	}
	c.From, c.Until = min(c.From, of.From), max(c.Until, of.Until)
	return c, nil
}

// addRow adds a day, or several.
func (c *Calendar) addRow(row dayRow) error {
	from, err := ParseDate(row.Date)
	if err != nil {
		return fmt.Errorf("date: %w", err)
	}
	to := from
	if row.To != "" {
		if to, err = ParseDate(row.To); err != nil {
			return fmt.Errorf("to: %w", err)
		}
	}
	switch {
	case row.Name == "":
		return fmt.Errorf("%s has no name", from)
	case from < c.From || to > c.Until:
		return fmt.Errorf("%s is not within from and until", from)
	case to < from:
		return fmt.Errorf("to: %s is before %s", to, from)
	}
	last := to.Start(time.UTC)
	for t := from.Start(time.UTC); !t.After(last); t = t.AddDate(0, 0, 1) {
		if _, there := c.days[DateOf(t)]; there {
			return fmt.Errorf("%s is there twice", DateOf(t))
		}
		c.days[DateOf(t)] = Day{Name: row.Name, Work: row.Work}
	}
	return nil
}
