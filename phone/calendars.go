package phone

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed calendars/*.yaml
var calendarFiles embed.FS

// shippedCalendars are read once. That each can be is tested.
var shippedCalendars = sync.OnceValue(func() map[string]*Calendar {
	all := make(map[string]*Calendar)
	files, err := fs.Glob(calendarFiles, "calendars/*.yaml")
	if err != nil {
		return all
	}
	for _, file := range files {
		text, err := calendarFiles.ReadFile(file)
		if err != nil {
			continue
		}
		if c, err := parseCalendar(text, noCalendar); err == nil {
			all[c.Name] = c
		}
	}
	return all
})

// noCalendar keeps those that ship from extending each other.
func noCalendar(name string) (*Calendar, error) {
	return nil, fmt.Errorf("a calendar that ships extends no other, such as %q", name)
}

// Calendars are those that campaigns may name. The zero value holds those that
// ship.
type Calendars struct {
	own map[string]*Calendar
}

// With returns the calendars with others beside them, which take the place of
// those that ship under the same name.
func (c Calendars) With(own ...*Calendar) (Calendars, error) {
	all := maps.Clone(c.own)
	if all == nil {
		all = make(map[string]*Calendar)
	}
	for _, one := range own {
		if _, twice := all[one.Name]; twice {
			return c, fmt.Errorf("there are two calendars %q", one.Name)
		}
		all[one.Name] = one
	}
	return Calendars{own: all}, nil
}

// Named finds a calendar.
func (c Calendars) Named(name string) (*Calendar, error) {
	if own, found := c.own[name]; found {
		return own, nil
	}
	if shipped, found := shippedCalendars()[name]; found {
		return shipped, nil
	}
	return nil, fmt.Errorf("there is no calendar %q; there are %s", name, strings.Join(c.Names(), ", "))
}

// Names lists all calendars by their names.
func (c Calendars) Names() []string {
	names := make(map[string]bool)
	for name := range c.own {
		names[name] = true
	}
	for name := range shippedCalendars() {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
