package twin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// create carries out CreateCall.
func (t *Twin) create(in inquiry) (reply, *failure) {
	if bad := t.related(in); bad != nil {
		return reply{}, bad
	}
	for _, name := range []string{"ApplicationSid", "Byoc", "CallToken", "ClientNotificationUrl", "Passports", "Record", "SendDigits"} {
		if v := in.params.Get(name); v != "" && v != "false" {
			t.violateREST(in.r, 0, "%s is something that the twin does not do", name)
		}
	}
	c := t.order(in)
	if bad := t.mayCall(in, c); bad != nil {
		return reply{}, bad
	}
	t.mu.Lock()
	if in.acc.Calls > 0 && in.acc.up >= in.acc.Calls {
		t.mu.Unlock()
		return reply{}, &failure{code: 10004, message: "Call concurrency limit exceeded"}
	}
	t.enter(c)
	c.Wait = in.acc.reserve(c.Created)
	in.acc.up++
	said := t.callJSON(c)
	t.mu.Unlock()
	e := c.about(KindCreated)
	e.URL = in.params.Get("Url")
	t.write(e)
	t.start(func(ctx context.Context) { t.life(ctx, c) })
	return reply{in.what.Status, said}, nil
}

// order is the call that a request asks for.
func (t *Twin) order(in inquiry) *call {
	p := in.params
	c := &call{
		acc: in.acc, limit: time.Duration(whole(p, "TimeLimit", bound("call"))) * time.Second, ring: time.Duration(whole(p, "Timeout", 60)) * time.Second,
		Call:     Call{To: p.Get("To"), From: p.Get("From"), Direction: "outbound-api", Status: "queued", Params: p},
		first:    source{url: p.Get("Url"), method: cmp.Or(p.Get("Method"), http.MethodPost)},
		fallback: source{url: p.Get("FallbackUrl"), method: cmp.Or(p.Get("FallbackMethod"), http.MethodPost)},
		watch:    watch{p.Get("StatusCallback"), cmp.Or(p.Get("StatusCallbackMethod"), http.MethodPost), p["StatusCallbackEvent"]},
	}
	if c.first.url == "" {
		c.first.twiml = p.Get("Twiml")
	}
	if len(c.watch.events) == 0 {
		c.watch.events = []string{"completed"}
	}
	c.dialing = Dialing{To: c.To, User: p.Get("SipAuthUsername"), Password: p.Get("SipAuthPassword")}
	if p.Get("MachineDetection") != "" && !p.Has("SendDigits") {
		c.amd = detection{
			mode: p.Get("MachineDetection"), async: p.Get("AsyncAmd") == "true", url: p.Get("AsyncAmdStatusCallback"),
			method: cmp.Or(p.Get("AsyncAmdStatusCallbackMethod"), http.MethodPost),
			limit:  time.Duration(whole(p, "MachineDetectionTimeout", 30)) * time.Second,
		}
	}
	return c
}

// mayCall says why a call is refused at once.
func (t *Twin) mayCall(in inquiry, c *call) *failure {
	code := t.opt.Refuses[c.To]
	switch {
	case code != 0:
		return &failure{code: code, message: "The number " + c.To + " cannot be called"}
	case isE164(c.To) && !in.acc.mayShow(c.From):
		return &failure{code: 21210, message: "The source phone number provided, " + c.From + ", is not yet verified for your account."}
	case strings.HasPrefix(c.To, "client:"):
		t.violateREST(in.r, 0, "To %s is somebody whom the twin does not call", c.To)
		return &failure{code: 21211, message: "The 'To' number " + c.To + " is not a valid phone number."}
	}
	return nil
}

// whole is a parameter that is a whole number.
func whole(p url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(p.Get(name))
	if err != nil {
		return otherwise
	}
	return n
}
