package phone_test

import (
	"testing"
	"time"

	"careline/phone"
)

// weekdayHours are those of a shop: on workdays, shorter on Saturdays, shorter
// still on holidays.
var weekdayHours = phone.Hours{Windows: []phone.Window{
	{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "20:00"},
	{Days: []string{"sat"}, From: "10:00", To: "16:00"},
}}

func TestTimetableAcrossHolidays(t *testing.T) {
	workdays := phone.Hours{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "20:00"}
	open := weekdayHours
	open.Windows = append(open.Windows[:2:2], phone.Window{Days: []string{"holiday"}, From: "14:00", To: "18:00"})
	for _, tt := range []struct {
		name     string
		hours    phone.Hours
		calendar string
		at, want string
	}{
		{"National Day of 2026 to its end", workdays, "cn", "2026-09-30T20:00:00+08:00", "2026-10-08T09:00:00+08:00"},
		{"the Saturday that is worked after it", workdays, "cn", "2026-10-09T20:00:00+08:00", "2026-10-10T09:00:00+08:00"},
		{"a Sunday that is worked has a workday's hours", weekdayHours, "cn", "2026-09-20T08:00:00+08:00", "2026-09-20T09:00:00+08:00"},
		{"a worked Saturday is no Saturday", weekdayHours, "cn", "2026-10-10T18:00:00+08:00", "2026-10-10T18:00:00+08:00"},
		{"one day of the week is not made up for", phone.Hours{Days: []string{"mon"}}, "cn", "2026-09-20T12:00:00+08:00", "2026-09-21T00:00:00+08:00"},
		{"Spring Festival, nine days", weekdayHours, "cn", "2026-02-15T00:00:00+08:00", "2026-02-24T09:00:00+08:00"},
		{"a window for holidays", open, "cn", "2026-02-17T09:00:00+08:00", "2026-02-17T14:00:00+08:00"},
		{"any hour but holidays", phone.Hours{}, "cn", "2026-10-03T12:00:00+08:00", "2026-10-08T00:00:00+08:00"},
		{"any hour, no holiday", phone.Hours{}, "cn", "2026-10-08T12:00:30+08:00", "2026-10-08T12:00:30+08:00"},
		{"Easter and the clock put forward: London 2027", workdays, "gb", "2027-03-25T20:00:00Z", "2027-03-30T09:00:00+01:00"},
		{"Boxing Day 2026 is kept on Monday", workdays, "gb", "2026-12-24T20:30:00Z", "2026-12-29T09:00:00Z"},
		{"Independence Day 2026 is kept on Friday", workdays, "us", "2026-07-02T20:00:00-04:00", "2026-07-06T09:00:00-04:00"},
		{"no Saturdays elsewhere", workdays, "us", "2026-10-10T10:00:00-04:00", "2026-10-13T09:00:00-04:00"}, // Columbus Day between
	} {
		places := map[string]string{"cn": "Asia/Shanghai", "gb": "Europe/London", "us": "America/New_York"}
		place := location(t, places[tt.calendar])
		table, err := phone.NewTimetable(tt.hours, shipped(t, tt.calendar))
		if err != nil {
			t.Fatal(err)
		}
		at, want := moment(t, tt.at), moment(t, tt.want)
		got := table.NextAt(at, []*time.Location{place})
		if !got.Equal(want) || !table.Contains(want.In(place)) || table.Contains(at.In(place)) != at.Equal(want) {
			t.Errorf("%s: NextAt(%v) = %v; want %v", tt.name, at, got.In(place), want)
		}
	}
}

