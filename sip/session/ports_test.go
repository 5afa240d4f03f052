package session_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"careline/audio"
	"careline/media"
	"careline/sip/session"
)

// freeRange finds n even ports in a row that are free now.
func freeRange(t *testing.T, n int) uint16 {
	t.Helper()
	for first := uint16(42000); first < 60000; first += uint16(2 * n) {
		free := true
		for i := range n {
			conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, first+uint16(2*i))))
			if err != nil {
				free = false
				break
			}
			conn.Close()
		}
		if free {
			return first
		}
	}
	t.Fatal("no ports are free")
	return 0
}

func TestPortsFull(t *testing.T) {
	first := freeRange(t, 3)
	clock := media.NewClock(media.ClockOptions{})
	ports, err := session.NewPorts(loopback, session.PortOptions{First: first - 1, Last: first + 5, Drain: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if n := ports.Free(); n != 3 {
		t.Errorf("%d ports are free; want 3", n)
	}
	seen := map[uint16]bool{}
	var last *session.Session
	for range 3 {
		if last, err = session.Open(t.Context(), ports, clock, session.Options{}); err != nil {
			t.Fatal(err)
		}
		defer last.Close()
		p := last.LocalAddr().Port()
		if seen[p] || p%2 != 0 || p < first || p > first+4 {
			t.Errorf("port %d is odd, out of the range or given twice", p)
		}
		seen[p] = true
	}
	names := fmt.Sprintf("%d-%d of 127.0.0.1", first, first+5)
	if _, err = session.Open(t.Context(), ports, clock, session.Options{}); !errors.Is(err, session.ErrPortsFull) || !strings.Contains(err.Error(), names) {
		t.Errorf("Open = %v; want %v that names %s", err, session.ErrPortsFull, names)
	}
	last.Close() // its port rests
	if _, err = session.Open(t.Context(), ports, clock, session.Options{}); !errors.Is(err, session.ErrPortsFull) {
		t.Errorf("Open = %v; want %v while the port rests", err, session.ErrPortsFull)
	}
	if n := ports.Free(); n != 0 {
		t.Errorf("%d ports are free; want 0", n)
	}
}

func TestPortsAreUsedAgain(t *testing.T) {
	first := freeRange(t, 2)
	clock := media.NewClock(media.ClockOptions{})
	ports, err := session.NewPorts(loopback, session.PortOptions{First: first, Last: first + 3, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, first)))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // the port of another process is passed over
		s, err := session.Open(t.Context(), ports, clock, session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.LocalAddr().Port(); got != first+2 {
			t.Errorf("port %d; want %d", got, first+2)
		}
		s.Close()
	}
	taken.Close()
	if n := ports.Free(); n != 2 {
		t.Errorf("%d ports are free; want 2", n)
	}
}

// The port that was closed first is used first, so that each rests as long as it
// can.
func TestPortsRestInTurn(t *testing.T) {
	first := freeRange(t, 4)
	clock := media.NewClock(media.ClockOptions{})
	ports, err := session.NewPorts(loopback, session.PortOptions{First: first, Last: first + 7, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	open := func() *session.Session {
		s, err := session.Open(t.Context(), ports, clock, session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	var list []*session.Session
	for range 4 {
		list = append(list, open())
	}
	for _, i := range []int{2, 0, 3, 1} {
		list[i].Close()
	}
	for _, i := range []int{2, 0, 3, 1} {
		if got, want := open().LocalAddr().Port(), list[i].LocalAddr().Port(); got != want {
			t.Errorf("port %d; want %d, which was closed first", got, want)
		}
	}
}

// What is still sent to a call that is over reaches no other.
func TestPacketsOfAnOldCall(t *testing.T) {
	first := freeRange(t, 1)
	clock := media.NewClock(media.ClockOptions{})
	ports, err := session.NewPorts(loopback, session.PortOptions{First: first, Last: first + 1, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	old, p := newPhone(t), newPhone(t)
	var last *session.Session
	for i := range 2 {
		s, err := session.Open(t.Context(), ports, clock, session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if i == 0 {
			s.SetRemote(remote(old.addr(), audio.PCMA, 101))
			s.Close()
		}
		old.press(s, 101, '1')
		last = s
	}
	last.Drain(t.Context())
	last.SetRemote(remote(p.addr(), audio.PCMA, 101))
	p.press(last, 101, '2')
	old.press(last, 101, '3')
	last.Drain(t.Context())
	if got := pressed(last); got != "2" {
		t.Errorf("keys %q were taken; want the 2 alone", got)
	}
}

// A call that is over leaves no socket and no goroutine.
func TestSessionsLeaveNothing(t *testing.T) {
	ports, err := session.NewPorts(loopback, session.PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	clock := media.NewClock(media.ClockOptions{})
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	cycle := func() {
		s, err := session.Open(t.Context(), ports, clock, session.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.SetRemote(remote(newPhoneAddr, audio.PCMA, 101))
		s.Close()
	}
	cycle()
	files, routines := open(), runtime.NumGoroutine()
	for range 200 {
		cycle()
	}
	if f, r := open(), runtime.NumGoroutine(); f > files || r > routines {
		t.Errorf("%d files and %d goroutines after 200 calls; want %d and %d as before", f, r, files, routines)
	}
}

func TestIPv6(t *testing.T) {
	ports, err := session.NewPorts(netip.IPv6Loopback(), session.PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := newNode(t)
	n.ports = ports
	o := session.Options{ReportEvery: 40 * ms}
	a, b := n.open(o), n.open(o)
	a.SetRemote(remote(b.LocalAddr(), audio.PCMA, 101))
	b.SetRemote(remote(a.LocalAddr(), audio.PCMA, 101))
	keys, err := a.SendKeys("5")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "pressing", keys.Done())
	b.Drain(t.Context())
	if got := pressed(b); got != "5" || a.LocalAddr().Addr() != netip.IPv6Loopback() {
		t.Errorf("keys %q came by %v; want 5 by ::1", got, a.LocalAddr())
	}
	reported(t, a)
}

func TestPortsAllTakenByOthers(t *testing.T) {
	first := freeRange(t, 1)
	taken, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, first)))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ports, err := session.NewPorts(loopback, session.PortOptions{First: first, Last: first + 1, Drain: -1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = session.Open(t.Context(), ports, media.NewClock(media.ClockOptions{}), session.Options{})
	if !errors.Is(err, session.ErrPortsFull) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Open = %v; want %v and why", err, session.ErrPortsFull)
	}
}

func TestNewPorts(t *testing.T) {
	any4 := netip.IPv4Unspecified()
	public := netip.MustParseAddr("192.0.2.1")
	for _, tt := range []struct {
		name  string
		addr  netip.Addr
		o     session.PortOptions
		names string // in the error; empty: none
	}{
		{"a range", loopback, session.PortOptions{First: 16384, Last: 16484}, ""},
		{"all", loopback, session.PortOptions{First: 2, Last: 65535}, ""},
		{"any address, shown as another", any4, session.PortOptions{Public: public}, ""},
		{"any address, shown as each session says", any4, session.PortOptions{}, ""},
		{"no address", netip.Addr{}, session.PortOptions{}, "address"},
		{"shown as of another family", loopback, session.PortOptions{Public: netip.MustParseAddr("2001:db8::1")}, "IPv6"},
		{"one port", loopback, session.PortOptions{First: 16384, Last: 16384}, "16384-16384"},
		{"no even port", loopback, session.PortOptions{First: 16385, Last: 16385}, "16385-16385"},
		{"back to front", loopback, session.PortOptions{First: 20000, Last: 10000}, "20000-10000"},
		{"no first", loopback, session.PortOptions{Last: 10000}, "0-10000"},
		{"past the end", loopback, session.PortOptions{First: 65535, Last: 65535}, "65535-65535"},
	} {
		_, err := session.NewPorts(tt.addr, tt.o)
		if (err != nil) != (tt.names != "") || err != nil && !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%s: NewPorts = %v; want an error that names %q", tt.name, err, tt.names)
		}
	}
}

func TestAddressOfASession(t *testing.T) {
	ports, err := session.NewPorts(netip.IPv4Unspecified(), session.PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	clock := media.NewClock(media.ClockOptions{})
	if _, err = session.Open(t.Context(), ports, clock, session.Options{}); err == nil || !strings.Contains(err.Error(), "0.0.0.0") {
		t.Errorf("Open = %v; want an error that names the address where nobody can send", err)
	}
	s, err := session.Open(t.Context(), ports, clock, session.Options{Shown: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.LocalAddr().Addr(); got != loopback {
		t.Errorf("shown as %v; want %v", got, loopback)
	}
}

func TestPublicAddress(t *testing.T) {
	public := netip.MustParseAddr("192.0.2.1")
	ports, err := session.NewPorts(loopback, session.PortOptions{Public: public})
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.Open(t.Context(), ports, media.NewClock(media.ClockOptions{}), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if a := s.LocalAddr(); a.Addr() != public || a.Port() == 0 || ports.Free() != -1 {
		t.Errorf("LocalAddr = %v", a)
	}
}
