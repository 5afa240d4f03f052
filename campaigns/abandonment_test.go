package campaigns_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
)

var noCalendars phone.Calendars

func itoa(n int) string { return strconv.Itoa(n) }

func place(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := phone.Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestAbandonmentRate(t *testing.T) {
	us := campaigns.Abandonment{Of: campaigns.LiveAnswers}
	uk := campaigns.Abandonment{Of: campaigns.OfcomACR}
	for _, tt := range []struct {
		name  string
		rule  campaigns.Abandonment
		tally campaigns.Tally
		want  float64
	}{
		{"16 CFR 310.4: of calls that a person answered", us, campaigns.Tally{Answered: 200, Abandoned: 6, Met: 194}, 0.03},
		{"machines that agents met do not count", us, campaigns.Tally{Answered: 100, Abandoned: 3, Met: 97, Machines: 50}, 0.03},
		{"before the first answer", us, campaigns.Tally{}, 0},
		{"Ofcom annex 3 without machines: A/(A+L)", uk, campaigns.Tally{Answered: 100, Abandoned: 3, Met: 97}, 0.03},
		{"Ofcom annex 3: a fifth of what agents meet are machines", uk, campaigns.Tally{Answered: 110, Abandoned: 10, Met: 80, Machines: 20}, 8.0 / 88},
		{"only abandoned", uk, campaigns.Tally{Answered: 1, Abandoned: 1}, 1},
		{"only machines", uk, campaigns.Tally{Machines: 5, Abandoned: 1}, 0},
		{"nothing yet", uk, campaigns.Tally{}, 0},
	} {
		if got := tt.rule.Rate(tt.tally); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: Rate(%+v) = %v; want %v", tt.name, tt.tally, got, tt.want)
		}
	}
}

func TestAbandonmentSince(t *testing.T) {
	month := campaigns.Abandonment{Window: 30 * 24 * time.Hour, Successive: true}
	day := campaigns.Abandonment{Window: 24 * time.Hour}
	for _, tt := range []struct {
		rule  campaigns.Abandonment
		after time.Duration // the campaign's start
		want  time.Duration
	}{
		{month, time.Hour, 0},
		{month, 29 * 24 * time.Hour, 0},
		{month, 30 * 24 * time.Hour, 30 * 24 * time.Hour},
		{month, 75 * 24 * time.Hour, 60 * 24 * time.Hour},
		{day, 75 * time.Hour, 51 * time.Hour},
	} {
		if got := tt.rule.Since(noon, noon.Add(tt.after)); !got.Equal(noon.Add(tt.want)) {
			t.Errorf("%+v: Since(%v after the start) = %v; want %v after it", tt.rule, tt.after, got.Sub(noon), tt.want)
		}
	}
}

func TestAgreesRefusesMoreThanTheLaw(t *testing.T) {
	for _, tt := range []struct {
		abandon campaigns.AbandonLimit
		mode    campaigns.Mode
		want    string
	}{
		{campaigns.AbandonLimit{}, campaigns.Predictive, ""},
		{campaigns.AbandonLimit{Cap: 0.03, Alarm: 0.025, Within: time.Second}, campaigns.Predictive, ""},
		{campaigns.AbandonLimit{Cap: 0.04}, campaigns.Predictive, "stricter than US-1, which has cap 3%"},
		{campaigns.AbandonLimit{Alarm: 0.04}, campaigns.Predictive, "US-1"},
		{campaigns.AbandonLimit{Within: 3 * time.Second}, campaigns.Power, "within 2s"},
	} {
		err := campaigns.Definition{Rules: []string{"us"}, Mode: tt.mode, Abandon: tt.abandon}.Agrees()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Agrees with %+v = %v; want %q", tt.abandon, err, tt.want)
		}
	}
}
