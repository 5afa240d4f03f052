package session

import (
	"net/netip"
	"testing"
	"time"
)

// heardBy is a packet that reaches a latch, and whether it is taken.
type heardBy struct {
	after time.Duration // since the one before
	from  string
	seq   uint16
	taken bool
}

func TestLatchRules(t *testing.T) {
	const (
		named = "10.0.0.5:4000"
		host  = "10.0.0.5:9999"
		via   = "198.51.100.7:61000"
		other = "203.0.113.66:1234"
		third = "203.0.113.67:1234"
	)
	again := heardBy{from: "again"}
	moved := heardBy{from: "moved"}
	for _, tt := range []struct {
		name    string
		packets []heardBy
	}{
		{"who was named", []heardBy{{0, named, 1, true}, {0, host, 1, false}, {0, via, 1, false}, {0, named, 2, true}}},
		{"another port of the host", []heardBy{{0, host, 1, true}, {0, via, 1, false}, {0, host, 2, true}, {0, named, 1, true}, {0, host, 3, false}}},
		{"where the signalling comes from", []heardBy{{0, via, 1, true}, {0, host, 1, false}, {0, "198.51.100.7:61001", 1, false}, {0, named, 1, true}, {0, via, 2, false}}},
		{"any host, after some packets in a row", []heardBy{
			{0, other, 1, false}, {0, other, 2, false}, {0, other, 3, false}, {0, other, 4, true}, {0, third, 1, false}, {0, via, 1, true}, {0, other, 5, false},
		}},
		{"any host, not in a row", []heardBy{{0, other, 1, false}, {0, other, 2, false}, {0, third, 3, false}, {0, other, 3, false}, {0, other, 9, false}, {0, other, 10, false}}},
		{"silence alone lets nobody in", []heardBy{{0, host, 1, true}, {time.Hour, via, 1, false}, {time.Hour, host, 2, true}}},
		{"named again, still there", []heardBy{{0, via, 1, true}, again, {0, host, 1, false}, {10 * time.Millisecond, via, 2, true}, {time.Hour, host, 2, false}}},
		{"named again, and gone from there", []heardBy{{0, via, 1, true}, again, {900 * time.Millisecond, host, 1, false}, {200 * time.Millisecond, host, 2, true}, {0, via, 2, false}}},
		{"another address named", []heardBy{{0, named, 1, true}, moved, {0, host, 1, true}, {0, named, 2, false}, {0, "10.0.0.5:5000", 1, true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Unix(1_800_000_000, 0)
			describe := func(addr string) *peer {
				return &peer{Remote: Remote{Addr: netip.MustParseAddrPort(addr)}, since: now, via: netip.MustParseAddr("198.51.100.7")}
			}
			var l latch
			p := describe(named)
			for i, h := range tt.packets {
				now = now.Add(h.after)
				switch h.from {
				case "again":
					p = describe(named)
					continue
				case "moved":
					p = describe("10.0.0.5:5000")
					continue
				}
				from := netip.MustParseAddrPort(h.from)
				if got := l.may(p, from, now) && l.settle(from, h.seq, now); got != h.taken {
					t.Fatalf("packet %d, from %s: taken %v; want %v", i, h.from, got, h.taken)
				}
			}
		})
	}
}
