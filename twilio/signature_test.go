package twilio_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"careline/twilio"
)

// step1 is a webhook of a call that is not there: whoever is let in learns that.
const step1 = "/twilio/t/calls/c1/steps/1/keys"

const (
	ids   = "AccountSid=" + hookAccount + "&CallSid=" + hookSID
	asTwo = ids + "&Digits=5"
)

// The signatures were computed by another program.
func TestSignature(t *testing.T) {
	const jsonSum = "?AccountSid=" + hookAccount + "&CallSid=" + hookSID + "&bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
	h := newHooks(t, nil)
	for _, tt := range []struct {
		name, method, public, path, body, signature string
		want                                        int
	}{
		{"form", "POST", hookPublic, step1, asTwo, "IowNjygHQr1hYQ/vADW7SKqdpJo=", 404},
		{"form in another order", "POST", hookPublic, step1, "Digits=5&" + ids, "IowNjygHQr1hYQ/vADW7SKqdpJo=", 404},
		{"changed digit", "POST", hookPublic, step1, ids + "&Digits=6", "IowNjygHQr1hYQ/vADW7SKqdpJo=", 403},
		{"added parameter", "POST", hookPublic, step1, asTwo + "&X=1", "IowNjygHQr1hYQ/vADW7SKqdpJo=", 403},
		{"moved boundary", "POST", hookPublic, step1, ids + "&Digits5=", "IowNjygHQr1hYQ/vADW7SKqdpJo=", 404}, // Twilio's scheme cannot tell; no digit is read
		{"other path", "POST", hookPublic, "/twilio/t/calls/c1/steps/2/keys", asTwo, "IowNjygHQr1hYQ/vADW7SKqdpJo=", 403},
		{"repeated key", "POST", hookPublic, step1, asTwo + "&Digits=7", "fd/vVmP7taSFS6U0j2rmIXVBpB4=", 404},
		{"repeated key, other order", "POST", hookPublic, step1, ids + "&Digits=7&Digits=5", "fd/vVmP7taSFS6U0j2rmIXVBpB4=", 404},
		{"repeated key, repeated value", "POST", hookPublic, step1, asTwo + "&Digits=7&Digits=5", "fd/vVmP7taSFS6U0j2rmIXVBpB4=", 404},
		{"repeated key, first alone signed", "POST", hookPublic, step1, asTwo + "&Digits=7", "IowNjygHQr1hYQ/vADW7SKqdpJo=", 403},
		{"query", "POST", hookPublic, step1 + "?a=%20b&c=1", asTwo, "XrItXRBzODSskQwGmZYNp6PBrKo=", 404},
		{"query, otherwise encoded", "POST", hookPublic, step1 + "?a=+b&c=1", asTwo, "XrItXRBzODSskQwGmZYNp6PBrKo=", 403},
		{"query, other order", "POST", hookPublic, step1 + "?c=1&a=%20b", asTwo, "XrItXRBzODSskQwGmZYNp6PBrKo=", 403},
		{"port that Twilio adds", "POST", hookPublic, step1, ids, "YSH1turNZTH8lLDgzl0dDqH7bXI=", 404},
		{"no port", "POST", hookPublic, step1, ids, "L5ft22i47uywBclUSBIhJCmv8tI=", 404},
		{"port that Twilio leaves out", "POST", hookPublic + ":8443", step1, ids, "L5ft22i47uywBclUSBIhJCmv8tI=", 404},
		{"port", "POST", hookPublic + ":8443", step1, ids, "l2v6qqD4lQnoyrLjbM9OnLKDSSI=", 404},
		{"another port", "POST", hookPublic, step1, ids, "l2v6qqD4lQnoyrLjbM9OnLKDSSI=", 403},
		{"get", "GET", hookPublic, step1 + "?" + ids, "", "IkgBsvKQdmoI0upWYGvGUus4zes=", 404},
		{"json", "POST", hookPublic, step1 + jsonSum, `{"a":1}`, "oxPhAfqIx/6vUrCpfJ2aKyzz61g=", 404},
		{"json, changed", "POST", hookPublic, step1 + jsonSum, `{"a":2}`, "oxPhAfqIx/6vUrCpfJ2aKyzz61g=", 403},
		{"empty value", "POST", hookPublic, step1, ids + "&Digits=", "LwCLYi6dWf/fFPwX4NMNyu/KEA0=", 404},
		{"beyond ASCII", "POST", hookPublic, step1, ids + "&CallerName=Zo%C3%AB+%E7%8E%8B", "NshQsT2V/Pdv6sN3Gq5j2DBFb0A=", 404},
		{"base URL with a path, stripped by a proxy", "POST", hookPublic + "/careline", step1, ids, "4wPYVgVNRFBx+bPyqveB4DJtWNI=", 404},
		{"base URL with a path", "POST", hookPublic + "/careline/", "/careline" + step1, ids, "4wPYVgVNRFBx+bPyqveB4DJtWNI=", 404},
		{"none", "POST", hookPublic, step1, asTwo, "", 403},
		{"no base64", "POST", hookPublic, step1, asTwo, "%%%", 403},
		{"no form", "POST", hookPublic, step1, "%zz", "IowNjygHQr1hYQ/vADW7SKqdpJo=", 403},
		{"other account", "POST", hookPublic, step1, "AccountSid=AC1", signature(hookToken, hookPublic+step1, map[string][]string{"AccountSid": {"AC1"}}), 403},
		{"no call", "POST", hookPublic, step1, "AccountSid=" + hookAccount, signature(hookToken, hookPublic+step1, map[string][]string{"AccountSid": {hookAccount}}), 400},
	} {
		h.opt.Public, h.opt.Queues = tt.public, ""
		h.handler, h.carrier = h.node()
		r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.signature != "" {
			r.Header.Set("X-Twilio-Signature", tt.signature)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: answered %d %s; want %d", tt.name, w.Code, strings.TrimSpace(w.Body.String()), tt.want)
		}
		if refused := tt.want == http.StatusForbidden; (h.carrier.Refused() > 0) != refused {
			t.Errorf("%s: %d refused", tt.name, h.carrier.Refused())
		}
	}
}

