package main

import "testing"

func TestHang(t *testing.T) {
	for _, tt := range []struct {
		width int
		want  string
	}{
		{0, "✓ dns   the carrier is found there\n"},
		{20, "✓ dns   the carrier\n        is found\n        there\n"},
		{4, "✓ dns   the\n        carrier\n        is\n        found\n        there\n"},
	} {
		if got := hang("✓ dns   ", "the carrier is found\nthere", tt.width); got != tt.want {
			t.Errorf("hang at width %d = %q; want %q", tt.width, got, tt.want)
		}
	}
}
