package main

import (
	"context"
	"strings"
	"time"

	"careline/campaigns"
	"careline/store"
)

// calendars looks at the calendars, and whether those of campaigns that may
// still call end before these do.
func (d *doctor) calendars(ctx context.Context, s *store.Store) {
	all, err := d.cfg.calendars()
	if err != nil {
		d.bad("calendars", err.Error(), "correct the file; careline rules calendar cn shows one that is right")
		return
	}
	list, err := s.Campaigns(ctx)
	if err != nil {
		d.bad("calendars", err.Error(), "")
		return
	}
	told := false
	for _, c := range list {
		if c.State != campaigns.Draft && c.State != campaigns.Running && c.State != campaigns.Paused {
			continue
		}
		short, err := d.cfg.shortCalendars(c.Definition, time.Now())
		if err != nil {
			d.bad("campaign "+c.Name, err.Error(), "put the calendar back, or the campaign calls nobody")
			told = true
		}
		for _, text := range short {
			d.note("calendars", text, calendarAdvice)
			told = true
		}
	}
	if !told && len(d.cfg.Holidays) > 0 {
		d.good("calendars", "there are "+strings.Join(all.Names(), ", "))
	}
}
