package dialog

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Attestation is what networks say of the caller's right to show their number.
type Attestation struct {
	// Level is A, B or C: the attest claim of a PASSporT in an Identity header
	// (RFC 8224, 8588). Its signature is not checked here.
	Level string
	// Verdict is that of the network that handed the call over: the verstat
	// parameter of P-Asserted-Identity or From, as TN-Validation-Passed.
	Verdict string
}

// mostPassport bounds a PASSporT, in bytes.
const mostPassport = 4096

// verdicts are the values of verstat (3GPP TS 24.229).
var verdicts = []string{"TN-Validation-Passed", "TN-Validation-Failed", "No-TN-Validation"}

// Attestation returns what the INVITE says; the zero value where it says nothing
// that can be read.
func (in *Incoming) Attestation() Attestation {
	var a Attestation
	for _, h := range in.req.GetHeaders("Identity") {
		if level := attested(h.Value()); level != "" {
			a.Level = level
			break
		}
	}
	for _, name := range []string{"P-Asserted-Identity", "From"} {
		for _, h := range in.req.GetHeaders(name) {
			if v := verstat(h.Value()); v != "" && a.Verdict == "" {
				a.Verdict = v
			}
		}
	}
	return a
}

// attested reads the attest claim of a PASSporT, header.payload.signature;params.
func attested(identity string) string {
	token, _, _ := strings.Cut(identity, ";")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 || len(parts[1]) > mostPassport {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Attest string `json:"attest"`
	}
	if json.Unmarshal(payload, &claims) != nil || !slices.Contains([]string{"A", "B", "C"}, claims.Attest) {
		return ""
	}
	return claims.Attest
}

// verstat reads the verdict on a number, which stands among the parameters of
// its URI, be that in the user part or behind it.
func verstat(value string) string {
	var u sipmsg.Uri
	if _, err := sipmsg.ParseAddressValue(value, &u, nil); err != nil {
		return ""
	}
	for p := range strings.SplitSeq(u.String(), ";") {
		p, _, _ = strings.Cut(p, "@")
		key, v, _ := strings.Cut(p, "=")
		if i := slices.IndexFunc(verdicts, func(known string) bool { return strings.EqualFold(known, v) }); i >= 0 && strings.EqualFold(key, "verstat") {
			return verdicts[i]
		}
	}
	return ""
}
