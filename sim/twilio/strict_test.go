package twin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	twin "careline/sim/twilio"
)

// TestDocumentsAreStrict has one document of each kind that Twilio does not
// provide for, and what the violation must speak of.
func TestDocumentsAreStrict(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
	for _, tt := range []struct{ doc, want string }{
		{`<Speak>hello</Speak>`, "no element Speak"},
		{`<say>hello</say>`, "no element say"},
		{`<Say tempo="slow">hello</Say>`, "no attribute tempo"},
		{`<Say Voice="man">hello</Say>`, "no attribute Voice"},
		{`<Say loop="often">hello</Say>`, "loop"},
		{`<Say></Say>`, "empty"},
		{`<Say>` + strings.Repeat("word ", 900) + `</Say>`, "more than 4096"},
		{`<Play><Say>hello</Say></Play>`, "Say may not stand in Play"},
		{`<Play/>`, "one of a URL and digits"},
		{`<Gather><Redirect>/x</Redirect></Gather>`, "Redirect may not stand in Gather"},
		{`<Gather><Play digits="1"/></Gather>`, "digits may not stand in Gather"},
		{`<Gather input="speech"/>`, "does not hear"},
		{`<Gather timeout="-1"/>`, "timeout"},
		{`<Gather finishOnKey="##"/>`, "finishOnKey"},
		{`<Gather actionOnEmptyResult="yes"/>`, "actionOnEmptyResult"},
		{`<Gather method="PUT"/>`, "method"},
		{`<Pause length="0"/>`, "length"},
		{`<Pause>2</Pause>`, "has text"},
		{`<Redirect/>`, "Redirect is empty"},
		{`<Number>+441632960002</Number>`, "Number may not stand in Response"},
		{`<Dial/>`, "calls nobody"},
		{`<Dial>01632 960002</Dial>`, "E.164"},
		{`<Dial callerId="+15005550006">+441632960002</Dial>`, "callerId"},
		{`<Dial timeout="4">+441632960002</Dial>`, "timeout"},
		{`<Dial><Sip>agent@example.com</Sip></Dial>`, "no SIP address"},
		{`<Dial><Sip>sip:a@example.com?Subject=x</Sip></Dial>`, "Subject"},
		{`<Dial><Sip>sip:a@example.com;user=phone</Sip></Dial>`, "parameter user"},
		{`<Dial><Conference>room</Conference></Dial>`, "does not play"},
		{`<Connect><Stream url="wss://a/b"/></Connect>`, "does not play"},
		{`<Enqueue>` + strings.Repeat("q", 65) + `</Enqueue>`, "too long"},
		{`<Dial hangupOnStar="true">+441632960002</Dial>`, "does not do"},
		{`<Reject reason="tired"/>`, "reason"},
		{`<Reject/>`, "after the answer"},
		{`<Leave/><Record finishOnKey="A" action="/answer2"/>`, "finishOnKey"},
		{`<Say>a<Say>b</Say></Say>`, "may not stand in Say"},
		{`<Play>/nothing.wav</Play>`, "answered with 404"},
		{`<Play>/answer</Play>`, "no sound"},
		{`<Say>unfinished`, "cannot be read"},
	} {
		h.say("/answer", tt.doc+"<Hangup/>")
		before := len(h.Violations())
		_, body := h.rest(http.MethodPost, "/Calls.json", h.order())
		call := body["sid"].(string)
		v := h.wait(func(e twin.Entry) bool {
			return e.Call == call && (e.Kind == twin.KindViolation || e.Kind == twin.KindEnded)
		})
		if v.Kind != twin.KindViolation {
			t.Errorf("%s: no violation", tt.doc)
			continue
		}
		found := false
		for _, v := range h.Violations()[before:] {
			found = found || strings.Contains(v.What, tt.want)
		}
		if !found {
			t.Errorf("%s: %v; want one of %q", tt.doc, h.Violations()[before:], tt.want)
		}
		h.hang(call)
	}
}

