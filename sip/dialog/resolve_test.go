package dialog_test

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
	"careline/sip/wire/wiretest"
)

// carrier is a peer of a name with SRV: the first server of the name refuses
// connections, or is silent, the second one is p.
func carrierOf(t *testing.T, z *wiretest.Zone, p *peer, name string, dead uint16) {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.addr())
	n, _ := strconv.Atoi(port)
	z.Serves(name, 10, 1, dead, "host.test")
	z.Serves(name, 20, 1, uint16(n), "host.test")
	z.Host("host.test", "127.0.0.1")
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
	z, dead := wiretest.NewZone(t), closedPort(t)
	carrierOf(t, z, &peer{addr: func() string { return l.Addr().String() }}, "_sip._tcp.carrier.test", dead)
	e := start(t, dialog.Options{Wire: wire.Options{DNS: z.Resolver()}})
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
	hops, err := e.Wire().Resolve(t.Context(), "carrier.test;transport=tcp")
	if err != nil || len(hops) != 2 || hops[0].Addr.Port() == dead {
		t.Errorf("Resolve = %v, %v; want the dead one last", hops, err)
	}
}

// A server that is silent, or has no room, is tried after the others for a
// while. The INVITE itself is not sent twice: nobody knows what became of it.
func TestSilentServerComesLast(t *testing.T) {
	t.Parallel()
	z := wiretest.NewZone(t)
	deaf, p := newPeer(t, netip.AddrPort{}), newPeer(t, netip.AddrPort{})
	carrierOf(t, z, p, "_sip._udp.carrier.test", netip.MustParseAddrPort(deaf.addr()).Port())
	e := start(t, dialog.Options{Wire: wire.Options{DNS: z.Resolver()}})
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
