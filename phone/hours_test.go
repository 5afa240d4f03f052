package phone_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"careline/phone"
)

var working = phone.Hours{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "20:00"}

func TestHoursCheck(t *testing.T) {
	for _, tt := range []struct {
		hours phone.Hours
		want  string
	}{
		{phone.Hours{}, ""},
		{working, ""},
		{phone.Hours{From: "00:00", To: "24:00"}, ""},
		{phone.Hours{Days: []string{"monday"}}, `days: "monday" is not one of`},
		{phone.Hours{Days: []string{"mon", "mon"}}, "days: mon is there twice"},
		{phone.Hours{From: "9:00"}, `from: "9:00" is not a time of day like 09:00`},
		{phone.Hours{From: "+9:00"}, "from: "},
		{phone.Hours{To: "24:01"}, `to: "24:01" is past the end of the day`},
		{phone.Hours{To: "10:60"}, `to: "10:60" is past the end of the day`},
		{phone.Hours{From: "20:00", To: "09:00"}, "to: 09:00 is not after from, 20:00"},
		{phone.Hours{From: "24:00"}, "to: "},
	} {
		err := tt.hours.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("Check(%+v) = %v; want %q", tt.hours, err, tt.want)
		}
	}
}

func TestHoursNext(t *testing.T) {
	for _, tt := range []struct {
		name     string
		hours    phone.Hours
		zone     string
		at, want string // RFC 3339
	}{
		{"any time", phone.Hours{}, "Asia/Shanghai", "2026-03-04T03:00:00+08:00", "2026-03-04T03:00:00+08:00"},
		{"before opening", working, "Asia/Shanghai", "2026-03-04T08:59:59+08:00", "2026-03-04T09:00:00+08:00"},
		{"open", working, "Asia/Shanghai", "2026-03-04T19:59:59+08:00", "2026-03-04T19:59:59+08:00"},
		{"shut", working, "Asia/Shanghai", "2026-03-04T20:00:00+08:00", "2026-03-05T09:00:00+08:00"},
		{"over the weekend", working, "Asia/Shanghai", "2026-03-06T20:00:00+08:00", "2026-03-09T09:00:00+08:00"},
		{"the same day next week", phone.Hours{Days: []string{"wed"}, To: "09:00"}, "UTC", "2026-03-04T09:00:00Z", "2026-03-11T00:00:00Z"},
		{"clock put forward", working, "Europe/London", "2026-03-27T21:00:00Z", "2026-03-30T09:00:00+01:00"},
		{"opening time skipped", phone.Hours{From: "02:30", To: "04:00"}, "America/New_York", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"window skipped", phone.Hours{From: "02:15", To: "02:45"}, "America/New_York", "2026-03-08T01:00:00-05:00", "2026-03-09T02:15:00-04:00"},
		{"opening time shown twice", phone.Hours{From: "01:30", To: "04:00"}, "America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"window shown twice", phone.Hours{From: "01:30", To: "01:45"}, "America/New_York", "2026-11-01T01:50:20-04:00", "2026-11-01T01:30:00-05:00"},
		{"midnight skipped", phone.Hours{Days: []string{"sun"}}, "America/Havana", "2026-03-07T12:00:00-05:00", "2026-03-08T01:00:00-04:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := moment(t, tt.at).In(location(t, tt.zone))
			if got, want := tt.hours.Next(at), moment(t, tt.want); !got.Equal(want) {
				t.Errorf("Next(%v) = %v; want %v", at, got, want)
			}
		})
	}
}

// TestHoursNextIsFirst compares Next with a walk by the minute, over days on
// which clocks turn.
func TestHoursNextIsFirst(t *testing.T) {
	places := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Shanghai", "Asia/Kathmandu"}
	windows := []phone.Hours{
		working,
		{From: "01:30", To: "01:45"},
		{From: "02:10", To: "02:20"},
		{Days: []string{"sun"}},
		{To: "00:30"},
		{From: "23:30"},
	}
	turns := []string{"2026-03-08T00:00:00Z", "2026-03-29T00:00:00Z", "2026-04-04T12:00:00Z", "2026-10-03T12:00:00Z", "2026-10-25T00:00:00Z", "2026-11-01T00:00:00Z"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		h, turn := windows[random.IntN(len(windows))], moment(t, turns[random.IntN(len(turns))])
		at := turn.Add(time.Duration(random.IntN(72*60)-36*60) * time.Minute).In(location(t, places[random.IntN(len(places))]))
		want := at
		for !h.Contains(want) {
			want = want.Add(time.Minute)
		}
		if got := h.Next(at); !got.Equal(want) {
			t.Errorf("Next(%v) within %+v = %v; want %v", at, h, got, want)
		}
	}
}

func TestHoursAtSeveralPlaces(t *testing.T) {
	day := phone.Hours{From: "09:00", To: "20:00"}
	for _, tt := range []struct {
		places []string
		at     string
		want   string // empty: never
	}{
		{[]string{"America/New_York", "America/Los_Angeles"}, "2026-07-01T09:00:00-04:00", "2026-07-01T12:00:00-04:00"},
		{[]string{"America/New_York", "America/Los_Angeles"}, "2026-07-01T20:00:00-04:00", "2026-07-02T12:00:00-04:00"},
		{[]string{"America/New_York", "America/Los_Angeles"}, "2026-07-01T15:00:00-04:00", "2026-07-01T15:00:00-04:00"},
		{[]string{"Europe/London", "Pacific/Auckland"}, "2026-07-01T09:00:00Z", ""},
		{nil, "2026-07-01T03:00:00Z", "2026-07-01T03:00:00Z"},
	} {
		locs := make([]*time.Location, 0, len(tt.places))
		for _, name := range tt.places {
			locs = append(locs, location(t, name))
		}
		at := moment(t, tt.at)
		got := day.NextAt(at, locs)
		if tt.want == "" {
			if !got.IsZero() {
				t.Errorf("NextAt(%v, %v) = %v; want never", at, tt.places, got)
			}
			continue
		}
		if want := moment(t, tt.want); !got.Equal(want) || !day.ContainsAt(got, locs) {
			t.Errorf("NextAt(%v, %v) = %v; want %v", at, tt.places, got, want)
		}
		if open := day.ContainsAt(at, locs); open != got.Equal(at) {
			t.Errorf("ContainsAt(%v, %v) = %v; want %v", at, tt.places, open, got.Equal(at))
		}
	}
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := phone.Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