// TestAnswersAreStrict has answers that are no documents.
func TestAnswersAreStrict(t *testing.T) {
	for _, tt := range []struct{ kind, body, want string }{
		{"text/xml", "", "empty"},
		{"text/xml", "<Answer/>", "root element is Answer"},
		{"text/xml", "<Response/><Response/>", "two roots"},
		{"text/xml", "<Response>" + strings.Repeat(" ", 70_000) + "</Response>", "64 kB"},
		{"application/json", "{}", "Content-Type"},
		{"text/plain", "hello", "text/plain"},
		{"", "<Response/>", "Content-Type"},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
		mux := http.NewServeMux()
		mux.HandleFunc("/odd", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{tt.kind}
			_, _ = w.Write([]byte(tt.body))
		})
		mux.Handle("/", h)
		h.web.Config.Handler = mux
		h.say("/instead", `<Hangup/>`)
		c := h.call("Url", h.web.URL+"/odd", "FallbackUrl", h.web.URL+"/instead")
		all := h.Violations()
		if len(all) != 1 || !strings.Contains(all[0].What, tt.want) || all[0].Call != c.SID {
			t.Errorf("%s %.30q: %v; want %q", tt.kind, tt.body, all, tt.want)
		}
		if k := h.hooks("/instead"); tt.kind != "text/plain" && (len(k) != 1 || k[0].params.Get("ErrorCode") == "" || k[0].params.Get("ErrorUrl") != h.web.URL+"/odd") {
			t.Errorf("%s %.30q: the fallback got %+v", tt.kind, tt.body, k)
		}
	}
}

// TestRequestsAreStrict has REST requests that Twilio does not provide for.
func TestRequestsAreStrict(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
	for _, tt := range []struct {
		method, path string
		params       url.Values
		status       int
		code         float64
		violation    bool
	}{
		{"POST", "/Calls.json", h.order("Attempt", "7"), 400, 20001, true},
		{"POST", "/Calls.json", h.order("url", "x"), 400, 20001, true},
		{"POST", "/Calls.json", h.order("Url", "/answer"), 400, 21205, true},
		{"POST", "/Calls.json", h.order("Url", "https://my_host/answer"), 400, 21205, true},
		{"POST", "/Calls.json", h.order("Timeout", "601"), 400, 21208, true},
		{"POST", "/Calls.json", h.order("Method", "PUT"), 400, 21209, true},
		{"POST", "/Calls.json", h.order("StatusCallback", "status"), 400, 21609, true},
		{"POST", "/Calls.json", h.order("StatusCallbackEvent", "done"), 400, 20001, true},
		{"POST", "/Calls.json", h.order("StatusCallbackEvent", "initiated ringing"), 400, 20001, true},
		{"POST", "/Calls.json", h.order("MachineDetection", "true"), 400, 21234, true},
		{"POST", "/Calls.json", h.order("MachineDetection", "Enable", "MachineDetectionTimeout", "2"), 400, 21234, true},
		{"POST", "/Calls.json", url.Values{"To": {hers}, "From": {ours}}, 400, 21205, true},
		{"POST", "/Calls.json", url.Values{"To": {hers}, "Url": {h.web.URL}}, 400, 21213, true},
		{"POST", "/Calls.json", h.order("To", "01632"), 400, 21211, false},
		{"POST", "/Calls.json", h.order("From", "+15005550006"), 400, 21210, false},
		{"POST", "/Calls/CA0123456789abcdef0123456789abcdef.json", url.Values{"Status": {"completed"}}, 404, 20404, false},
		{"POST", "/Calls/CA0123456789abcdef0123456789abcdef.json", url.Values{"Status": {"busy"}}, 400, 20001, true},
		{"POST", "/Calls/CA0123456789abcdef0123456789abcdef.json", url.Values{"StatusCallbackEvent": {"completed"}}, 400, 20001, true},
		{"GET", "/Calls.json", url.Values{"StartTime>": {"yesterday"}}, 400, 20001, true},
		{"GET", "/Calls.json", url.Values{"Limit": {"5"}}, 400, 20001, true},
		{"GET", "/Calls.json", url.Values{"PageSize": {"1001"}}, 400, 20007, true},
		{"DELETE", "/Calls.json", nil, 405, 20004, true},
		{"GET", "/Call.json", nil, 404, 20404, true},
		{"GET", ".json", nil, 200, 0, false},
		{"GET", "/IncomingPhoneNumbers.json", url.Values{"PhoneNumber": {ours}}, 200, 0, false},
	} {
		before := len(h.Violations())
		status, body := h.rest(tt.method, tt.path, tt.params)
		code, _ := body["code"].(float64)
		if status != tt.status || code != tt.code {
			t.Errorf("%s %s %v: %d %v; want %d %v", tt.method, tt.path, tt.params, status, body, tt.status, tt.code)
		}
		if got := len(h.Violations()) > before; got != tt.violation {
			t.Errorf("%s %s %v: violations %v; want %v", tt.method, tt.path, tt.params, h.Violations()[before:], tt.violation)
		}
	}
	if n := len(h.Calls()); n != 0 {
		t.Errorf("%d calls were created", n)
	}
}
