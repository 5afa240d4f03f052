package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"careline/campaigns"
	"careline/phone"
)

// rulesCmd groups the commands on rule packs and calendars.
type rulesCmd struct {
	List     rulesListCmd     `cmd:"" help:"List rule packs and calendars."`
	Show     rulesShowCmd     `cmd:"" help:"Print the rules of a pack: what each asks, who keeps it, its source."`
	Calendar rulesCalendarCmd `cmd:"" help:"Print the days off and the make-up workdays of a calendar."`
}

type rulesListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// packLine is a pack in the list.
type packLine struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Regions   []string `json:"regions"`
	Holidays  []string `json:"holidays,omitempty"`
	Rules     int      `json:"rules"`
	Reminders int      `json:"reminders"`
}

// calendarLine is a calendar in the list.
type calendarLine struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Source string `json:"source"`
	From   string `json:"from"`
	Until  string `json:"until"`
}

// rulesList is what rules list prints.
type rulesList struct {
	Packs     []packLine     `json:"packs"`
	Calendars []calendarLine `json:"calendars"`
}

// Run lists them.
func (c *rulesListCmd) Run(a *app) error {
	calendars, err := a.calendars()
	if err != nil {
		return err
	}
	list, err := listRules(calendars)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(list)
	}
	for _, p := range list.Packs {
		fmt.Fprintf(a.out, "pack %-10s %s: %d rules, of which %d are left to people\n", p.ID, p.Title, p.Rules, p.Reminders)
	}
	for _, k := range list.Calendars {
		fmt.Fprintf(a.out, "calendar %-6s %s: from %s until %s\n", k.Name, k.Title, k.From, k.Until)
	}
	fmt.Fprintln(a.out, "Read them: careline rules show PACK, careline rules calendar NAME")
	return nil
}

func listRules(calendars phone.Calendars) (rulesList, error) {
	var list rulesList
	for _, p := range campaigns.Packs() {
		line := packLine{ID: p.ID, Title: p.Title, Regions: p.Regions, Holidays: p.Holidays, Rules: len(p.Rules)}
		for _, r := range p.Rules {
			if r.Reminds() {
				line.Reminders++
			}
		}
		list.Packs = append(list.Packs, line)
	}
	for _, name := range calendars.Names() {
		k, err := calendars.Named(name)
		if err != nil {
			return list, err
		}
		list.Calendars = append(list.Calendars, calendarLine{k.Name, k.Title, k.Source, k.From.String(), k.Until.String()})
	}
	return list, nil
}

// calendars are those of the configuration.
func (a *app) calendars() (phone.Calendars, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return phone.Calendars{}, err
	}
	return cfg.calendars()
}

type rulesShowCmd struct {
	Pack string `arg:"" help:"The pack: us, uk or cn."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Run prints a pack.
func (c *rulesShowCmd) Run(a *app) error {
	p, err := campaigns.PackNamed(c.Pack)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(p)
	}
	fmt.Fprintf(a.out, "%s: %s. No legal advice: read the sources before you rely on it.\n", p.ID, p.Title)
	width := terminalWidth(a.out)
	if width == 0 {
		width = plainWidth
	}
	for _, r := range p.Rules {
		printRule(a.out, r, width)
	}
	return nil
}

// plainWidth is how wide text is broken where there is no terminal.
const plainWidth = 80

// printRule prints what a rule asks, what holds it, and what is left to people.
func printRule(out io.Writer, r campaigns.PackRule, width int) {
	const under = "        "
	fmt.Fprint(out, "\n", hang(fmt.Sprintf("%-6s  ", r.ID), r.Text, width))
	fmt.Fprint(out, hang(under+"kept:    ", r.Kept(), width))
	for _, figure := range r.Figures() {
		fmt.Fprint(out, hang(under+"figures: ", figure, width))
	}
	if r.Left != "" {
		fmt.Fprint(out, hang(under+"people:  ", r.Left, width))
	}
	for _, s := range r.Settings {
		fmt.Fprint(out, hang(under+"write:   ", s, width))
	}
	fmt.Fprint(out, hang(under+"source:  ", r.Source, width))
}

type rulesCalendarCmd struct {
	Name string `arg:"" help:"The calendar: cn, gb, us, or one of your own."`
	Year int    `help:"Of this year alone."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// calendarDay is one line of a calendar.
type calendarDay struct {
	Date string `json:"date"`
	Name string `json:"name"`
	Work bool   `json:"work"`
}

// Run prints a calendar.
func (c *rulesCalendarCmd) Run(a *app) error {
	calendars, err := a.calendars()
	if err != nil {
		return err
	}
	k, err := calendars.Named(c.Name)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	list := []calendarDay{}
	for _, date := range k.Dates() {
		if day, _ := k.On(date); c.Year == 0 || strings.HasPrefix(date.String(), fmt.Sprintf("%04d-", c.Year)) {
			list = append(list, calendarDay{date.String(), day.Name, day.Work})
		}
	}
	if c.JSON {
		return json.NewEncoder(a.out).Encode(list)
	}
	fmt.Fprintf(a.out, "%s: %s\nIt knows the days from %s until %s.%s\n", k.Name, k.Title, k.From, k.Until, prefixed(" Source: ", k.Source))
	if len(list) == 0 {
		fmt.Fprintln(a.out, "No day of that year is in it.")
	}
	for _, d := range list {
		what := "off "
		if d.Work {
			what = "work"
		}
		fmt.Fprintf(a.out, "%s  %s  %s\n", d.Date, what, d.Name)
	}
	return nil
}
