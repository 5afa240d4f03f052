package phone_test

import (
	"errors"
	"strings"
	"testing"

	"careline/phone"
)

var parseTests = []struct{ in, region, want, why string }{
	{in: "+86 138 0013 8000", region: "CN", want: "+8613800138000"},
	{in: "13800138000", region: "CN", want: "+8613800138000"},
	{in: "13800138000", region: "cn", want: "+8613800138000"},
	{in: "8613800138000", region: "CN", want: "+8613800138000"},
	{in: "0086-138-0013-8000", region: "CN", want: "+8613800138000"},
	{in: "１３８００１３８０００", region: "CN", want: "+8613800138000"},
	{in: "＋86（138）0013－8000", region: "", want: "+8613800138000"},
	{in: "'13800138000", region: "CN", want: "+8613800138000"},
	{in: " tel:+8613800138000\t", region: "", want: "+8613800138000"},
	{in: "010-1234 5678", region: "CN", want: "+861012345678"},
	{in: "+1 (212) 555-0100", region: "CN", want: "+12125550100"},
	{in: "020 7946 0018", region: "GB", want: "+442079460018"},
	{in: "0044 (20) 7946-0018", region: "FR", want: "+442079460018"},

	{in: "95588", region: "CN", want: "95588"},
	{in: "12345", region: "CN", want: "12345"},
	{in: "10086", region: "CN", want: "10086"},
	{in: "+8610086", region: "GB", want: "10086"},
	{in: "10086", region: "", want: "10086"},
	{in: "95588123", region: "CN", want: "95588123"},
	{in: "400-812-3123", region: "CN", want: "4008123123"},
	{in: "+86 400 812 3123", region: "", want: "4008123123"},
	{in: "201234", region: "FO", want: "+298201234"}, // a subscriber's whole number

	{in: "", why: "it is empty"},
	{in: " - ", why: "it is empty"},
	{in: "01632 960001", region: "", why: "a national number, but the country is not known"},
	{in: "+44 1632 CALL", why: `'C' does not belong`},
	{in: "1.38E+10", region: "CN", why: `'E' does not belong`},
	{in: "86+13800138000", region: "CN", why: `'+' does not belong`},
	{in: "sip:10086@host", region: "CN", why: `'s' does not belong`},
	{in: "+8613800138000;ext=5", why: `';' does not belong`},
	{in: "+999 123456", why: "invalid country code"},
	{in: "1380013800", region: "CN", why: "no such range in +86"},
	{in: "138001380001", region: "CN", why: "no such range in +86"},
	{in: "+49 1511", why: "no such range in +49"},
	{in: "+1 555", why: "too short for +1"},
	{in: "+1 212 555 01000", why: "too long for +1"},
	{in: "+1 5550100", why: "the area code is missing"},
	{in: "12", region: "CN", why: "too short for +86"},
	{in: strings.Repeat("1 ", 30), region: "CN", why: "longer than 40 bytes"},
}

func TestParse(t *testing.T) {
	for _, tt := range parseTests {
		got, err := phone.Parse(tt.in, tt.region)
		if string(got) != tt.want || (tt.want == "") != errors.Is(err, phone.ErrInvalid) {
			t.Errorf("Parse(%q, %q) = %q, %v; want %q", tt.in, tt.region, got, err, tt.want)
		}
		if tt.why != "" && (err == nil || !strings.Contains(err.Error(), tt.why)) {
			t.Errorf("Parse(%q, %q) = %v; want %q", tt.in, tt.region, err, tt.why)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range parseTests {
		f.Add(tt.in, tt.region)
	}
	f.Fuzz(func(t *testing.T, in, region string) {
		n, err := phone.Parse(in, region)
		if err != nil {
			if n != "" || !errors.Is(err, phone.ErrInvalid) {
				t.Errorf("Parse(%q, %q) = %q, %v; want an ErrInvalid alone", in, region, n, err)
			}
			return
		}
		again, err := phone.Parse(string(n), "CN")
		if err != nil || again != n {
			t.Errorf("Parse(%q, %q) = %q, which reads as %q, %v", in, region, n, again, err)
		}
		if strings.Trim(string(n), "+0123456789") != "" {
			t.Errorf("Parse(%q, %q) = %q; want digits", in, region, n)
		}
	})
}

// Whatever IsE164 takes Parse leaves as it is, where such a number exists.
func TestIsE164(t *testing.T) {
	for s, want := range map[string]bool{
		"+8613800138000": true, "+442079460301": true, "+12155551212": true, "+4930123456": true,
		"8613800138000": false, "+8695588": false, "+864001234567": false, "+86 13800138000": false,
		"+0123456789": false, "+1234567": false, "+1234567890123456": false, "+44x079460301": false, "": false, "+": false,
	} {
		if got := phone.IsE164(s); got != want {
			t.Errorf("IsE164(%q) = %v; want %v", s, got, want)
		}
		if n, err := phone.Parse(s, ""); want && (err != nil || string(n) != s) {
			t.Errorf("Parse(%q) = %q, %v; want it as it is", s, string(n), err)
		}
	}
}
