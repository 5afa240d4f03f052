package phone_test

import (
	"testing"

	"careline/phone"
)

func TestCallingCode(t *testing.T) {
	for n, want := range map[phone.Number]string{
		"+442079460001": "44", "+8613800138000": "86", "+12125550123": "1", "+85223456789": "852",
		"10086": "", "+0": "", "+": "", "": "", "+x1": "",
	} {
		if got := phone.CallingCode(n); got != want {
			t.Errorf("CallingCode(%s) = %q; want %q", string(n), got, want)
		}
		if area, _ := phone.Area(n); area != "" && area != want {
			t.Errorf("Area(%s) is in %q; want %q", string(n), area, want)
		}
	}
}
