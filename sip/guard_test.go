package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"careline/agents"
	"careline/phone"
)

func TestGuardAllows(t *testing.T) {
	tr, err := newTrunk(Trunk{Name: "east", Address: "192.0.2.1", Sources: []string{"198.51.100.0/24", "203.0.113.7", "203.0.113.8:5080"}})
	if err != nil {
		t.Fatal(err)
	}
	reg := newRegistry()
	reg.load([]agents.Binding{{Agent: "li", Contact: "sip:li@10.0.0.5", Source: "10.0.0.5:5070"}})
	g := newGuard(reg, someone)
	g.trunks = []*trunk{tr}
	const invite, junk = "INVITE sip:1@192.0.2.9 SIP/2.0\r\nVia: x", "GET / HTTP/1.1\r\n"
	const register = "REGISTER sip:192.0.2.9 SIP/2.0\r\nVia: x"
	for _, tt := range []struct {
		src         string
		head        string
		allow, east bool
	}{
		{"192.0.2.1:5060", junk, true, true},
		{"192.0.2.1:5061", junk, false, false},
		{"198.51.100.99:1", junk, true, true},
		{"203.0.113.7:4000", junk, true, true},
		{"203.0.113.8:5080", junk, true, true},
		{"203.0.113.8:5081", junk, false, false},
		{"[::ffff:203.0.113.7]:4000", junk, true, true},
		{"10.0.0.5:5070", "\r\n\r\n", true, false},
		{"10.0.0.5:5070", invite, true, false},
		{"10.0.0.5:5071", "\r\n\r\n", false, false},
		{"10.0.0.5:5071", invite, false, false},
		{"10.0.0.5:5071", register, true, false},
		{"10.9.9.9:5060", register, true, false},
		{"[2001:db8::1]:5060", register, true, false},
		{"10.9.9.9:5060", invite, false, false},
		{"10.9.9.9:5060", "OPTIONS sip:1@192.0.2.9 SIP/2.0\r\n", false, false},
		{"10.9.9.9:5060", "SIP/2.0 200 OK\r\n", false, false},
		{"10.9.9.9:5060", "REGISTER sip:192.0.2.9 SIP/2.0", false, false},
		{"10.9.9.9:5060", "REGISTER sip:192.0.2.9 HTTP/1.1\r\n", false, false},
		{"10.9.9.9:5060", "", false, false},
	} {
		src := netip.MustParseAddrPort(tt.src)
		if got := g.allow(src, []byte(tt.head)); got != tt.allow {
			t.Errorf("allow(%s, %q) = %v; want %v", tt.src, tt.head, got, tt.allow)
		}
		unmapped := netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
		if got := g.trunk(unmapped) != nil; got != tt.east {
			t.Errorf("trunk(%s) = %v; want %v", tt.src, got, tt.east)
		}
	}
	g.register = false
	if g.allow(netip.MustParseAddrPort("10.9.9.9:5060"), []byte(register)) {
		t.Error("a REGISTER is read where no phone is configured")
	}
}

func TestGuardMetersStrangers(t *testing.T) {
	now, friend := time.Unix(1000, 0), netip.MustParseAddr("10.0.0.5")
	reg := newRegistry()
	reg.load([]agents.Binding{{Agent: "li", Contact: "sip:li@10.0.0.5", Source: "10.0.0.5:5070"}})
	g := newGuard(reg, someone)
	heard := func(ip netip.Addr, packets int) (n int) {
		for range packets {
			if g.allowStranger(ip, now) {
				n++
			}
		}
		return n
	}
	if n := heard(netip.MustParseAddr("10.9.9.9"), 1000); n != burstOfOne {
		t.Errorf("%d packets of one source were read at once; want %d", n, burstOfOne)
	}
	all := burstOfOne
	for i := range 250 {
		all += heard(netip.AddrFrom4([4]byte{10, 9, 8, byte(i)}), 4)
	}
	if all != mostStrange {
		t.Errorf("%d packets of strangers were read at once; want %d", all, mostStrange)
	}
	if n := heard(friend, 10); n != 10 {
		t.Errorf("%d packets were read from where a phone is registered; want all 10", n)
	}
	now = now.Add(time.Second)
	if n := heard(netip.MustParseAddr("10.9.9.9"), 1000); n != mostOfOne {
		t.Errorf("%d packets of it were read in the next second; want %d", n, mostOfOne)
	}
	for i := range 2 * mostStrangers {
		heard(netip.AddrFrom4([4]byte{11, 0, byte(i >> 8), byte(i)}), 1)
	}
	if n := len(g.strangers.one); n > mostStrangers {
		t.Errorf("%d sources are counted; want at most %d", n, mostStrangers)
	}
}