// What Twilio's own page gives as an example.
func TestSignatureExample(t *testing.T) {
	form := map[string][]string{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675310"}, "Digits": {"1234"}, "From": {"+14158675310"}, "To": {"+18005551212"},
	}
	const want = "L/OH5YylLD5NRKLltdqwSvS0BnU="
	if got := signature("12345", "https://example.com/myapp.php?foo=1&bar=2", form); got != want {
		t.Errorf("signature = %s; want %s", got, want)
	}
}

// A source that nothing good comes from is not listened to any more; one that
// Twilio's requests come from as well is. What is refused is logged once, and no
// secret with it.
func TestForgeries(t *testing.T) {
	var log bytes.Buffer
	h := newHooks(t, func(o *twilio.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	forge := func(from string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, step1, strings.NewReader(asTwo))
		r.RemoteAddr = "10.0.0.1:1" // a proxy of ours
		r.Header.Set("X-Forwarded-For", "198.51.100.7, "+from)
		r.Header.Set("X-Twilio-Signature", "AAAA")
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		return w.Code
	}
	codes := map[int]int{}
	for range 50 {
		codes[forge("203.0.113.5")]++
	}
	if codes[403] != 30 || codes[429] != 20 || h.carrier.Refused() != 50 {
		t.Errorf("answered %v, %d refused; want 30 times 403, then 429", codes, h.carrier.Refused())
	}
	if forge("203.0.113.6") != 403 {
		t.Error("another source is shut out as well")
	}
	if n := strings.Count(log.String(), "not Twilio's"); n != 2 {
		t.Errorf("%d lines in the log; want one for each source:\n%s", n, log.String())
	}
	for _, secret := range []string{hookToken, "AAAA", "Digits"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log.String())
		}
	}
	h.ask(h.handler, step1, form())
	for range 50 { // forged ones come from where a genuine one came
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, step1, strings.NewReader(asTwo))
		h.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if w := h.ask(h.handler, step1, form()); w.Code != 404 {
		t.Errorf("a genuine request behind a proxy is answered %d", w.Code)
	}
}
