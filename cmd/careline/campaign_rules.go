package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"careline/agents"
	"careline/campaigns"
	"careline/store"
)

// lasting is how long a campaign may go on that says no end: a calendar shall
// know so many days ahead.
const lasting = 60 * 24 * time.Hour

// follows tells whether a campaign asks no less than its rule packs, and whether
// its calendars and its queue are there.
func (c config) follows(d campaigns.Definition) error {
	calendars, err := c.calendars()
	if err != nil {
		return err
	}
	if _, err := d.Terms(calendars); err != nil {
		return err
	}
	if err := d.Agrees(); err != nil {
		return err
	}
	if !d.Mode.NeedsAgents() || slices.ContainsFunc(c.Queues, func(q agents.Queue) bool { return q.Name == d.Queue }) {
		return nil
	}
	names := make([]string, 0, len(c.Queues))
	for _, q := range c.Queues {
		names = append(names, q.Name)
	}
	return fmt.Errorf("queue: there is no queue %q in the configuration; there are %s", d.Queue, cmp.Or(strings.Join(names, ", "), "none"))
}

// wayOut checks that the flow of a campaign, in a version, has a way out where a
// rule asks for one, as for recorded marketing. An empty hash is the newest one.
func (c config) wayOut(ctx context.Context, s *store.Store, d campaigns.Definition, hash string) error {
	calendars, err := c.calendars()
	if err != nil {
		return err
	}
	terms, err := d.Terms(calendars)
	if err != nil || terms.OptOut == 0 {
		return err
	}
	flow, err := c.flowOf(ctx, s, d, hash)
	if err != nil {
		return err
	}
	if flow.OptsOut() {
		return nil
	}
	for _, r := range d.RulesOf() {
		if r.OptOut != nil {
			return fmt.Errorf("flow: %s has no optout node, and rule %s asks for a way out: %s (%s)", d.Flow, r.ID, r.Text, r.Source)
		}
	}
	return nil
}

// tellRules says which packs a new campaign follows, what they leave to people,
// and which of its calendars may end before it does.
func (c config) tellRules(out io.Writer, d campaigns.Definition, now time.Time) error {
	if err := c.tellHours(out, d, now); err != nil {
		return err
	}
	tellMachine(out, d)
	width := terminalWidth(out)
	packs := d.Packs()
	titles := make([]string, 0, len(packs))
	for _, p := range packs {
		titles = append(titles, fmt.Sprintf("%s (%s)", p.ID, p.Title))
	}
	if len(titles) == 0 {
		fmt.Fprintln(out, "Rules: none; the law of the callees' country is yours to keep.")
		return c.tellCalendars(out, d, now)
	}
	fmt.Fprintf(out, "Rules: %s, for %s calls. Read them: careline rules show %s\n",
		strings.Join(titles, ", "), cmp.Or(d.Purpose, campaigns.Informational), packs[0].ID)
	for _, r := range d.RulesOf() {
		if r.Reminds() {
			fmt.Fprint(out, hang(fmt.Sprintf("Remember (%s): ", r.ID), r.Left, width))
		}
	}
	return c.tellCalendars(out, d, now)
}

// tellHours warns of a campaign that may call at night, as neither it nor its packs
// say otherwise.
func (c config) tellHours(out io.Writer, d campaigns.Definition, now time.Time) error {
	calendars, err := c.calendars()
	if err != nil {
		return err
	}
	terms, err := d.Terms(calendars)
	if err != nil {
		return err
	}
	y, m, today := now.Date()
	for day := range 7 {
		if terms.Times.Contains(time.Date(y, m, today+day, 3, 0, 0, 0, time.UTC)) {
			fmt.Fprint(out, hang("Warning: ", `people may be called at three in the night, as far as the file and its rules say. Write hours: {from: "09:00", to: "20:00"} or the like`, terminalWidth(out)))
			return nil
		}
	}
	return nil
}

func (c config) tellCalendars(out io.Writer, d campaigns.Definition, now time.Time) error {
	short, err := c.shortCalendars(d, now)
	for _, text := range short {
		fmt.Fprint(out, hang("Warning: ", text+". "+calendarAdvice, terminalWidth(out)))
	}
	return err
}

// calendarAdvice is what to do about a calendar that ends too soon.
const calendarAdvice = "Put the days into a file of your own that extends it, and its directory under calendars; or take a newer careline"

// shortCalendars says which calendars of a campaign end before it may.
func (c config) shortCalendars(d campaigns.Definition, now time.Time) ([]string, error) {
	calendars, err := c.calendars()
	if err != nil {
		return nil, err
	}
	list, err := d.Rested(calendars)
	if err != nil {
		return nil, err
	}
	ends := d.Expires
	if ends.IsZero() {
		ends = now.Add(lasting)
	}
	var short []string
	for _, k := range list {
		if last := k.Until.Start(time.UTC).AddDate(0, 0, 1); last.Before(ends) {
			short = append(short, fmt.Sprintf("calendar %s ends on %s, and the campaign %s may call on days off after that",
				k.Name, k.Until, d.Name))
		}
	}
	return short, nil
}
