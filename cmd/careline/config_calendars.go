package main

import (
	"fmt"
	"os"
	"path/filepath"

	"careline/phone"
)

// mostCalendarFile is how long a calendar file may be.
const mostCalendarFile = 256 << 10

// calendars are those that ship and those of the configured directories.
func (c config) calendars() (phone.Calendars, error) {
	var own []*phone.Calendar
	for i, dir := range c.Holidays {
		if _, err := os.Stat(dir); err != nil {
			return phone.Calendars{}, fmt.Errorf("calendars[%d]: %w", i, err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			return phone.Calendars{}, fmt.Errorf("calendars[%d]: %w", i, err)
		}
		for _, file := range files {
			one, err := readCalendar(file)
			if err != nil {
				return phone.Calendars{}, err
			}
			own = append(own, one)
		}
	}
	all, err := phone.Calendars{}.With(own...)
	if err != nil {
		return all, fmt.Errorf("calendars: %w", err)
	}
	return all, nil
}

func readCalendar(file string) (*phone.Calendar, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	if info.Size() > mostCalendarFile {
		return nil, fmt.Errorf("%s: longer than %d bytes", file, mostCalendarFile)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	return phone.ParseCalendar(file, text)
}
