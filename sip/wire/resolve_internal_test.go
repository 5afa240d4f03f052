package wire

import (
	"math/rand/v2"
	"net"
	"testing"
)

// Each server of a priority comes first as often as its weight says (RFC 2782),
// and none before one of a lower priority.
func TestOrderSRV(t *testing.T) {
	t.Parallel()
	records := []*net.SRV{
		{Target: "last", Priority: 20, Weight: 60000},
		{Target: "none", Priority: 10},
		{Target: "one", Priority: 10, Weight: 10},
		{Target: "three", Priority: 10, Weight: 30},
		{Target: "six", Priority: 10, Weight: 60},
	}
	const draws = 100_000
	chance := rand.New(rand.NewPCG(1, 2))
	first, second := map[string]int{}, map[string]int{}
	for range draws {
		got := orderSRV(records, chance.IntN)
		if len(got) != len(records) || got[4].Target != "last" || got[3].Target != "none" {
			t.Fatalf("order of %d ends with %s, %s", len(got), got[3].Target, got[4].Target)
		}
		first[got[0].Target]++
		if got[0].Target == "six" {
			second[got[1].Target]++
		}
	}
	for name, want := range map[string]float64{"one": 0.1, "three": 0.3, "six": 0.6} {
		if got := float64(first[name]) / draws; got < want-0.01 || got > want+0.01 {
			t.Errorf("%s is first in %.3f; want %.2f", name, got, want)
		}
	}
	if got := float64(second["three"]) / float64(first["six"]); got < 0.74 || got > 0.76 {
		t.Errorf("three comes after six in %.3f; want 0.75, as its weight among the others is", got)
	}
	if orderSRV(nil, chance.IntN) == nil {
		t.Error("the order of nothing is nil")
	}
	equal := []*net.SRV{{Target: "a"}, {Target: "b"}}
	count := 0
	for range draws {
		if orderSRV(equal, chance.IntN)[0].Target == "a" {
			count++
		}
	}
	if got := float64(count) / draws; got < 0.49 || got > 0.51 {
		t.Errorf("of two without weight the first comes first in %.3f; want 0.5", got)
	}
}

func TestReadHeading(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Heading{
		"carrier.example":         {Host: "carrier.example"},
		"carrier.example:5070":    {Host: "carrier.example", Port: 5070},
		"192.0.2.1;transport=tcp": {Host: "192.0.2.1", Transport: "TCP"},
		"[2001:db8::1]:5060":      {Host: "2001:db8::1", Port: 5060},
		"[2001:db8::1]":           {Host: "2001:db8::1"},
		"2001:db8::1":             {Host: "2001:db8::1"},
		"192.0.2.1:5061;transport=tls;name=carrier;flow": {Host: "192.0.2.1", Port: 5061, Transport: "TLS", Name: "carrier", Flow: true},
	} {
		got, err := ReadHeading(in)
		if got != want || err != nil {
			t.Errorf("ReadHeading(%q) = %+v, %v; want %+v", in, got, err, want)
		}
		if again, err := ReadHeading(got.String()); again != got || err != nil {
			t.Errorf("%q, written as %q, is read as %+v, %v", in, got.String(), again, err)
		}
	}
	for _, in := range []string{"", ":5060", "carrier:sip", "carrier:70000", "a:b:c", "[:]:0", "carrier;colour=red"} {
		if h, err := ReadHeading(in); err == nil {
			t.Errorf("ReadHeading(%q) = %+v; want an error", in, h)
		}
	}
}

// What is read as a heading is read the same once it is written.
func FuzzReadHeading(f *testing.F) {
	for _, s := range []string{"carrier.example:5070;transport=tcp;flow", "[2001:db8::1]:5061;name=x", "192.0.2.1", "a:b:c", ";", "[", "::%a", "[:]:0", "[::0]:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ReadHeading(s)
		if err != nil {
			return
		}
		if again, err := ReadHeading(h.String()); err != nil || again != h {
			t.Errorf("%q is read as %+v, then as %+v, %v", s, h, again, err)
		}
	})
}
