package ivr_test

import (
	"fmt"
	"testing"

	"careline/ivr"
)

// What a contact's attribute must look like to be spoken. Anything else counts
// as missing.
func TestAttributesThatCanBeSpoken(t *testing.T) {
	for _, tt := range []struct {
		kind, value string
		want        bool
	}{
		{"date", "2026-12-04", true},
		{"date", "2024-02-29", true},
		{"date", "2026-02-29", false},
		{"date", "2026-1-4", false},
		{"date", "04.12.2026", false},
		{"money", "23.50", true},
		{"money", "-0.5", true},
		{"money", "0", true},
		{"money", "23.5000", true},
		{"money", "23.505", false},
		{"money", "1,000.00", false},
		{"money", "¥20", false},
		{"money", "9999999999", false},
		{"money", ".5", false},
		{"digits", "10086", true},
		{"digits", "138 0013-8000", true},
		{"digits", "+8613800138000", false},
		{"digits", "12a", false},
		{"number", "12", true},
		{"number", "-3", true},
		{"number", "1.5", false},
		{"number", "1234567890", false},
	} {
		f, err := ivr.Parse("value.yaml", fmt.Appendf(nil, `
flow: value
languages: [en]
currency: EUR
start: value
nodes:
  value: {say: {en: [{%s: contact.value}]}, if_missing: missing, next: end}
  missing: {say: {en: It is not known.}, next: end}
`, tt.kind))
		if err != nil {
			t.Fatal(err)
		}
		_, actions := f.Step(
			f.Begin(ivr.Party{Attributes: map[string]string{"value": tt.value}}),
			ivr.Event{Kind: ivr.Answered},
		)
		if got := actions[0].Node == "value"; got != tt.want {
			t.Errorf("{%s: %q} is spoken: %v; want %v", tt.kind, tt.value, got, tt.want)
		}
	}
}
