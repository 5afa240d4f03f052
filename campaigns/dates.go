package campaigns

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"careline/phone"
)

// dates reads the columns that hold a time. A date without one is where the
// customer is: consent was given as it began, and what expires does so as it
// ends. at is the column of an error.
func (l *ListReader) dates(c *Customer, record []string) (at int, err error) {
	for i, column := range l.columns {
		text := strings.TrimSpace(record[i])
		if text == "" {
			continue
		}
		switch column.field {
		case fieldConsentAt:
			c.ConsentAt, err = l.date(*c, text, 0)
		case fieldExpires:
			c.Expires, err = l.date(*c, text, 1)
		}
		if err != nil {
			return i, err
		}
	}
	return 0, nil
}

// date reads a time in RFC 3339, or the beginning of a day and so many days
// later. Where the customer may be in several zones it is the earliest.
func (l *ListReader) date(c Customer, text string, days int) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, strings.ReplaceAll(text, "/", "-"))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a date like 2026-12-31, nor a time like 2026-12-31T18:00:00+08:00", text)
	}
	zones := []string{c.Zone}
	if c.Zone == "" {
		zones = phone.Zones(c.Number)
	}
	places, err := phone.Locations(zones, cmp.Or(l.options.Zone, "UTC"))
	if err != nil {
		return time.Time{}, err
	}
	var first time.Time
	for _, place := range places {
		begins := time.Date(day.Year(), day.Month(), day.Day()+days, 0, 0, 0, 0, place).UTC()
		if first.IsZero() || begins.Before(first) {
			first = begins
		}
	}
	return first, nil
}