func TestGuardBansSources(t *testing.T) {
	now := time.Now()
	reg := newRegistry()
	reg.load([]agents.Binding{{Agent: "li", Contact: "sip:li@10.0.0.5", Source: "10.0.0.5:5070"}})
	g := newGuard(reg, someone)
	guess := func(src string) (lasts time.Duration) {
		for range mostGuesses {
			lasts = g.failed(netip.MustParseAddrPort(src), now)
		}
		return lasts
	}
	if lasts := guess("10.9.9.9:1"); lasts != lockOut || g.allowStranger(netip.MustParseAddr("10.9.9.9"), now) {
		t.Errorf("after %d guesses banned for %v; want %v", mostGuesses, lasts, lockOut)
	}
	if lasts := guess("10.0.0.5:6000"); lasts != 0 || !g.allowStranger(netip.MustParseAddr("10.0.0.5"), now) {
		t.Errorf("a phone's neighbour has it banned for %v", lasts)
	}
	guess("[2001:db8::1]:1")
	if g.allowStranger(netip.MustParseAddr("2001:db8::2"), now) {
		t.Error("the neighbour in a banned /64 is read")
	}
	if !g.allowStranger(netip.MustParseAddr("2001:db8:0:1::1"), now) || !g.allowStranger(netip.MustParseAddr("10.9.9.9"), now.Add(lockOut)) {
		t.Error("another network, or one whose ban is over, is not read")
	}
}

// BenchmarkFlood is what a packet of a stranger costs beyond its being read.
func BenchmarkFlood(b *testing.B) {
	g := newGuard(newRegistry(), someone)
	for i := range 4 {
		t, err := newTrunk(Trunk{Name: fmt.Sprint(i), Address: fmt.Sprintf("192.0.2.%d", i), Sources: []string{"198.51.100.0/24"}})
		if err != nil {
			b.Fatal(err)
		}
		g.trunks = append(g.trunks, t)
	}
	for name, head := range map[string]string{"invite": "INVITE sip:1@192.0.2.9 SIP/2.0\r\nVia: x", "register": "REGISTER sip:192.0.2.9 SIP/2.0\r\nVia: x"} {
		packet := []byte(head)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				g.allow(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060), packet)
			}
		})
	}
}

// Carriers at one address are told apart by their ports, in whatever order they
// are configured.
func TestGuardTakesTheTrunkOfThatVeryAddress(t *testing.T) {
	var list []*trunk
	for _, o := range []Trunk{
		{Name: "secure", Address: "192.0.2.1:5061", Transport: "tls"},
		{Name: "wide", Address: "192.0.2.9", Sources: []string{"192.0.2.0/24"}},
		{Name: "plain", Address: "192.0.2.1:5060"},
		{Name: "other", Address: "198.51.100.1", Sources: []string{"192.0.2.1:5090"}},
	} {
		w, err := newTrunk(o)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, w)
	}
	g := newGuard(newRegistry(), Options{})
	g.trunks = list
	for src, want := range map[string]string{
		"192.0.2.1:5060": "plain", "192.0.2.1:5090": "other", "192.0.2.1:40000": "secure", "192.0.2.7:5060": "wide",
	} {
		if got := g.trunk(netip.MustParseAddrPort(src)); got == nil || got.Name != want {
			t.Errorf("a call from %s came by %+v; want %s", src, got, want)
		}
	}
	secure := netip.MustParseAddrPort("192.0.2.1:40000")
	for transport, want := range map[string]string{"TLS": "secure", "TCP": "wide", "UDP": "wide"} {
		if got := g.trunkOf(secure, "10086", transport); got == nil || got.Name != want {
			t.Errorf("a call by %s came by %+v; want %s", transport, got, want)
		}
	}
	g.trunks = list[:1]
	if got := g.trunkOf(secure, "10086", "UDP"); got != nil {
		t.Errorf("a datagram that says it comes from a trunk by TLS came by %+v; want none", got)
	}
}

func TestBadTrunks(t *testing.T) {
	for _, tt := range []struct {
		trunk Trunk
		want  string
	}{
		{Trunk{Address: "192.0.2.1"}, "no name"},
		{Trunk{Name: "east"}, "trunk east: no address"},
		{Trunk{Name: "east", Address: "192.0.2.1", Sources: []string{"nowhere"}}, `"nowhere"`},
		{Trunk{Name: "east", Address: "192.0.2.1", Allow: phone.Prefixes{"86"}, Sources: []string{"1.2.3.4/99"}}, "1.2.3.4/99"},
		{Trunk{Name: "east", Address: "192.0.2.1", Allow: phone.Prefixes{"+86x"}}, "+86x"},
	} {
		_, err := New(Options{Trunks: []Trunk{tt.trunk}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New with %+v = %v; want an error with %q", tt.trunk, err, tt.want)
		}
	}
	two := Trunk{Name: "east", Address: "192.0.2.1"}
	if _, err := New(Options{Trunks: []Trunk{two, two}}); err == nil || !strings.Contains(err.Error(), "two are named east") {
		t.Errorf("New with two trunks of one name = %v", err)
	}
}

func TestBadAddresses(t *testing.T) {
	for _, o := range []Options{
		{Listen: "127.0.0.1:99999"},
		{Host: "pbx.example"},
		{Ports: Ports{First: 20001, Last: 20001}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%q, %q, %v) has no error", o.Listen, o.Host, o.Ports)
		}
	}
}

// someone may register.
var someone = Options{Phones: map[string]string{"li": "secret"}}
