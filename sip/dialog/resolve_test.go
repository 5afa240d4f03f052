package dialog_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"careline/sip/dialog"
)

// zone is a name server, played by the test over UDP.
type zone struct {
	t    *testing.T
	conn *net.UDPConn

	mu    sync.Mutex
	srv   map[string][]dnsmessage.SRVResource
	hosts map[string][]netip.Addr
	lost  bool // does not answer with what it knows
}

func newZone(t *testing.T) *zone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	z := &zone{t: t, conn: conn, srv: make(map[string][]dnsmessage.SRVResource), hosts: make(map[string][]netip.Addr)}
	t.Cleanup(func() { conn.Close() })
	go z.serve()
	return z
}

// resolver asks this server alone.
func (z *zone) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", z.conn.LocalAddr().String())
	}}
}

func (z *zone) serve() {
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

func (z *zone) answer(q dnsmessage.Message) dnsmessage.Message {
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

// serves enters an SRV record.
func (z *zone) serves(name string, priority, weight, port uint16, target string) {
	z.srv[name] = append(z.srv[name], dnsmessage.SRVResource{
		Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(target + "."),
	})
}

func (z *zone) host(name string, ips ...string) {
	for _, ip := range ips {
		z.hosts[name] = append(z.hosts[name], netip.MustParseAddr(ip))
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	z := newZone(t)
	z.set(func() {
		z.serves("_sip._udp.carrier.test", 10, 5, 5062, "a.carrier.test")
		z.serves("_sip._udp.carrier.test", 20, 5, 5063, "b.carrier.test")
		z.serves("_sip._udp.carrier.test", 30, 5, 5064, "gone.carrier.test")
		z.serves("_sip._tcp.carrier.test", 10, 5, 5065, "a.carrier.test")
		z.serves("_sips._tcp.carrier.test", 10, 5, 5066, "a.carrier.test")
		z.serves("_sip._tcp.stream.test", 10, 5, 5067, "a.carrier.test")
		z.serves("_sip._udp.shut.test", 0, 0, 0, "")
		z.host("a.carrier.test", "192.0.2.1", "2001:db8::1")
		z.host("b.carrier.test", "192.0.2.2")
		z.host("carrier.test", "192.0.2.9")
		z.host("plain.test", "192.0.2.3")
	})
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
		hops, err := dialog.Resolve(t.Context(), z.resolver(), tt.address)
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
		if hops, err := dialog.Resolve(t.Context(), z.resolver(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Resolve(%q) = %v, %v; want %s", address, hops, err, want)
		}
	}
}

// carrier is a peer of a name with SRV: the first server of the name refuses
// connections, or is silent, the second one is p.
func carrierOf(t *testing.T, z *zone, p *peer, name string, dead uint16) {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.addr())
	n, _ := strconv.Atoi(port)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.serves(name, 10, 1, dead, "host.test")
	z.serves(name, 20, 1, uint16(n), "host.test")
	z.hosts["host.test"] = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
}

// closedPort is a port of TCP that nobody listens on.
func closedPort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

// Where nothing could be sent the INVITE goes on to the next server, as it is;
// the one that failed is not asked again at once.
func TestInviteGoesToTheNextServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	z, dead := newZone(t), closedPort(t)
	carrierOf(t, z, &peer{addr: func() string { return l.Addr().String() }}, "_sip._tcp.carrier.test", dead)
	e := start(t, dialog.Options{DNS: z.resolver()})
	inv := dialog.Invite{Leg: dialog.NewLeg("sip:x@carrier.test;transport=tcp"), Offer: []byte(sdp("us"))}
	done := call(t.Context(), e, inv)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	p := overTCP(t, conn)
	req := p.take("INVITE")
	if branchOf(req) != inv.Leg.Branch {
		t.Errorf("branch is %s; want the one of the leg, as no other INVITE has left", branchOf(req))
	}
	p.reply(req, "486 Busy Here", "a")
	p.take("ACK")
	refused(t, done)
	hops, err := e.Resolve(t.Context(), "carrier.test;transport=tcp")
	if err != nil || len(hops) != 2 || hops[0].Addr.Port() == dead {
		t.Errorf("Resolve = %v, %v; want the dead one last", hops, err)
	}
}

// A server that is silent, or has no room, is tried after the others for a
// while. The INVITE itself is not sent twice: nobody knows what became of it.
func TestSilentServerComesLast(t *testing.T) {
	t.Parallel()
	z := newZone(t)
	deaf, p := newPeer(t, netip.AddrPort{}), newPeer(t, netip.AddrPort{})
	carrierOf(t, z, p, "_sip._udp.carrier.test", netip.MustParseAddrPort(deaf.addr()).Port())
	e := start(t, dialog.Options{DNS: z.resolver()})
	deaf.to, p.to = e.Addr(), e.Addr()
	inv := dialog.Invite{Leg: dialog.NewLeg("sip:x@carrier.test"), Offer: []byte(sdp("us"))}
	if r := refused(t, call(t.Context(), e, inv)); !errors.Is(r, dialog.ErrNoResponse) || !r.Sent {
		t.Errorf("Invite = %+v; want no response", r)
	}
	deaf.take("INVITE")
	p.none("INVITE")
	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	done := call(t.Context(), e, inv)
	p.reply(p.take("INVITE"), "503 Service Unavailable", "a", "Retry-After: 600")
	refused(t, done)
	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	done = call(t.Context(), e, inv) // both are out of order: by priority again
	deaf.reply(deaf.take("INVITE"), "486 Busy Here", "b")
	refused(t, done)
	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	done = call(t.Context(), e, inv) // the silent one has spoken
	deaf.reply(deaf.take("INVITE"), "486 Busy Here", "b")
	refused(t, done)
}

// A carrier is called though DNS is lost, once it was found; nobody waits for
// DNS to be asked again, and what it says then is taken up.
func TestLostDNS(t *testing.T) {
	t.Parallel()
	z := newZone(t)
	carrierOf(t, z, newPeer(t, netip.AddrPort{}), "_sip._udp.carrier.test", 1)
	e := start(t, dialog.Options{DNS: z.resolver()})
	hops := func() int {
		hops, err := e.Resolve(t.Context(), "carrier.test")
		if err != nil {
			t.Errorf("Resolve = %v", err)
		}
		return len(hops)
	}
	if n := hops(); n != 2 {
		t.Fatalf("%d servers; want 2", n)
	}
	z.set(func() { z.lost = true })
	dialog.Age(e)
	if n := hops(); n != 2 {
		t.Errorf("%d servers while DNS is lost; want those that are known", n)
	}
	if hops, err := dialog.Resolve(t.Context(), z.resolver(), "carrier.test"); err == nil {
		t.Errorf("Resolve = %v of a lost DNS", hops)
	}
	z.set(func() {
		z.lost = false
		z.serves("_sip._udp.carrier.test", 30, 1, 5099, "host.test")
	})
	for dialog.Age(e); hops() != 3; dialog.Age(e) {
		<-time.After(t1)
	}
}

func (z *zone) set(change func()) {
	z.mu.Lock()
	defer z.mu.Unlock()
	change()
}
