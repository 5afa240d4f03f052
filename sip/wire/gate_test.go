package wire_test

import (
	"bytes"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"careline/sip/wire"
)

// sipgo keeps every source for the life of its listener, before it parses.
func TestAllow(t *testing.T) {
	t.Parallel()
	var good atomic.Pointer[netip.AddrPort]
	w := start(t, wire.Options{
		Allow: func(source netip.AddrPort, head []byte) bool {
			if bytes.HasPrefix(head, []byte("PANIC")) {
				panic("allow")
			}
			return source == *good.Load()
		},
	})
	p := overUDP(t, w.Addr())
	at := netip.MustParseAddrPort(p.conn.LocalAddr().String())
	good.Store(&at)
	strangers := make([]*peer, 20)
	for i := range strangers {
		strangers[i] = overUDP(t, w.Addr())
		strangers[i].send(strangers[i].request("OPTIONS", ""))
		strangers[i].send("PANIC")
	}
	if code := p.do("OPTIONS"); code != 200 {
		t.Errorf("OPTIONS of the one who may got %d", code)
	}
	for _, s := range strangers {
		_ = s.conn.SetReadDeadline(time.Now().Add(unit))
		if m, err := s.next(); err == nil {
			t.Errorf("a stranger got %q", m)
		}
	}
	if s := w.Stats(); s.Dropped != 20 || s.Panics != 20 {
		t.Errorf("Stats = %+v; want 20 dropped, 20 panics", s)
	}
	if n := wire.Sources(w); n > 3 {
		t.Errorf("%d sources are kept; want the listener, the one who may, and all in one", n)
	}
}

func TestNewOnATakenPort(t *testing.T) {
	t.Parallel()
	w := start(t, wire.Options{TCP: "127.0.0.1:0"})
	for _, o := range []wire.Options{{UDP: w.Addr().String()}, {TCP: w.TCPAddr().String()}, {UDP: "nonsense"}} {
		if _, err := wire.New(o, answers); err == nil {
			t.Errorf("New(%+v) succeeded", o)
		}
	}
	if _, err := wire.New(wire.Options{UDP: w.Addr().String()}, answers); !strings.Contains(err.Error(), w.Addr().String()) {
		t.Errorf("New = %v; want the address named", err)
	}
}
