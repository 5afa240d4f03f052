package pacing_test

import (
	"math"
	"testing"
	"time"

	"careline/dialer/pacing"
)

func TestTallyByRule(t *testing.T) {
	for _, tt := range []struct {
		tally      pacing.Tally
		share, acr float64
	}{
		{pacing.Tally{}, 0, 0},
		{pacing.Tally{Live: 100, Abandoned: 3}, 0.03, 0.03},
		{pacing.Tally{Live: 1, Abandoned: 1}, 1, 1},
		{pacing.Tally{Live: 103, Abandoned: 3, Machines: 25}, 3. / 103, 2.4 / 102.4}, // 3*(1-25/125)
		{pacing.Tally{Machines: 5}, 0, 0},
	} {
		if share, acr := tt.tally.Share(), tt.tally.ACR(); math.Abs(share-tt.share) > 1e-12 || math.Abs(acr-tt.acr) > 1e-12 {
			t.Errorf("%+v: share %v, ACR %v; want %v, %v", tt.tally, share, acr, tt.share, tt.acr)
		}
	}
}

// TestWindows counts one abandoned answer of two at 9:00 and at later times.
func TestWindows(t *testing.T) {
	day := 24 * time.Hour
	for _, tt := range []struct {
		name   string
		window pacing.Window
		later  []time.Duration // of more such answers
		live   []int           // in the window right after each
	}{
		{"campaign", pacing.Window{}, []time.Duration{0, 40 * day, 400 * day}, []int{2, 4, 6}},
		{"successive, from the first", pacing.Window{Span: day}, []time.Duration{0, day - 1, day, 3 * day}, []int{2, 4, 2, 2}},
		{"successive, from midnight", pacing.Window{Span: day, Start: morning.Add(-9 * time.Hour)}, []time.Duration{0, 14 * time.Hour, 15 * time.Hour}, []int{2, 4, 2}},
		{"rolling", pacing.Window{Span: day, Rolling: true}, []time.Duration{0, 12 * time.Hour, 23 * time.Hour, 25 * time.Hour, 100 * day}, []int{2, 4, 6, 6, 2}},
	} {
		a := pacing.NewAbandonment(tt.window)
		for i, d := range tt.later {
			now := morning.Add(d)
			a.Answered(now)
			a.Answered(now)
			a.Abandoned(now)
			want := pacing.Tally{Live: tt.live[i], Abandoned: tt.live[i] / 2}
			if got := a.Tally(now); got != want {
				t.Errorf("%s after %v: %+v; want %+v", tt.name, d, got, want)
			}
		}
	}
}
