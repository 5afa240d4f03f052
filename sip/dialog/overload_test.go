package dialog_test

import (
	"context"
	"testing"

	"careline/sip/dialog"
)

// Of a burst those that there is room for are answered. Each of the others gets
// one refusal, and its repeats the same, also when there is room again: its
// caller has gone elsewhere by then.
func TestOverload(t *testing.T) {
	t.Parallel()
	const most, burst = 4, 60
	calls, free := make(chan *dialog.Incoming, burst), make(chan bool)
	e := start(t, dialog.Options{MostSetups: most, OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		calls <- in
		<-free
		if d, err := in.Answer(ctx, []byte(sdp("us")), dialog.Handlers{}); err == nil {
			<-d.Done()
		}
	}})
	p := newPeer(t, e.Addr())
	sides, invites, refusals := make([]*side, burst), make([]msg, burst), make([]msg, burst)
	for i := range sides {
		sides[i] = p.caller("100")
		invites[i] = sides[i].invite()
	}
	for i := range most { // repeats of those that are in are nothing new
		get(t, "call", calls)
		p.send(invites[i].raw)
	}
	for i := most; i < burst; i++ {
		refusals[i] = p.final(invites[i])
		if res := refusals[i]; res.code() != 503 || res.get("Retry-After") == "" || toTag(res) == "" {
			t.Fatalf("a call too many got\n%s\nwant 503 with Retry-After", res.raw)
		}
		p.send(invites[i].raw)
		p.again(refusals[i], 2)
	}
	confirm(t, p, sides[most:], refusals[most:], invites[most:])
	close(free)
	sides[0].ack(p.final(invites[0]))
	p.send(invites[burst-1].raw)
	p.again(refusals[burst-1], 3)
	for i, s := range sides[1:most] {
		s.ack(p.final(invites[i+1]))
	}
	for _, s := range sides[:most] {
		if res := s.do("BYE"); res.code() != 200 {
			t.Errorf("BYE got %s", res.start)
		}
	}
	if s := p.caller("100"); p.final(s.invite()).code() != 200 {
		t.Error("there is no room for calls after the burst")
	}
	get(t, "call", calls)
	if n := len(calls); n != 0 {
		t.Errorf("%d calls more than were answered", n)
	}
	if n := e.Stats().Overloads; n != burst-most {
		t.Errorf("Overloads = %d; want %d", n, burst-most)
	}
	p.none("SIP/2.0 503")
}

// confirm sends the ACKs of refusals, after a CANCEL of the first that crossed
// its refusal.
func confirm(t *testing.T, p *peer, sides []*side, refusals, invites []msg) {
	t.Helper()
	cancel := sides[0].with("CANCEL", branchOf(invites[0]), 1)
	p.send(cancel.raw)
	if res := p.final(cancel); res.code() != 200 {
		t.Errorf("CANCEL of a refused call got %s; want 200", res.start)
	}
	for i, s := range sides {
		to := s.other
		s.other = refusals[i].get("To")
		p.send(s.with("ACK", branchOf(invites[i]), 1).raw)
		s.other = to
	}
}
