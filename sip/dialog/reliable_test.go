package dialog_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"careline/sip/dialog"
)

// ringing is a call whose caller wants to confirm that it rings.
func ringing(t *testing.T) (p *peer, s *side, in *dialog.Incoming, inv, ring msg) {
	t.Helper()
	calls := make(chan *dialog.Incoming, 1)
	e := start(t, dialog.Options{OnInvite: func(ctx context.Context, in *dialog.Incoming) {
		calls <- in
		<-ctx.Done()
	}})
	p = newPeer(t, e.Addr())
	s = p.caller("100")
	inv = s.invite("Require: 100rel")
	in = get(t, "call", calls)
	p.take("SIP/2.0 100") // whatever the call waits for
	for range 2 {         // once is enough
		if err := in.Ring(); err != nil {
			t.Fatal(err)
		}
	}
	ring = p.take("SIP/2.0 180")
	if n, err := strconv.Atoi(ring.get("RSeq")); err != nil || n < 1 || ring.get("Require") != "100rel" || toTag(ring) == "" {
		t.Errorf("180 is\n%s", ring.raw)
	}
	s.other, s.uri = ring.get("To"), addrSpec(ring.get("Contact"))
	return p, s, in, inv, ring
}

func TestRingingIsConfirmed(t *testing.T) {
	t.Parallel()
	p, s, in, inv, ring := ringing(t)
	p.again(ring, 3)
	for _, bad := range []string{"", "x", "1 1 INVITE", ring.get("RSeq") + " 2 INVITE", ring.get("RSeq") + " 1 UPDATE"} {
		if res := s.do("PRACK", "RAck: "+bad); res.code() != 481 {
			t.Errorf("PRACK of %q got %s; want 481", bad, res.start)
		}
	}
	rack := "RAck: " + ring.get("RSeq") + " 1  INVITE"
	if res := s.do("PRACK", rack); res.code() != 200 {
		t.Errorf("PRACK got %s; want 200", res.start)
	}
	if res := s.do("PRACK", rack); res.code() != 481 {
		t.Errorf("a second PRACK got %s; want 481", res.start)
	}
	up := make(chan error, 1)
	go func() {
		_, err := in.Answer(t.Context(), []byte(sdp("us")), dialog.Handlers{})
		up <- err
	}()
	res := p.final(inv)
	if res.code() != 200 || strings.Contains(res.get("Require"), "100rel") {
		t.Errorf("INVITE got\n%s", res.raw)
	}
	s.ack(res)
	if err := get(t, "Answer", up); err != nil {
		t.Error(err)
	}
}

// The answer need not wait for the confirmation, which is taken afterwards too.
func TestRingingIsConfirmedAfterTheAnswer(t *testing.T) {
	t.Parallel()
	p, s, in, inv, ring := ringing(t)
	go func() { _, _ = in.Answer(t.Context(), []byte(sdp("us")), dialog.Handlers{}) }()
	s.ack(p.final(inv))
	if res := s.do("PRACK", "RAck: "+ring.get("RSeq")+" 1 INVITE"); res.code() != 200 {
		t.Errorf("PRACK got %s; want 200", res.start)
	}
}

func TestRingingIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	p, _, in, inv, _ := ringing(t)
	if res := p.final(inv); res.code() != 504 {
		t.Errorf("INVITE got %s; want 504", res.start)
	}
	get(t, "Done", in.Done())
}

func TestPrackOfNoCall(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	if res := newPeer(t, e.Addr()).caller("x").do("PRACK", "RAck: 1 1 INVITE"); res.code() != 481 {
		t.Errorf("PRACK out of the blue got %s; want 481", res.start)
	}
}
