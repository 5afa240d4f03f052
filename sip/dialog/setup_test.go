package dialog_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"careline/sip/dialog"
)

func replaceLine(raw, old, line string) string {
	return strings.Replace(raw, old+"\r\n", line+"\r\n", 1)
}

// Beyond so many calls that come in at once others are asked to try again, until
// one of them rings, is answered, refused or given up.
func TestTooManySetups(t *testing.T) {
	t.Parallel()
	calls, free := make(chan *dialog.Incoming, 9), make(chan bool)
	e := start(t, dialog.Options{MostSetups: 2, OnInvite: func(_ context.Context, in *dialog.Incoming) {
		calls <- in
		<-free
	}})
	t.Cleanup(func() { close(free) })
	p := newPeer(t, e.Addr())
	refused := 0
	full := func() {
		t.Helper()
		res := p.final(p.caller("100").invite())
		refused++
		if after, err := strconv.Atoi(res.get("Retry-After")); res.code() != 503 || err != nil || after < 1 || after > 10 {
			t.Errorf("a call too many got\n%s\nwant 503 with Retry-After", res.raw)
		}
	}
	fill := func() (inv msg, s *side, in *dialog.Incoming) {
		t.Helper()
		s = p.caller("100")
		inv = s.invite()
		return inv, s, get(t, "call", calls)
	}
	fill()
	_, _, in := fill()
	full()
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	_, _, in = fill()
	full()
	if err := in.Refuse(486, "Busy Here"); err != nil {
		t.Fatal(err)
	}
	inv, s, _ := fill()
	full()
	p.send(s.with("CANCEL", branchOf(inv), 1).raw)
	if res := p.final(inv); res.code() != 487 {
		t.Errorf("INVITE got %s; want 487", res.start)
	}
	inv, s, in = fill()
	full()
	up := make(chan error, 1)
	go func() {
		_, err := in.Answer(t.Context(), []byte(sdp("us")), dialog.Handlers{})
		up <- err
	}()
	res := p.final(inv)
	fill() // before it is confirmed
	s.ack(res)
	if err := get(t, "Answer", up); err != nil {
		t.Error(err)
	}
	if n := e.Stats().Overloads; n != int64(refused) {
		t.Errorf("Overloads = %d; want %d", n, refused)
	}
}
