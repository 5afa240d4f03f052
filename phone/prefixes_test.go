package phone_test

import (
	"testing"

	"careline/phone"
)

func TestPrefixesPermit(t *testing.T) {
	list := phone.Prefixes{"+86", "!+8690", "+869012", "10086", "400*", "!4008123123"}
	for _, tt := range []struct {
		list phone.Prefixes
		in   phone.Number
		want bool
	}{
		{nil, "+8613800138000", false},
		{nil, "", false},
		{list, "+8613800138000", true},
		{list, "+869000000000", false},
		{list, "+869012345678", true},
		{list, "+12125550100", false},
		{list, "10086", true},
		{list, "100861", false},
		{list, "12345", false},
		{list, "4008123124", true},
		{list, "4008123123", false},
		{list, "8613800138000", false},
		{list, "", false},
		{phone.Prefixes{"!+86", "+86"}, "+8613800138000", false},
		{phone.Prefixes{"!10086", "10086"}, "10086", false},
	} {
		if got := tt.list.Permit(tt.in); got != tt.want {
			t.Errorf("%v.Permit(%q) = %v; want %v", tt.list, string(tt.in), got, tt.want)
		}
	}
}

func TestPrefixesCheck(t *testing.T) {
	for _, entry := range []string{"", "+", "!", "!+", "*", "+86*", "86 21", "+eight", "++86"} {
		if err := (phone.Prefixes{"+86", entry}).Check(); err == nil {
			t.Errorf("Check(%q) = nil; want an error", entry)
		}
	}
	if err := (phone.Prefixes{"+86", "!+8690", "10086", "400*", "!400*"}).Check(); err != nil {
		t.Errorf("Check = %v; want nil", err)
	}
}

func TestNumberHidesItself(t *testing.T) {
	for in, want := range map[phone.Number]string{"+8613800138000": "…000", "10086": "10086", "": ""} {
		if got := in.LogValue().String(); got != want {
			t.Errorf("LogValue of %d digits = %q; want %q", len(in), got, want)
		}
	}
}
