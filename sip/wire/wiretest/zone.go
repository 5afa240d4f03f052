package wiretest

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone is a name server, over UDP.
type Zone struct {
	conn *net.UDPConn

	mu    sync.Mutex
	srv   map[string][]dnsmessage.SRVResource
	hosts map[string][]netip.Addr
	lost  bool // does not answer with what it knows
}

// NewZone starts a name server for the length of a test.
func NewZone(t *testing.T) *Zone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	z := &Zone{conn: conn, srv: make(map[string][]dnsmessage.SRVResource), hosts: make(map[string][]netip.Addr)}
	t.Cleanup(func() { conn.Close() })
	go z.serve()
	return z
}

// Resolver asks this server alone.
func (z *Zone) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", z.conn.LocalAddr().String())
	}}
}

func (z *Zone) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := z.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		var q dnsmessage.Message
		if q.Unpack(buf[:n]) != nil {
			continue
		}
		res := z.answer(q)
		if b, err := res.Pack(); err == nil {
			_, _ = z.conn.WriteToUDPAddrPort(b, from)
		}
	}
}

func (z *Zone) answer(q dnsmessage.Message) dnsmessage.Message {
	z.mu.Lock()
	defer z.mu.Unlock()
	ask := q.Questions[0]
	name := strings.TrimSuffix(ask.Name.String(), ".")
	res := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, Authoritative: true}, Questions: q.Questions[:1]}
	if z.lost {
		res.RCode = dnsmessage.RCodeServerFailure
		return res
	}
	add := func(body dnsmessage.ResourceBody) {
		h := dnsmessage.ResourceHeader{Name: ask.Name, Class: dnsmessage.ClassINET, TTL: 1}
		res.Answers = append(res.Answers, dnsmessage.Resource{Header: h, Body: body})
	}
	for _, r := range z.srv[name] {
		if ask.Type == dnsmessage.TypeSRV {
			add(&r)
		}
	}
	for _, ip := range z.hosts[name] {
		switch {
		case ask.Type == dnsmessage.TypeA && ip.Is4():
			add(&dnsmessage.AResource{A: ip.As4()})
		case ask.Type == dnsmessage.TypeAAAA && ip.Is6():
			add(&dnsmessage.AAAAResource{AAAA: ip.As16()})
		}
	}
	if z.srv[name] == nil && z.hosts[name] == nil {
		res.RCode = dnsmessage.RCodeNameError
	}
	return res
}

// Serves enters an SRV record.
func (z *Zone) Serves(name string, priority, weight, port uint16, target string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.srv[name] = append(z.srv[name], dnsmessage.SRVResource{
		Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(target + "."),
	})
}

// Host enters addresses of a host.
func (z *Zone) Host(name string, ips ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, ip := range ips {
		z.hosts[name] = append(z.hosts[name], netip.MustParseAddr(ip))
	}
}

// Lose makes the server fail, or work again.
func (z *Zone) Lose(lost bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.lost = lost
}
