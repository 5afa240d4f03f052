package phone_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careline/phone"
)

func shipped(t *testing.T, name string) *phone.Calendar {
	t.Helper()
	c, err := phone.Calendars{}.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func date(t *testing.T, s string) phone.Date {
	t.Helper()
	d, err := phone.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestShippedCalendars(t *testing.T) {
	files, err := filepath.Glob("calendars/*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatalf("calendars: %v, %v; want three", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := phone.ParseCalendar(file, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Source == "" || c.Title == "" || file != "calendars/"+c.Name+".yaml" || shipped(t, c.Name).Until != c.Until {
			t.Errorf("%s: calendar %q, title %q, source %q", file, c.Name, c.Title, c.Source)
		}
	}
}

// The days are those of the State Council's notices, gov.uk/bank-holidays and
// opm.gov's list of federal holidays.
func TestCalendarDays(t *testing.T) {
	for _, tt := range []struct{ calendar, off, worked, plain string }{
		{
			"cn",
			"2025-01-01 2025-01-28 2025-02-04 2025-05-31 2025-10-08 2026-01-02 2026-02-15 2026-02-23 2026-05-05 2026-06-19 2026-09-27 2026-10-07",
			"2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11 2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
			"2025-01-27 2026-02-24 2026-10-08 2026-12-25 2027-01-01",
		},
		{
			"us",
			"2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-07-04 2026-09-07 2026-10-12 2026-11-11 2026-11-26 2026-12-25 " +
				"2027-06-18 2027-07-05 2027-12-24 2027-12-31 2028-01-01 2028-11-10",
			"", "2026-07-06 2026-11-27 2026-12-24 2023-07-04",
		},
		{
			"gb",
			"2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28 2027-03-26 2027-03-29 2027-12-27 2027-12-28 " +
				"2028-01-03 2028-04-14 2028-04-17 2033-12-26 2033-12-27",
			"", "2026-12-29 2026-07-13 2026-05-01 2027-12-29 2028-01-04",
		},
	} {
		c := shipped(t, tt.calendar)
		check := func(days string, found, work bool) {
			for _, s := range strings.Fields(days) {
				if day, on := c.On(date(t, s)); on != found || day.Work != work || found == (day.Name == "") {
					t.Errorf("%s on %s = %+v, %v; want %v, worked %v", tt.calendar, s, day, on, found, work)
				}
			}
		}
		check(tt.off, true, false)
		check(tt.worked, true, true)
		check(tt.plain, false, false)
	}
}

// yearOf2026 counts what the notice gives: 33 days off, 6 of them made up for.
func TestCalendarOfChinaIsWhole(t *testing.T) {
	off, worked := 0, 0
	for at := moment(t, "2026-01-01T12:00:00Z"); at.Year() == 2026; at = at.AddDate(0, 0, 1) {
		switch day, found := shipped(t, "cn").On(phone.DateOf(at)); {
		case found && day.Work:
			worked++
		case found:
			off++
		}
	}
	if off != 33 || worked != 6 {
		t.Errorf("2026 has %d days off and %d worked; want 33 and 6", off, worked)
	}
}

func TestParseCalendar(t *testing.T) {
	c, err := phone.ParseCalendar("shop.yaml", []byte(`
calendar: cn
extends: cn
from: 2027-01-01
until: 2027-12-31
days:
  - {date: 2027-02-05, to: 2027-02-07, name: the shop is closed}
  - {date: 2027-02-14, name: made up for, work: true}
yearly: [{name: the founder's day, month: 3, day: 1}]
`))
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]phone.Day{
		"2026-10-01": {Name: "国庆节 National Day"},
		"2027-02-06": {Name: "the shop is closed"},
		"2027-02-14": {Name: "made up for", Work: true},
		"2027-03-01": {Name: "the founder's day"},
	} {
		if got, _ := c.On(date(t, s)); got != want {
			t.Errorf("On(%s) = %+v; want %+v", s, got, want)
		}
	}
	all, err := phone.Calendars{}.With(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := all.Named("cn"); err != nil || got.Until != date(t, "2027-12-31") || got.From != date(t, "2025-01-01") {
		t.Errorf("Named(cn) = %+v, %v; want the company's own", got, err)
	}
	if _, err := all.With(c); err == nil {
		t.Error("two calendars of one name are taken")
	}
	if _, err := all.Named("fr"); err == nil || !strings.Contains(err.Error(), "cn, gb, us") {
		t.Errorf("Named(fr) = %v; want those that there are", err)
	}
}

func TestParseCalendarRefuses(t *testing.T) {
	const good = "calendar: shop\nfrom: 2026-01-01\nuntil: 2026-12-31\n"
	for _, tt := range []struct{ text, want string }{
		{"", "shop.yaml: EOF"},
		{"calendar: shop", "from: "},
		{"calendar: Shop!\nfrom: 2026-01-01", `calendar: "Shop!" is no name`},
		{"calendar: none\nfrom: 2026-01-01", `calendar: "none"`},
		{"calendar: shop\nfrom: 2026-01-01", "until: "},
		{"calendar: shop\nfrom: 2026-01-01\nuntil: 2025-01-01", "is before from"},
		{"calendar: shop\nfrom: 2026-01-01\nuntil: 2226-01-01", "more than 100 years"},
		{good + "extends: fr", `extends: there is no calendar "fr"`},
		{good + "holidays: []", "line 4: field holidays not found of a calendar"},
		{good + "days: [{date: tomorrow, name: x}]", `days[0]: date: "tomorrow": not a day`},
		{good + "days: [{date: 2026-02-30, name: x}]", "days[0]: date: "},
		{good + "days: [{date: 2026-02-03}]", "2026-02-03 has no name"},
		{good + "days: [{date: 2027-02-03, name: x}]", "not within from and until"},
		{good + "days: [{date: 2026-02-03, to: 2026-02-01, name: x}]", "is before"},
		{good + "days: [{date: 2026-02-03, to: 2026-02-05, name: x}, {date: 2026-02-04, name: y}]", "2026-02-04 is there twice"},
		{good + "yearly: [{month: 1, day: 2}]", "name: is missing"},
		{good + "yearly: [{name: x, month: 1}]", "write month and day"},
		{good + "yearly: [{name: x, month: 13, day: 2}]", "month: 13"},
		{good + "yearly: [{name: x, month: 1, day: 32}]", "day: 32"},
		{good + "yearly: [{name: x, month: 1, weekday: mon, nth: 5}]", "nth from 1 to 4"},
		{good + "yearly: [{name: x, month: 1, weekday: monday, nth: 1}]", "weekday is one of"},
		{good + "yearly: [{name: x, easter: 1, month: 2}]", "easter: "},
		{good + "yearly: [{name: x, month: 1, day: 2, observed: later}]", `"later" is neither nearest nor next`},
		{strings.Repeat("#", 300_000), "longer than"},
	} {
		if _, err := phone.ParseCalendar("shop.yaml", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: ParseCalendar = %v; want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzParseCalendar(f *testing.F) {
	for _, name := range []string{"cn", "us", "gb"} {
		text, err := os.ReadFile("calendars/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := phone.ParseCalendar("x.yaml", text); err == nil && (c.Name == "" || c.Until < c.From) {
			t.Errorf("ParseCalendar(%q) = %+v", text, c)
		}
	})
}
