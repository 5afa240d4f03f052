package dialog_test

import (
	"encoding/base64"
	"testing"

	"careline/sip/dialog"
)

func TestWhatNetworksSayOfTheCaller(t *testing.T) {
	t.Parallel()
	passport := func(claims string) string {
		return "Identity: eyJhbGciOiJFUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln;info=<https://cert.example/x.pem>;alg=ES256;ppt=shaken"
	}
	e, calls := takes(t)
	p := newPeer(t, e.Addr())
	for name, tc := range map[string]struct {
		headers []string
		want    dialog.Attestation
	}{
		"nothing":           {nil, dialog.Attestation{}},
		"attested":          {[]string{passport(`{"attest":"A","iat":1,"orig":{"tn":"12155551212"}}`)}, dialog.Attestation{Level: "A"}},
		"of no known level": {[]string{passport(`{"attest":"Z"}`), passport(`{"attest":"C"}`)}, dialog.Attestation{Level: "C"}},
		"not readable":      {[]string{"Identity: nonsense", "Identity: a.%%%.c", passport(`[`)}, dialog.Attestation{}},
		"verdict in the user": {
			[]string{"P-Asserted-Identity: <sip:+12155551212;verstat=TN-Validation-Passed@carrier.example;user=phone>"},
			dialog.Attestation{Verdict: "TN-Validation-Passed"},
		},
		"verdict on a tel URI": {
			[]string{"P-Asserted-Identity: <tel:+12155551212;verstat=no-tn-validation>", passport(`{"attest":"B"}`)},
			dialog.Attestation{Level: "B", Verdict: "No-TN-Validation"},
		},
		"no known verdict": {[]string{"P-Asserted-Identity: <tel:+12155551212;verstat=Fine>"}, dialog.Attestation{}},
	} {
		p.caller("x").invite(tc.headers...)
		in := get(t, "call", calls)
		if got := in.Attestation(); got != tc.want {
			t.Errorf("%s: %+v; want %+v", name, got, tc.want)
		}
		_ = in.Refuse(486, "Busy Here")
	}
}