// The law's hours hold beside the campaign's own, on holidays too.
func TestTimetableWithin(t *testing.T) {
	own := phone.Hours{Windows: []phone.Window{{From: "07:00", To: "22:00"}, {Days: []string{"holiday"}, From: "06:00", To: "23:00"}}}
	table, err := phone.NewTimetable(own, shipped(t, "us"))
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := table.Within(phone.Hours{From: "08:00", To: "21:00"})
	if err != nil {
		t.Fatal(err)
	}
	place := location(t, "America/New_York")
	for at, want := range map[string]string{
		"2026-07-08T05:00:00-04:00": "2026-07-08T08:00:00-04:00",
		"2026-07-08T21:00:00-04:00": "2026-07-09T08:00:00-04:00",
		"2026-07-03T06:30:00-04:00": "2026-07-03T08:00:00-04:00",
		"2026-07-03T20:59:59-04:00": "2026-07-03T20:59:59-04:00",
	} {
		if got := narrow.Next(moment(t, at).In(place)); !got.Equal(moment(t, want)) {
			t.Errorf("Next(%s) = %v; want %s", at, got, want)
		}
	}
	if got := table.Next(moment(t, "2026-07-03T06:30:00-04:00").In(place)); got.Hour() != 6 {
		t.Errorf("the timetable that was narrowed changed: Next = %v", got)
	}
}

func TestTimetableZeroValueIsAnyTime(t *testing.T) {
	var table phone.Timetable
	at := moment(t, "2026-10-01T03:00:00Z")
	if !table.Any() || !table.Contains(at) || !table.Next(at).Equal(at) {
		t.Errorf("Next(%v) = %v, any %v", at, table.Next(at), table.Any())
	}
	wrong := phone.Hours{From: "20:00", To: "09:00"}
	if _, err := phone.NewTimetable(wrong); err == nil {
		t.Error("hours that end before they begin are taken")
	}
	if _, err := table.Within(wrong); err == nil {
		t.Error("a law's hours that end before they begin are taken")
	}
}

func TestTimetableNames(t *testing.T) {
	table, err := phone.NewTimetable(phone.Hours{}, shipped(t, "cn"))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-10-01T12:00:00Z": "国庆节 National Day",
		"2026-10-10T12:00:00Z": "", // worked
		"2026-11-20T12:00:00Z": "",
	} {
		if got := table.DayOff(moment(t, at)); got != want {
			t.Errorf("DayOff(%s) = %q; want %q", at, got, want)
		}
	}
}

// NextAt agrees with a search minute by minute, through the nights in which
// clocks are put forward and back, a midnight that a clock skips (Cairo) and a
// day that a place skipped (Apia).
func TestTimetableNextIsTheFirst(t *testing.T) {
	hours := phone.Hours{Windows: []phone.Window{{Days: []string{"mon", "wed", "thu", "fri"}, From: "02:30", To: "04:00"}, {Days: []string{"sun"}, From: "00:00", To: "03:15"}}}
	table, err := phone.NewTimetable(hours, shipped(t, "gb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ place, at string }{
		{"Europe/London", "2026-03-28T22:00:00Z"},
		{"Europe/London", "2026-10-24T22:00:00Z"},
		{"America/New_York", "2026-03-07T22:00:00Z"},
		{"America/New_York", "2026-10-31T22:00:00Z"},
		{"Africa/Cairo", "2026-04-22T20:00:00Z"},
		{"Pacific/Apia", "2011-12-28T20:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-03T20:00:00Z"},
	} {
		place := location(t, tt.place)
		for at := moment(t, tt.at); at.Before(moment(t, tt.at).Add(30 * time.Hour)); at = at.Add(47 * time.Minute) {
			want := at
			for !table.Contains(want.In(place)) {
				want = want.Truncate(time.Minute).Add(time.Minute)
			}
			if got := table.NextAt(at, []*time.Location{place}); !got.Equal(want) {
				t.Errorf("%s: NextAt(%v) = %v; want %v", tt.place, at, got, want)
			}
		}
	}
}

func BenchmarkTimetableNextAt(b *testing.B) {
	cn, err := phone.Calendars{}.Named("cn")
	if err != nil {
		b.Fatal(err)
	}
	table, err := phone.NewTimetable(weekdayHours, cn)
	if err != nil {
		b.Fatal(err)
	}
	shanghai, err := phone.Locations([]string{"Asia/Shanghai"}, "")
	if err != nil {
		b.Fatal(err)
	}
	for name, at := range map[string]time.Time{
		"open":     time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC),
		"night":    time.Date(2026, 3, 4, 20, 0, 0, 0, time.UTC),
		"holidays": time.Date(2026, 2, 14, 16, 0, 0, 0, time.UTC),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.NextAt(at, shanghai)
			}
		})
	}
}
