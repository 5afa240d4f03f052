package sip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/sip/dialog"
)

// register keeps a trunk registered until ctx ends or the service drains, and
// takes the registration back then: no calls shall come any more.
func (d *Driver) register(ctx context.Context, t *trunk) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-d.drained:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := d.end.Register(ctx, dialog.Registration{
		Registrar: t.registrar(), Route: t.route(), User: t.Username, Credentials: t.credentials(),
		Instance: t.instance(d.opt.Node), Expires: t.Expires, Again: t.again, Farewell: d.opt.Goodbye, Retry: d.opt.RegisterRetry,
		OnChange: func(until time.Time, err error) { t.registered(until, err) },
	})
	if err != nil {
		t.registered(time.Time{}, err)
	}
}

// registrar is the request URI of our registrations.
func (t *trunk) registrar() string { return "sip:" + t.domain() + t.parameter() }

// registered notes how registering came out. While the latest registration
// lasts a failure to renew it changes nothing, unless the connection is gone that
// the carrier would call us by.
func (t *trunk) registered(until time.Time, err error) {
	t.learn(func(h *health) {
		if err == nil {
			h.registered, h.expires, h.refused = true, until, ""
			return
		}
		h.refused = t.refusal(err)
		if !time.Now().Before(h.expires) || isDenied(err) || errors.Is(err, dialog.ErrConnectionLost) {
			h.registered = false
		}
	})
}

// isDenied tells whether the registrar does not want us, rather than that it
// could not be asked.
func isDenied(err error) bool {
	var r *dialog.RefusedError
	return errors.As(err, &r) && r.Code >= 400 && r.Code < 500 && r.Code != 408
}

// refusal says in words why registering failed.
func (t *trunk) refusal(err error) string {
	var r *dialog.RefusedError
	if !errors.As(err, &r) || r.Code == 0 {
		return fmt.Sprintf("not registered: %v", err)
	}
	return fmt.Sprintf("not registered: %d %s (%s)", r.Code, r.Reason, meaning(r.Code, t.Username))
}

// meaning is what a refusal to register tells an operator.
func meaning(code int, user string) string {
	switch code {
	case 401, 407:
		return fmt.Sprintf("the carrier does not know user %s, or the password is wrong", user)
	case 403:
		return fmt.Sprintf("the carrier forbids it: user %s may be blocked, the password wrong, or our address not permitted", user)
	case 404, 604:
		return fmt.Sprintf("the carrier has no user %s at this domain: see username and domain", user)
	case 423:
		return "the carrier wants a longer expires"
	case 503, 500, 504:
		return "the carrier's registrar is out of service"
	default:
		return "the carrier did not take it"
	}
}

// forgotten has the trunk register again, since the carrier acts as if it did
// not know us.
func (t *trunk) forgotten() {
	if t.Register {
		signal(t.again)
	}
}

// uri is where the trunk itself is asked.
func (t *trunk) uri() string { return "sip:" + t.Address + t.parameter() }

// answersTo tells whether a call for a user comes by the trunk's registration.
func (t *trunk) answersTo(user string) bool { return t.Register && user == t.Username }
