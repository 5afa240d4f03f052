package dialog_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// both is a peer that listens on one port for UDP and TCP.
func both(t *testing.T, to netip.AddrPort) (*peer, net.Listener) {
	t.Helper()
	for {
		p := newPeer(t, to)
		if l, err := net.Listen("tcp", p.addr()); err == nil {
			t.Cleanup(func() { l.Close() })
			return p, l
		}
	}
}

func large(target string, more ...string) dialog.Invite {
	return dialog.Invite{
		Leg: dialog.NewLeg(target + strings.Join(more, "")), Offer: []byte(sdp("us") + strings.Repeat("a=x\r\n", 300)),
	}
}

// A request that is too large for a datagram goes by TCP, with the CANCEL that
// belongs to it; what follows in the call goes by UDP again.
func TestLargeRequestGoesByTCP(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}})
	p, l := both(t, e.Addr())
	inv := large(p.target("callee"))
	done := call(t.Context(), e, inv)
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	q := overTCP(t, conn)
	req := q.take("INVITE")
	if !strings.HasPrefix(req.get("Via"), "SIP/2.0/TCP "+e.TCPAddr().String()+";") || branchOf(req) != inv.Leg.Branch {
		t.Errorf("Via: %s", req.get("Via"))
	}
	if got := addrSpec(req.get("Contact")); got != "sip:"+e.Addr().String() {
		t.Errorf("Contact is %s; want UDP, as TCP was for the size alone", got)
	}
	q.reply(req, "200 OK", "a", "Contact: <"+p.target("callee")+">", sdpType, "", sdp("peer"))
	p.take("ACK")
	d := answered(t, done)
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	p.reply(p.take("BYE"), "200 OK", "")
	get(t, "Done", d.Done())

	inv = large(p.target("callee"))
	inv.Ring = 4 * t1
	done = call(t.Context(), e, inv)
	req = q.take("INVITE")
	q.reply(req, "180 Ringing", "b")
	q.reply(q.take("CANCEL"), "200 OK", "b")
	q.reply(req, "487 Request Terminated", "b")
	q.take("ACK")
	refused(t, done)
	p.none("CANCEL")
}

// Who takes no TCP gets large requests by UDP, as does who asks for it; so do
// all where we listen for no TCP.
func TestLargeRequestByUDP(t *testing.T) {
	t.Parallel()
	with, without := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}}), start(t, dialog.Options{})
	for _, tt := range []struct {
		name string
		e    *dialog.Endpoint
		more string
		tcp  bool // the peer listens
	}{
		{"refused", with, "", false},
		{"known to be refused", with, "", false},
		{"asked for", with, ";transport=udp", true},
		{"none of ours", without, "", true},
	} {
		p := newPeer(t, tt.e.Addr())
		if tt.tcp {
			p, _ = both(t, tt.e.Addr())
		}
		done := call(t.Context(), tt.e, large(p.target("callee"), tt.more))
		req := p.take("INVITE")
		if !strings.HasPrefix(req.get("Via"), "SIP/2.0/UDP ") {
			t.Errorf("%s: Via: %s", tt.name, req.get("Via"))
		}
		p.reply(req, "486 Busy Here", "a")
		p.take("ACK")
		refused(t, done)
	}
}
