package wire_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"careline/sip/wire"
	"careline/sip/wire/wiretest"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	z := wiretest.NewZone(t)
	z.Serves("_sip._udp.carrier.test", 10, 5, 5062, "a.carrier.test")
	z.Serves("_sip._udp.carrier.test", 20, 5, 5063, "b.carrier.test")
	z.Serves("_sip._udp.carrier.test", 30, 5, 5064, "gone.carrier.test")
	z.Serves("_sip._tcp.carrier.test", 10, 5, 5065, "a.carrier.test")
	z.Serves("_sips._tcp.carrier.test", 10, 5, 5066, "a.carrier.test")
	z.Serves("_sip._tcp.stream.test", 10, 5, 5067, "a.carrier.test")
	z.Serves("_sip._udp.shut.test", 0, 0, 0, "")
	z.Host("a.carrier.test", "192.0.2.1", "2001:db8::1")
	z.Host("b.carrier.test", "192.0.2.2")
	z.Host("carrier.test", "192.0.2.9")
	z.Host("plain.test", "192.0.2.3")
	for _, tt := range []struct{ address, want string }{
		{"carrier.test", "192.0.2.1:5062;transport=udp [2001:db8::1]:5062;transport=udp 192.0.2.2:5063;transport=udp"},
		{"carrier.test;transport=tcp", "192.0.2.1:5065;transport=tcp [2001:db8::1]:5065;transport=tcp"},
		{"carrier.test;transport=tls", "192.0.2.1:5066;transport=tls;name=carrier.test [2001:db8::1]:5066;transport=tls;name=carrier.test"},
		{"carrier.test:5060", "192.0.2.9:5060;transport=udp"}, // a port says that no SRV is wanted
		{"stream.test", "192.0.2.1:5067;transport=tcp [2001:db8::1]:5067;transport=tcp"},
		{"plain.test", "192.0.2.3:5060;transport=udp"},
		{"plain.test;transport=tls", "192.0.2.3:5061;transport=tls;name=plain.test"},
		{"192.0.2.4", "192.0.2.4:5060;transport=udp"},
		{"[2001:db8::4]:5070;transport=tls;name=x", "[2001:db8::4]:5070;transport=tls;name=x"},
	} {
		hops, err := wire.Resolve(t.Context(), z.Resolver(), tt.address)
		var got []string
		for _, h := range hops {
			got = append(got, h.String())
		}
		want := strings.Fields(tt.want)
		if slices.Sort(got); err != nil || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("Resolve(%s) = %q, %v; want %q", tt.address, got, err, want)
		}
		if len(hops) > 1 && !strings.HasSuffix(want[len(want)-1], hops[len(hops)-1].String()) && strings.Contains(tt.want, "192.0.2.2") {
			t.Errorf("Resolve(%s) ends with %s; want the higher priority", tt.address, hops[len(hops)-1])
		}
	}
	for address, want := range map[string]string{
		"nowhere.test": "find nowhere.test", "shut.test": "does not take UDP", "": "no host", "a:b": "is no host",
	} {
		if hops, err := wire.Resolve(t.Context(), z.Resolver(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Resolve(%q) = %v, %v; want %s", address, hops, err, want)
		}
	}
}

// A carrier is called though DNS is lost, once it was found; nobody waits for
// DNS to be asked again, and what it says then is taken up.
func TestLostDNS(t *testing.T) {
	t.Parallel()
	z := wiretest.NewZone(t)
	z.Serves("_sip._udp.carrier.test", 10, 1, 1, "host.test")
	z.Serves("_sip._udp.carrier.test", 20, 1, 2, "host.test")
	z.Host("host.test", "127.0.0.1")
	w := start(t, wire.Options{DNS: z.Resolver()})
	hops := func() int {
		hops, err := w.Resolve(t.Context(), "carrier.test")
		if err != nil {
			t.Errorf("Resolve = %v", err)
		}
		return len(hops)
	}
	if n := hops(); n != 2 {
		t.Fatalf("%d servers; want 2", n)
	}
	z.Lose(true)
	wire.Age(w)
	if n := hops(); n != 2 {
		t.Errorf("%d servers while DNS is lost; want those that are known", n)
	}
	if hops, err := wire.Resolve(t.Context(), z.Resolver(), "carrier.test"); err == nil {
		t.Errorf("Resolve = %v of a lost DNS", hops)
	}
	z.Lose(false)
	z.Serves("_sip._udp.carrier.test", 30, 1, 5099, "host.test")
	for wire.Age(w); hops() != 3; wire.Age(w) {
		<-time.After(unit)
	}
}
