package phone_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"careline/phone"
)

// TestQuickIsThorough: whatever the quick way accepts, the library reads in the
// same way. Numbers of all regions are changed at random.
func TestQuickIsThorough(t *testing.T) {
	regions := slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
	r := rand.New(rand.NewPCG(1, 2))
	const tries = 300
	taken := 0
	for _, region := range regions {
		for range tries {
			if _, ok := check(t, vary(r, region), region); ok {
				taken++
			}
		}
	}
	if taken < tries*len(regions)/10 {
		t.Errorf("the quick way took %d of %d numbers; want a tenth", taken, tries*len(regions))
	}
}

// vary returns a number that may be one of the region, with a prefix or without.
func vary(r *rand.Rand, region string) string {
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.VOIP}
	n := phonenumbers.GetExampleNumberForType(region, kinds[r.IntN(len(kinds))])
	if n == nil {
		n = phonenumbers.GetExampleNumber(region)
	}
	digits := []byte(phonenumbers.GetNationalSignificantNumber(n))
	for range r.IntN(5) {
		digits[r.IntN(len(digits))] = byte('0' + r.IntN(10))
	}
	code := fmt.Sprint(n.GetCountryCode())
	prefixes := []string{"", "0", "1", "8", "00", "+" + code, "+" + code + "0", code, "00" + code, "011" + code}
	return prefixes[r.IntN(len(prefixes))] + string(digits[:len(digits)-max(0, r.IntN(8)-6)])
}

func check(t *testing.T, digits, region string) (phone.Number, bool) {
	t.Helper()
	got, ok := phone.Quick(digits, region)
	if !ok {
		return "", false
	}
	if want, err := phone.Thorough(digits, region); err != nil || got != want {
		t.Errorf("%q in %s: quick says %q; the library says %q, %v", digits, region, string(got), string(want), err)
	}
	return got, true
}

func TestQuickTakesTheUsual(t *testing.T) {
	for _, tt := range []struct{ digits, region, want string }{
		{"13800138000", "CN", "+8613800138000"},
		{"13800138000", "cn", "+8613800138000"},
		{"02079460018", "GB", "+442079460018"},
		{"07400123456", "GB", "+447400123456"},
		{"2125550123", "US", "+12125550123"},
		{"+8613800138000", "", "+8613800138000"},
		{"+442079460018", "CN", "+442079460018"},
	} {
		if got, ok := phone.Quick(tt.digits, tt.region); !ok || string(got) != tt.want {
			t.Errorf("Quick(%q, %s) = %q, %v; want %q", tt.digits, tt.region, string(got), ok, tt.want)
		}
	}
}

func FuzzQuick(f *testing.F) {
	f.Add("13800138000", "CN")
	f.Add("+4402079460018", "GB")
	f.Add("95588123", "CN")
	f.Fuzz(func(t *testing.T, digits, region string) {
		for _, d := range digits {
			if d < '0' || d > '9' {
				digits = "+8613800138000"
			}
		}
		check(t, digits, region)
	})
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ region, format string }{{"CN", "138%08d"}, {"GB", "07400 %06d"}, {"", "+86138%08d"}} {
		b.Run(bb.region+bb.format, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := phone.Parse(fmt.Sprintf(bb.format, i%1_000_000), bb.region); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
