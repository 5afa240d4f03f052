package main

import (
	"testing"
	"time"

	"careline/phone"
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
