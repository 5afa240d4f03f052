package dialog_test

import (
	"context"
	"testing"

	"careline/sip/dialog"
)

// BenchmarkCall is one whole call between two endpoints on loopback: INVITE,
// 200, ACK, BYE, 200. The processor time is that of both.
func BenchmarkCall(b *testing.B) {
	callee := start(b, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		if d, err := in.Answer(ctx, in.Offer(), dialog.Handlers{}); err == nil {
			<-d.Done()
		}
	}})
	caller := start(b, dialog.Options{})
	b.ReportAllocs()
	for b.Loop() {
		d, err := caller.Invite(b.Context(), dialog.Invite{
			Leg: dialog.NewLeg("sip:x@" + callee.Addr().String()), Offer: []byte(sdp("us")),
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Bye(b.Context(), dialog.Reason{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefusal is one call that comes in while too many others do: INVITE,
// 503, ACK. The processor time is that of the endpoint, but for the caller's
// three messages.
func BenchmarkRefusal(b *testing.B) {
	free := make(chan bool)
	e := start(b, dialog.Options{MostSetups: 1, OnInvite: func(context.Context, *dialog.Incoming) { <-free }})
	b.Cleanup(func() { close(free) })
	p := newPeer(b, e.Addr())
	p.caller("first").invite()
	p.take("SIP/2.0 100")
	b.ReportAllocs()
	for b.Loop() {
		s := p.caller("100")
		inv := s.invite()
		s.other = p.final(inv).get("To")
		p.send(s.with("ACK", branchOf(inv), 1).raw)
	}
}
