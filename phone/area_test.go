package phone_test

import (
	"testing"

	"careline/phone"
)

func TestArea(t *testing.T) {
	for _, tt := range []struct {
		in            phone.Number
		country, area string
	}{
		{"+442079460001", "44", "20"},
		{"+441614960001", "44", "161"},
		{"+861012345678", "86", "10"},
		{"+8613800138000", "86", ""},
		{"+12125550123", "1", "212"},
		{"10086", "", ""},
	} {
		if country, area := phone.Area(tt.in); country != tt.country || area != tt.area {
			t.Errorf("Area(%s) = %q, %q; want %q, %q", string(tt.in), country, area, tt.country, tt.area)
		}
	}
}

func TestNational(t *testing.T) {
	for _, tt := range []struct {
		in     phone.Number
		region string
		want   string
	}{
		{"+442079460001", "GB", "02079460001"},
		{"+861012345678", "CN", "01012345678"},
		{"+8613800138000", "CN", "13800138000"},
		{"+12125550123", "US", "2125550123"},
		{"+12125550123", "GB", "+12125550123"},
		{"+442079460001", "", "+442079460001"},
		{"10086", "CN", "10086"},
	} {
		if got := phone.National(tt.in, tt.region); got != tt.want {
			t.Errorf("National(%s, %s) = %q; want %q", string(tt.in), tt.region, got, tt.want)
		}
	}
}
