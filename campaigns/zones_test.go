package campaigns_test

import (
	"slices"
	"testing"

	"careline/campaigns"
	"careline/phone"
)

func TestCustomerZones(t *testing.T) {
	for _, tt := range []struct {
		number phone.Number
		zone   string
		want   []string
	}{
		{"+12125550100", "", []string{"America/New_York"}},
		{"+12125550100", "America/New_York", []string{"America/New_York"}},
		{"+12125550100", "America/Denver", []string{"America/New_York", "America/Denver"}}, // carried along: US-5
		{"+61412345678", "Australia/Perth", []string{"Australia/Sydney", "Australia/Perth"}},
		{"10086", "Asia/Shanghai", []string{"Asia/Shanghai"}},
		{"10086", "", nil},
	} {
		c := campaigns.Customer{Number: tt.number, Zone: tt.zone}
		if got := c.Zones(); !slices.Equal(got, tt.want) {
			t.Errorf("Zones of %s in %q = %v; want %v", string(tt.number), tt.zone, got, tt.want)
		}
	}
	if got := (campaigns.Customer{Number: "+61412345678"}).Zones(); len(got) < 5 {
		t.Errorf("Zones of a mobile of Australia = %v; want all of the country's", got)
	}
}
