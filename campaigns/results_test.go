package campaigns_test

import (
	"fmt"
	"math"
	"testing"

	"careline/campaigns"
)

func TestResults(t *testing.T) {
	d := campaigns.Definition{
		Complete: []string{"renew", "satisfaction"},
		Success:  map[string][]string{"renew": {"1"}, "satisfaction": {"4", "5"}},
	}
	for _, tt := range []struct {
		d                 campaigns.Definition
		results           map[string]string
		complete, success bool
	}{
		{d, map[string]string{"renew": "1", "satisfaction": "5"}, true, true},
		{d, map[string]string{"renew": "1", "satisfaction": "3"}, true, false},
		{d, map[string]string{"renew": "2", "satisfaction": "5"}, true, false},
		{d, map[string]string{"renew": "1"}, false, false},
		{d, nil, false, false},
		{campaigns.Definition{}, nil, true, false},
		{campaigns.Definition{Success: d.Success}, map[string]string{"renew": "1"}, true, false},
	} {
		if got := tt.d.IsComplete(tt.results); got != tt.complete {
			t.Errorf("IsComplete(%v) = %v; want %v", tt.results, got, tt.complete)
		}
		if got := tt.d.IsSuccess(tt.results); got != tt.success {
			t.Errorf("IsSuccess(%v) = %v; want %v", tt.results, got, tt.success)
		}
	}
}

func TestIsHeldOut(t *testing.T) {
	const n = 20_000
	for _, share := range []float64{0, 0.01, 0.1, 0.5, 1} {
		held := 0
		for i := range n {
			key := fmt.Sprintf("+86138%08d", i)
			drawn := campaigns.IsHeldOut(key, "c1", share)
			if drawn != campaigns.IsHeldOut(key, "c1", share) {
				t.Fatalf("IsHeldOut(%q) differs from one time to the next", key)
			}
			if drawn {
				held++
			}
		}
		if got := float64(held) / n; math.Abs(got-share) > 0.012 {
			t.Errorf("share %v: %v held out", share, got)
		}
	}
}

func TestIsHeldOutDrawsAnewForEachCampaign(t *testing.T) {
	both := 0
	for i := range 20_000 {
		key := fmt.Sprint(i)
		if campaigns.IsHeldOut(key, "c1", 0.5) && campaigns.IsHeldOut(key, "c2", 0.5) {
			both++
		}
	}
	if both < 4700 || both > 5300 {
		t.Errorf("%d of 20000 drawn twice at a half; want about 5000", both)
	}
}
