package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"careline/call"
	"careline/store"
)

const (
	lookTime = 10 * time.Second
	mostSkew = 2 * time.Second // a node that is further off does not dial
)

// database looks at the database, and at what it says of the service.
func (d *doctor) database(ctx context.Context) {
	name := redactURL(d.cfg.Database)
	if path := strings.TrimPrefix(d.cfg.Database, "sqlite:"); !strings.Contains(path, "://") {
		d.disk("database", path)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(filepath.Dir(path)); err == nil {
				d.note("database", name+" does not exist yet", "careline serve makes it")
			}
			return
		}
	}
	d.disk("journal", d.cfg.journal())
	ctx, cancel := bounded(ctx)
	defer cancel()
	s, err := d.cfg.openStore(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		d.bad("database", err.Error(), "see that it runs and takes connections from here")
		return
	}
	defer s.Close()
	d.good("database", name+" can be reached, and its tables are up to date")
	d.clock(ctx, s)
	d.node(ctx, s)
	d.trunks(ctx, s)
	d.days(ctx, s)
	d.calendars(ctx, s)
	d.alarms(ctx, s)
	d.bans(ctx, s)
}

func (d *doctor) clock(ctx context.Context, s *store.Store) {
	skew, err := s.Skew(ctx, time.Now())
	text := fmt.Sprintf("%v off the database's", skew.Abs().Round(time.Millisecond))
	switch {
	case err != nil:
		d.bad("clock", err.Error(), "")
	case skew.Abs() > mostSkew:
		d.bad("clock", text, "over 2s nothing is dialed: have both machines set their clocks by NTP")
	default:
		d.good("clock", text)
	}
}

func (d *doctor) node(ctx context.Context, s *store.Store) {
	runs, err := s.Lives(ctx, d.cfg.Node, time.Now())
	switch d.runs = runs; {
	case err != nil:
		d.bad("service", err.Error(), "")
	case runs:
		d.good("service", "node "+d.cfg.Node+" runs")
	default:
		d.note("service", "node "+d.cfg.Node+" does not run", "careline serve")
	}
	if since, why, err := s.Stopped(ctx); err == nil {
		d.note("campaigns", fmt.Sprintf("all are held since %s: %s", since.Local().Format(time.DateTime), why), "careline campaign resume --all")
	}
}

func (d *doctor) trunks(ctx context.Context, s *store.Store) {
	list, err := s.Trunks(ctx, time.Now())
	if err != nil {
		d.bad("trunks", err.Error(), "")
	}
	for _, t := range list {
		switch step := "trunk " + t.Name; {
		case t.Stale:
		case t.Up:
			d.good(step, "up since "+t.Since.Local().Format(time.DateTime)+", on node "+t.Node)
		default:
			d.bad(step, fmt.Sprintf("down on node %s since %s: %s", t.Node, t.Since.Local().Format(time.DateTime), t.Why), "careline trunk test "+t.Name)
		}
	}
}

// days says how much of their caps the trunks have used.
func (d *doctor) days(ctx context.Context, s *store.Store) {
	for _, t := range d.cfg.Trunks {
		c := d.cfg.capOf(t.Name, "", time.Now())
		if c.Day == "" {
			if !t.local() && len(t.Allow) > 0 {
				d.note("trunk "+t.Name, "nothing bounds what it carries in a day", "set caps: calls, minutes or spend, so that a mistake or a theft ends at a known sum")
			}
			continue
		}
		u, err := s.TrunkUse(ctx, t.Name, c.Day, time.Now())
		if err != nil {
			d.bad("trunk "+t.Name, err.Error(), "")
			continue
		}
		d.good("trunk "+t.Name, fmt.Sprintf("today: %d calls, %d minutes, %.2f spent (of %s)", u.Calls, u.Minutes, u.Spend, t.Caps))
	}
}

// String writes the bounds.
func (c capsConfig) String() string {
	var parts []string
	if c.Calls > 0 {
		parts = append(parts, fmt.Sprintf("%d calls", c.Calls))
	}
	if c.Minutes > 0 {
		parts = append(parts, fmt.Sprintf("%d minutes", c.Minutes))
	}
	if c.Spend > 0 {
		parts = append(parts, fmt.Sprintf("%.2f", c.Spend))
	}
	return strings.Join(parts, ", ")
}

// alarms lists what is open.
func (d *doctor) alarms(ctx context.Context, s *store.Store) {
	list, err := s.OpenAlarms(ctx, time.Now())
	if err != nil {
		d.bad("alarms", err.Error(), "")
	}
	list = slices.DeleteFunc(list, func(a call.OpenAlarm) bool { return a.Kind == call.AlarmTrunk || a.Kind == call.AlarmBan }) // told of with the trunks, and bans
	for _, a := range list {
		text := fmt.Sprintf("%s %s: %s (since %s", a.Kind, a.Subject, a.Text, a.Since.Local().Format(time.DateTime))
		if !a.Until.IsZero() {
			text += ", until " + a.Until.Local().Format(time.DateTime)
		}
		d.bad("alarm", text+")", "")
	}
	if err == nil && len(list) == 0 {
		d.good("alarms", "none is open")
	}
}
