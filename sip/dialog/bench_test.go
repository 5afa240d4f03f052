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
