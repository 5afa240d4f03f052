package sip

import (
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
	g := &guard{trunks: []*trunk{tr}, phones: reg}
	const invite, junk = "INVITE sip:1@192.0.2.9 SIP/2.0\r\nVia: x", "GET / HTTP/1.1\r\n"
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
		{"10.0.0.5:5071", "\r\n\r\n", false, false},
		{"10.9.9.9:5060", invite, true, false},
		{"10.9.9.9:5060", "SIP/2.0 200 OK\r\n", true, false},
		{"10.9.9.9:5060", "INVITE sip:1@192.0.2.9 SIP/2.0", false, false},
		{"10.9.9.9:5060", "", false, false},
	} {
		src := netip.MustParseAddrPort(tt.src)
		if got := g.allow(src, []byte(tt.head), time.Unix(1, 0)); got != tt.allow {
			t.Errorf("allow(%s, %q) = %v; want %v", tt.src, tt.head, got, tt.allow)
		}
		unmapped := netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
		if got := g.trunk(unmapped) != nil; got != tt.east {
			t.Errorf("trunk(%s) = %v; want %v", tt.src, got, tt.east)
		}
	}
}

func TestGuardBoundsStrangers(t *testing.T) {
	g := &guard{phones: newRegistry()}
	src, head := netip.MustParseAddrPort("10.9.9.9:5060"), []byte("OPTIONS sip:x SIP/2.0\r\n")
	heard := 0
	for range 3 * mostStrange {
		if g.allow(src, head, time.Unix(1, 0)) {
			heard++
		}
	}
	if heard != mostStrange {
		t.Errorf("%d packets of a stranger were read in one second; want %d", heard, mostStrange)
	}
	if !g.allow(src, head, time.Unix(2, 0)) {
		t.Error("none is read in the next second")
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
		{Listen: "0.0.0.0:0"}, // nobody can send sound there
		{Host: "pbx.example"},
		{Ports: Ports{First: 20001, Last: 20001}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%q, %q, %v) has no error", o.Listen, o.Host, o.Ports)
		}
	}
}
