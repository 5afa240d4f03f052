package dialog_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"careline/sip/dialog"
)

// start runs an endpoint for the length of a test.
func start(t testing.TB, o dialog.Options) *dialog.Endpoint {
	t.Helper()
	e, stop := begin(t, o)
	t.Cleanup(stop)
	return e
}

// begin runs an endpoint until stop, which may be called once.
func begin(t testing.TB, o dialog.Options) (_ *dialog.Endpoint, stop func()) {
	t.Helper()
	e, err := dialog.New(o)
	for n := 0; err != nil && errors.Is(err, syscall.EADDRINUSE) && n < 100; n++ {
		<-time.After(5 * time.Millisecond) // a closed socket lives on in a child until it has become SIPp
		e, err = dialog.New(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	return e, func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run = %v; want nil", err)
			}
		case <-time.After(patience):
			t.Error("Run goes on after its ctx has ended")
		}
	}
}

// result is what Invite returned.
type result struct {
	d   *dialog.Dialog
	err error
}

// call places a call and returns where its result will be.
func call(ctx context.Context, e *dialog.Endpoint, inv dialog.Invite) <-chan result {
	ch := make(chan result, 1)
	go func() {
		d, err := e.Invite(ctx, inv)
		ch <- result{d, err}
	}()
	return ch
}

// get waits for something; what names it.
func get[T any](t *testing.T, what string, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		t.Fatalf("waited for %s in vain", what)
	}
	return v
}

// answered waits for a call's dialog.
func answered(t *testing.T, ch <-chan result) *dialog.Dialog {
	t.Helper()
	r := get(t, "Invite", ch)
	if r.err != nil {
		t.Fatalf("Invite: %v", r.err)
	}
	return r.d
}

// refused waits for a call's refusal.
func refused(t *testing.T, ch <-chan result) *dialog.RefusedError {
	t.Helper()
	r := get(t, "Invite", ch)
	var ref *dialog.RefusedError
	if !errors.As(r.err, &ref) {
		t.Fatalf("Invite = %v, %v; want a *RefusedError", r.d, r.err)
	}
	return ref
}

// to asks for a call to the peer.
func to(p *peer) dialog.Invite {
	return dialog.Invite{
		Leg: dialog.NewLeg(p.target("callee")), From: dialog.Party{User: "1000", Display: `Care "line" \ 客服`},
		Offer: []byte(sdp("us")), Ring: time.Minute,
	}
}
