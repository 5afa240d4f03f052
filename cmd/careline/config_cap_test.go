package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/campaigns"
	"careline/phone"
	"careline/store"
)

func TestCapsOfADay(t *testing.T) {
	c, err := parseConfig("careline.yaml", []byte(`
zone: Asia/Shanghai
trunks:
  - {name: east, address: 203.0.113.1, caps: {calls: 10, spend: 5, price: 0.01, prices: {"+86": 0.02, "+861": 0.03}}}
  - {name: west, address: 203.0.113.2}
`))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // one o'clock of the next day there
	for number, price := range map[string]float64{"+441632960001": 0.01, "+862012345678": 0.02, "+8613800138000": 0.03} {
		got := c.capOf("east", phone.Number(number), now)
		if got.Price != price || got.Calls != 10 || got.Spend != 5 || got.Day != "2026-11-23" || !got.Ends.Equal(now.Add(23*time.Hour)) {
			t.Errorf("capOf(%s) = %+v; want %v a minute, until midnight in Shanghai", number, got, price)
		}
	}
	if got := c.capOf("west", "+441632960001", now); got.Day != "" {
		t.Errorf("capOf a trunk without caps = %+v", got)
	}
}

// Why a contact is not called tells of its trunks too.
func TestWaysOfAContact(t *testing.T) {
	c, err := parseConfig("careline.yaml", []byte(`
trunks:
  - {name: east, address: 203.0.113.1, allow: ["+1"], caps: {calls: 1}}
  - {name: west, address: 203.0.113.2, allow: ["+44"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "careline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for number, want := range map[string]string{
		"+12125550100": "", "+18765550100": "+1876 (Jamaica) is closed", "+8613800138000": "leave the number out", "+441632960001": "leave the number out",
	} {
		in := campaigns.Inputs{Number: phone.Number(number)}
		in.Definition.Trunks = []string{"east"}
		in, err := c.ways(t.Context(), usesOf(s), in, time.Now())
		if err != nil || in.Allowed != (want == "") || !strings.Contains(in.Barred, want) || in.Capped != "" {
			t.Errorf("ways to %s: %v, %q, %q, %v; want %q", number, in.Allowed, in.Barred, in.Capped, err, want)
		}
	}
}
