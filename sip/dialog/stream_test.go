package dialog_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
	"careline/sip/wire"
)

// A phone that has connected gets its calls by that connection, as nobody can
// connect to it; once it has closed it, the call fails at once.
func TestFlow(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{Wire: wire.Options{TCP: "127.0.0.1:0"}})
	conn := dialTCP(t, e.TCPAddr())
	p := overTCP(t, conn)
	if res := p.caller("x").do("OPTIONS"); res.code() != 200 {
		t.Errorf("OPTIONS got %s", res.start)
	}
	at := netip.MustParseAddrPort(p.addr())
	if !e.Wire().Connected("TCP", at) {
		t.Errorf("Connected(%s) = false", at)
	}
	inv := dialog.Invite{
		Leg: dialog.NewLeg("sip:li@127.0.0.1:1;transport=tcp"), Offer: []byte(sdp("us")),
		Route: p.addr() + ";transport=tcp;flow",
	}
	done := call(t.Context(), e, inv)
	req := p.take("INVITE")
	p.reply(req, "200 OK", "a", "Contact: <sip:li@127.0.0.1:1;transport=tcp>", sdpType, "", sdp("peer"))
	if ack := p.take("ACK"); !strings.HasPrefix(ack.start, "ACK sip:li@127.0.0.1:1;transport=tcp") {
		t.Errorf("ACK is %s; want the Contact as its request URI", ack.start)
	}
	d := answered(t, done)
	go func() { _ = d.Bye(t.Context(), dialog.Reason{}) }()
	p.reply(p.take("BYE"), "200 OK", "")
	get(t, "Done", d.Done())
	conn.Close()
	for e.Wire().Connected("TCP", at) {
		<-time.After(t1)
	}
	inv.Leg = dialog.NewLeg(inv.Leg.Target)
	if r := refused(t, call(t.Context(), e, inv)); !errors.Is(r, dialog.ErrNotSent) || !strings.Contains(r.Error(), "is closed") {
		t.Errorf("Invite by a closed connection = %v", r)
	}
}
