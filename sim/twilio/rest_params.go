package twin

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"careline/sim/twilio/spec"
)

// params reads the parameters of a request and checks each by the table.
func (t *Twin) params(in inquiry) (url.Values, *failure) {
	if err := in.r.ParseForm(); err != nil {
		t.violateREST(in.r, 20001, "the parameters cannot be read: %v", err)
		return nil, &failure{code: 20001, message: "Malformed parameters"}
	}
	params := in.r.Form
	if in.r.Method == http.MethodPost {
		params = in.r.PostForm
		if kind, _, _ := mime.ParseMediaType(in.r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
			t.violateREST(in.r, 20001, "the Content-Type is %q", in.r.Header.Get("Content-Type"))
		}
		if in.r.URL.RawQuery != "" {
			t.violateREST(in.r, 20001, "a POST has parameters in the query")
		}
	}
	for name, values := range params {
		if bad := t.param(in, name, values); bad != nil {
			return nil, bad
		}
	}
	return params, nil
}

// param checks one. Whom a call goes to is data, and no violation.
func (t *Twin) param(in inquiry, name string, values []string) *failure {
	row, ok := spec.Parameter(in.what.Name, name)
	if !ok {
		t.violateREST(in.r, 20001, "%s has no parameter %s", in.what.Name, name)
		return &failure{code: 20001, message: "Unknown parameter " + name}
	}
	why := wrong(row.Values, values...)
	if why == "" {
		return nil
	}
	code := codeOf(name)
	if name == "To" && len(values) == 1 {
		return &failure{code: code, message: "The 'To' number " + values[0] + " is not a valid phone number."}
	}
	t.violateREST(in.r, code, "%s %s", name, why)
	return &failure{code: code, message: name + " " + why}
}

// codeOf is the error of a parameter with a wrong value.
func codeOf(name string) int {
	codes := map[string]int{
		"To": 21211, "From": 21212, "Url": 21205, "FallbackUrl": 21205, "Twiml": 32018, "ApplicationSid": 21218, "Method": 21209, "FallbackMethod": 21209,
		"StatusCallback": 21609, "StatusCallbackMethod": 21209, "SendDigits": 21206, "Timeout": 21208, "PageSize": 20007,
		"SipAuthUsername": 21221, "SipAuthPassword": 21223,
	}
	if code, ok := codes[name]; ok {
		return code
	}
	if strings.HasPrefix(name, "MachineDetection") || strings.HasPrefix(name, "AsyncAmd") {
		return 21234
	}
	return 20001
}

// related checks what parameters say of each other.
func (t *Twin) related(in inquiry) *failure {
	for _, r := range spec.Relations {
		if r.Request != in.what.Name {
			continue
		}
		have := 0
		for _, name := range r.Names {
			if in.params.Has(name) {
				have++
			}
		}
		switch {
		case r.Says == spec.Required && have < len(r.Names), r.Says == spec.OneNeeded && have == 0:
			t.violateREST(in.r, 21200, "%s needs %s", in.what.Name, strings.Join(r.Names, ", "))
			return &failure{code: missing(in.params), message: in.what.Name + " needs " + strings.Join(r.Names, ", ")}
		case r.Says == spec.NotBoth && have > 1:
			t.violateREST(in.r, 20001, "%s takes one of %s", in.what.Name, strings.Join(r.Names, ", "))
			return &failure{code: 20001, message: "one of " + strings.Join(r.Names, ", ") + " is allowed"}
		case r.Says == spec.FirstWins && in.params.Has(r.Names[0]) && have > 1:
			t.violateREST(in.r, 0, "%s is there: Twilio ignores those of %s", r.Names[0], strings.Join(r.Names[1:], ", "))
		case r.Says == spec.Needs && in.params.Has(r.Names[0]) && have < len(r.Names):
			t.violateREST(in.r, 21225, "%s needs %s", r.Names[0], r.Names[1])
			return &failure{code: 21225, message: r.Names[0] + " needs " + r.Names[1]}
		}
	}
	return nil
}

// missing is the error of a call that lacks something.
func missing(params url.Values) int {
	switch {
	case !params.Has("To"):
		return 21201
	case !params.Has("From"):
		return 21213
	}
	return 21205
}
