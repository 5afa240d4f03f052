package dialog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"careline/sip/dialog"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	ctx, stop := context.WithCancel(t.Context())
	changes, ended := make(chan error, 9), make(chan error, 1)
	go func() {
		ended <- e.Register(ctx, dialog.Registration{
			Registrar: "sip:carrier.invalid", Route: p.addr(), User: "line 1", Expires: time.Second,
			Credentials: dialog.Credentials{User: "u", Password: "secret"}, Retry: t1,
			OnChange: func(_ time.Time, err error) { changes <- err },
		})
	}()
	req := p.take("REGISTER")
	if req.start != "REGISTER sip:carrier.invalid SIP/2.0" || req.get("To") != "<sip:line%201@carrier.invalid>" || req.get("Expires") != "1" {
		t.Errorf("REGISTER is\n%s", req.raw)
	}
	p.reply(req, "401 Unauthorized", "r", `WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"`)
	req = p.take("REGISTER")
	proves(t, req.get("Authorization"), "REGISTER", "secret")
	p.reply(req, "423 Interval Too Brief", "r", "Min-Expires: 90")
	req = p.take("REGISTER")
	if req.get("Expires") != "90" {
		t.Errorf("Expires: %s; want 90, as asked for", req.get("Expires"))
	}
	p.reply(req, "200 OK", "r", "Contact: <sip:other@192.0.2.1>;expires=9999", "Contact: <"+addrSpec(req.get("Contact"))+">;expires=1")
	if err := get(t, "OnChange", changes); err != nil {
		t.Errorf("OnChange got %v", err)
	}
	granted := time.Now()
	next := p.take("REGISTER")
	if took := time.Since(granted); took < 400*time.Millisecond || took > 900*time.Millisecond {
		t.Errorf("registered again after %v; want half of 1 s", took)
	}
	if next.get("Call-ID") != req.get("Call-ID") || next.get("CSeq") == req.get("CSeq") {
		t.Errorf("next REGISTER is\n%s", next.raw)
	}
	p.reply(next, "503 Service Unavailable", "r")
	var ref *dialog.RefusedError
	if err := get(t, "OnChange", changes); !errors.As(err, &ref) || ref.Code != 503 {
		t.Errorf("OnChange got %v; want 503", err)
	}
	p.reply(p.take("REGISTER"), "200 OK", "r", "Expires: 600")
	if err := get(t, "OnChange", changes); err != nil {
		t.Errorf("OnChange got %v", err)
	}
	stop()
	gone := p.take("REGISTER")
	if gone.get("Expires") != "0" {
		t.Errorf("last REGISTER is\n%s", gone.raw)
	}
	p.reply(gone, "200 OK", "r")
	if err := get(t, "Register", ended); err != nil {
		t.Error(err)
	}
}

func TestRegisterAtNoURI(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	if err := e.Register(t.Context(), dialog.Registration{Registrar: "carrier"}); err == nil {
		t.Error("Register at no URI succeeded")
	}
}

// TestRegisterAgainAtOnce when something tells that the registrar has lost us,
// and later and later while it refuses.
func TestRegisterAgainAtOnce(t *testing.T) {
	t.Parallel()
	e := start(t, dialog.Options{})
	p := newPeer(t, e.Addr())
	ctx, stop := context.WithCancel(t.Context())
	again, ended := make(chan struct{}, 1), make(chan error, 1)
	untils := make(chan time.Time, 9)
	go func() {
		ended <- e.Register(ctx, dialog.Registration{
			Registrar: "sip:carrier.invalid", Route: p.addr(), User: "acme", Retry: t1, Farewell: 10 * t1, Again: again,
			OnChange: func(until time.Time, _ error) { untils <- until },
		})
	}()
	p.reply(p.take("REGISTER"), "200 OK", "r", "Expires: 3600")
	if left := time.Until(get(t, "OnChange", untils)); left < 59*time.Minute || left > time.Hour {
		t.Errorf("registered for %v; want the hour that was granted", left)
	}
	again <- struct{}{}
	began := time.Now()
	for range 3 { // t1, 2 t1, 4 t1, and up to a quarter more
		p.reply(p.take("REGISTER"), "403 Forbidden", "r")
		if until := get(t, "OnChange", untils); !until.IsZero() {
			t.Errorf("registered until %v though it was refused", until)
		}
	}
	p.take("REGISTER")
	if took := time.Since(began); took < 7*t1 {
		t.Errorf("refused three times it asks again after %v in all; want %v at least", took, 7*t1)
	}
	stop()
	if err := get(t, "Register", ended); err != nil { // though nobody confirms its farewell
		t.Error(err)
	}
}
