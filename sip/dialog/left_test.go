package dialog_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"careline/sip/dialog"
)

// Of calls that came to any end nothing is left when their messages cannot be
// under way any more, after 64*T1: no entry, goroutine or timer.
func TestCallsLeaveNothing(t *testing.T) {
	opt := dialog.Options{SessionExpires: 2 * time.Second, MinSE: time.Second}
	ch := make(chan inbound, 999)
	opt.OnInvite = answering(ch, holds(make(chan string, 999)))
	e := start(t, opt)
	p := newPeer(t, e.Addr())
	p.caller("x").do("OPTIONS") // it runs
	idle, before := working(), runtime.NumGoroutine()
	for range 10 {
		endings(t, e, p)
	}
	look := time.NewTicker(t1)
	defer look.Stop()
	limit := time.After(patience)
	for {
		left, crew, now := dialog.Left(e), working(), runtime.NumGoroutine()
		if left == "" && crew <= idle && now <= before+2 {
			return
		}
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("left: %sgoroutines: %d of the endpoint, were %d; %d in all, were %d", left, crew, idle, now, before)
		}
	}
}

// endings makes calls that end in each way there is.
func endings(t *testing.T, e *dialog.Endpoint, p *peer) {
	t.Helper()
	answered := func(more ...string) *side {
		s := p.caller("100")
		s.ack(p.final(s.invite(more...)))
		return s
	}
	s := answered("Supported: timer", "Session-Expires: 2;refresher=uas", "Allow: UPDATE") // would be refreshed
	s.do("UPDATE", sdpType, "", sdp("hold"))
	s.do("BYE")
	s = answered() // re-INVITE that is never confirmed, and cut off
	s.do("INVITE", sdpType, "", sdp("hold"))
	s.do("BYE")
	p.final(p.caller("100").invite()) // never confirmed: our BYE is not answered either
	s = p.caller("100")               // cancelled
	p.send(s.with("CANCEL", branchOf(s.invite()), 1).raw)
	s = p.caller("100") // refused
	p.final(s.invite("Require: x"))

	ctx, stop := context.WithCancel(t.Context())
	done := call(ctx, e, to(p)) // ours, which the peer ends while we offer
	req := p.take("INVITE")
	p.ok(req, "a", "Session-Expires: 2;refresher=uas")
	d := (<-done).d
	offer(t.Context(), d, "new")
	p.take("INVITE", "2 INVITE") // never answered
	p.callee(req, "a").do("BYE")
	call(ctx, e, to(p)) // given up without a word of the peer
	p.take("INVITE")
	stop()
}

// working is how many goroutines endpoints have under way.
func working() int {
	stacks := make([]byte, 4<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "wire.(*crew).do(")
}
