package phone_test

import (
	"strings"
	"testing"

	"careline/phone"
)

func TestClosedRanges(t *testing.T) {
	for _, tt := range []struct {
		allow  string
		number phone.Number
		want   string // in why it is refused; empty: it is permitted
	}{
		{"+1", "+12125550100", ""},
		{"+1", "+18765550100", "+1876 (Jamaica) is closed against fraud"},
		{"+1 +1876", "+18765550100", ""},
		{"+1 +1876555", "+18765550100", ""},
		{"+1 +1876555", "+18765560100", "closed"},
		{"+18765550100", "+18765550100", ""},
		{"+1 +1876 !+1876555", "+18765550100", "forbid"},
		{"+44", "+441632960001", ""},
		{"+44", "+447011234567", "personal numbers of the United Kingdom"},
		{"+44", "+449098790000", "premium"},
		{"+8", "+881612345678", "satellite"},
		{"+8", "+8613800138000", ""},
		{"+44", "+8613800138000", "leave the number out"},
		{"10086 400*", "10086", ""},
		{"", "+441632960001", "leave the number out"},
	} {
		p := phone.Prefixes(strings.Fields(tt.allow))
		got := p.Refuses(tt.number)
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || p.Permit(tt.number) != (got == "") {
			t.Errorf("%q refuses %s: %q; want %q", tt.allow, string(tt.number), got, tt.want)
		}
	}
}

func TestClosesAndOpens(t *testing.T) {
	closes, opens := phone.Prefixes{"+1", "+1876", "+44", "+449098"}.Closes()
	has := func(list []phone.Closed, prefix string) bool {
		for _, c := range list {
			if c.Prefix == prefix && c.What != "" {
				return true
			}
		}
		return false
	}
	for _, prefix := range []string{"+1900", "+1809", "+4470", "+449"} {
		if !has(closes, prefix) || has(opens, prefix) {
			t.Errorf("%s is not listed as closed", prefix)
		}
	}
	if !has(opens, "+1876") || !has(opens, "+449098") || has(closes, "+1876") || has(closes, "+881") {
		t.Errorf("closes %v, opens %v; want +1876 and +449098 open, +881 not mentioned", closes, opens)
	}
}
