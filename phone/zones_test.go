package phone_test

import (
	"slices"
	"testing"

	"careline/phone"
)

func TestZones(t *testing.T) {
	for _, tt := range []struct {
		in   phone.Number
		want []string
	}{
		{"+8613800138000", []string{"Asia/Shanghai"}},
		{"+442079460018", []string{"Europe/London"}},
		{"+12125550100", []string{"America/New_York"}},
		{"10086", nil},
		{"4008123123", nil},
		{"", nil},
		{"+", nil},
	} {
		if got := phone.Zones(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("Zones(%q) = %v; want %v", string(tt.in), got, tt.want)
		}
	}
	for n, want := range map[phone.Number]string{ // mobiles that stand for no place
		"+61412345678": "Australia/Perth",
		"+79161234567": "Asia/Vladivostok",
		"+34612345678": "Atlantic/Canary",
	} {
		if got := phone.Zones(n); !slices.Contains(got, want) || len(got) < 2 {
			t.Errorf("Zones(%s) = %v; want all of its country's, with %s", string(n), got, want)
		}
		if got := phone.NearZones(n); len(got) != 1 {
			t.Errorf("NearZones(%s) = %v; want one", string(n), got)
		}
	}
	for n, want := range map[phone.Number]string{
		"+5511961234567": "America/Sao_Paulo", // a mobile with an area code
		"+61293741234":   "Australia/Sydney",
		"+13105550123":   "America/Los_Angeles",
	} {
		if got := phone.Zones(n); !slices.Equal(got, []string{want}) {
			t.Errorf("Zones(%s) = %v; want %s", string(n), got, want)
		}
	}
	if got := phone.Zones("+18005550100"); len(got) < 10 {
		t.Errorf("Zones of a free number of North America = %v; want all of its zones", got)
	}
}

func TestLocations(t *testing.T) {
	for _, tt := range []struct {
		zones    []string
		fallback string
		want     string
	}{
		{[]string{"Asia/Shanghai", "Europe/London"}, "UTC", "Asia/Shanghai Europe/London"},
		{nil, "Asia/Shanghai", "Asia/Shanghai"},
		{nil, "", "UTC"},
		{[]string{"Asia/Nowhere"}, "", ""},
		{nil, "Local", ""},
		{[]string{"../../etc/passwd"}, "", ""},
	} {
		got := ""
		locs, err := phone.Locations(tt.zones, tt.fallback)
		for i, loc := range locs {
			if i > 0 {
				got += " "
			}
			got += loc.String()
		}
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("Locations(%v, %q) = %q, %v; want %q", tt.zones, tt.fallback, got, err, tt.want)
		}
	}
}
