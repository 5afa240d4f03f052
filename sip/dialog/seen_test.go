package dialog_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// newPeer6 is a peer on ::1.
func newPeer6(t *testing.T, to netip.AddrPort) *peer {
	t.Helper()
	return newPeerAt(t, &net.UDPAddr{IP: net.IPv6loopback}, to)
}

// Calls go out and come in over IPv6, with brackets where they belong, on a
// socket of its own and on one for both kinds.
func TestIPv6(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"[::1]:0", "[::]:0"} {
		dialogs := make(chan *dialog.Dialog, 1)
		e := start(t, dialog.Options{Wire: wire.Options{UDP: listen, TCP: listen}, OnInvite: func(ctx context.Context, in *dialog.Incoming) {
			d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{})
			if err != nil {
				t.Error(err)
			}
			dialogs <- d
		}})
		at, stream := netip.AddrPortFrom(netip.IPv6Loopback(), e.Addr().Port()), netip.AddrPortFrom(netip.IPv6Loopback(), e.TCPAddr().Port())
		p := newPeer6(t, at)
		done := call(t.Context(), e, to(p))
		req := p.take("INVITE sip:callee@[::1]:")
		if !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+at.String()+";") || addrSpec(req.get("Contact")) != "sip:1000@"+at.String() {
			t.Errorf("Via: %s, Contact: %s; want %s", req.get("Via"), req.get("Contact"), at)
		}
		if !strings.Contains(req.get("From"), "sip:1000@[::1]>") {
			t.Errorf("From: %s", req.get("From"))
		}
		p.ok(req, "a")
		p.take("ACK sip:callee@[::1]:")
		d := answered(t, done)
		if res := p.callee(req, "a").do("BYE"); res.code() != 200 {
			t.Errorf("BYE got %s", res.start)
		}
		get(t, "Done", d.Done())
		for _, q := range []*peer{p, overTCP(t, dialTCP(t, stream))} {
			s := q.caller("100")
			res := q.final(s.invite())
			if q.transport == "UDP" && param(res.get("Via"), "received") != "::1" {
				t.Errorf("Via: %s; want received=::1", res.get("Via"))
			}
			s.ack(res)
			d = get(t, "dialog", dialogs)
			go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
			q.reply(q.take("BYE"), "200 OK", "")
			get(t, "Done", d.Done())
		}
	}
}

// A socket for both kinds talks IPv4 too.
func TestDualStack(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{Wire: wire.Options{UDP: "[::]:0"}})
	p := newPeer(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), e.Addr().Port()))
	done := call(t.Context(), e, to(p))
	req := p.take("INVITE")
	if !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+p.to.String()+";") {
		t.Errorf("Via: %s; want %s", req.get("Via"), p.to)
	}
	p.reply(req, "486 Busy Here", "a")
	p.take("ACK")
	refused(t, done)
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 || param(res.get("Via"), "received") != "127.0.0.1" {
		t.Errorf("OPTIONS got %s, Via: %s", res.start, res.get("Via"))
	}
	only4 := start(t, dialog.Options{})
	if r := refused(t, call(t.Context(), only4, dialog.Invite{Leg: dialog.NewLeg("sip:x@[2001:db8::1]")})); !strings.Contains(r.Error(), "no address of 2001:db8::1 can be reached from 127.0.0.1") {
		t.Errorf("Invite over IPv6 from IPv4 = %v", r)
	}
}

// An answer goes where the request really came from, whatever its Via says, and
// tells the sender where that is.
func TestViaThatLies(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	_, port, _ := net.SplitHostPort(p.addr())
	for _, tt := range []struct{ sentBy, rport, want string }{
		{"10.1.2.3:5060", ";rport", "rport=" + port + " received=127.0.0.1"},
		{"phone.invalid:5060", ";rport", "rport=" + port + " received=127.0.0.1"},
		{"127.0.0.1:1", ";rport", "rport=" + port + " received=127.0.0.1"},
		{"192.0.2.1:" + port, "", "received=127.0.0.1"},
	} {
		s := p.caller("x")
		req := s.request("OPTIONS")
		p.raw(strings.Replace(req.raw, p.addr()+";branch="+branchOf(req)+";rport", tt.sentBy+";branch="+branchOf(req)+tt.rport, 1))
		res := p.final(req)
		got := ""
		if v := param(res.get("Via"), "rport"); v != "" {
			got = "rport=" + v + " "
		}
		if got += "received=" + param(res.get("Via"), "received"); got != tt.want {
			t.Errorf("sent by %s%s: Via: %s; want %s", tt.sentBy, tt.rport, res.get("Via"), tt.want)
		}
	}
}

// Those inside see the address listened on, the others the external one.
func TestInside(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ local, want string }{
		{"127.0.0.0/8", ""}, {"10.0.0.0/8", "192.0.2.1:6060"},
	} {
		e := start(t, dialog.Options{Wire: wire.Options{Host: "192.0.2.1:6060", Local: []netip.Prefix{netip.MustParsePrefix(tt.local)}}})
		if tt.want == "" {
			tt.want = e.Addr().String()
		}
		p := newPeer(t, e.Addr())
		done := call(t.Context(), e, to(p))
		req := p.take("INVITE")
		if addrSpec(req.get("Contact")) != "sip:1000@"+tt.want || !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+tt.want+";rport") &&
			!strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+tt.want+";branch") {
			t.Errorf("%s is inside: Contact: %s, Via: %s; want %s", tt.local, req.get("Contact"), req.get("Via"), tt.want)
		}
		p.reply(req, "486 Busy Here", "a")
		p.take("ACK")
		refused(t, done)
	}
}

// TestExternalOfBothKinds: each kind of peer sees the address that it can send to.
func TestExternalOfBothKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ host, host6, want4, want6 string }{
		{"192.0.2.1", "2001:db8::1", "192.0.2.1", "[2001:db8::1]"},
		{"2001:db8::1", "192.0.2.1", "192.0.2.1", "[2001:db8::1]"}, // in the other order
		{"192.0.2.1", "", "192.0.2.1", "[::1]"},
		{"2001:db8::1", "", "127.0.0.1", "[2001:db8::1]"},
	} {
		e := start(t, dialog.Options{Wire: wire.Options{UDP: "[::]:0", Host: tt.host, Host6: tt.host6}})
		at := func(ip string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(ip), e.Addr().Port()) }
		for p, want := range map[*peer]string{newPeer(t, at("127.0.0.1")): tt.want4, newPeer6(t, at("::1")): tt.want6} {
			want = fmt.Sprintf("%s:%d", want, e.Addr().Port())
			done := call(t.Context(), e, to(p))
			req := p.take("INVITE")
			if addrSpec(req.get("Contact")) != "sip:1000@"+want || !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP "+want+";") {
				t.Errorf("%q, %q: Contact: %s, Via: %s; want %s", tt.host, tt.host6, req.get("Contact"), req.get("Via"), want)
			}
			p.reply(req, "486 Busy Here", "a")
			p.take("ACK")
			refused(t, done)
		}
	}
}
