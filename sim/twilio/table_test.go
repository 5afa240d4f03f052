package twin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	twin "careline/sim/twilio"
	"careline/sim/twilio/spec"
)

// TestWebhooksBearWhatTheTableSays holds what the twin sends against the table:
// all that is always there, and nothing that is not in it.
func TestWebhooksBearWhatTheTableSays(t *testing.T) {
	h := newHouse(t, twin.Options{Seed: 2}, twin.ScriptOptions{
		Person: func(to string, _ int) twin.Script {
			if to != hers {
				return twin.Script{Talks: time.Second}
			}
			return twin.Script{Keys: []string{"1", "#"}}
		},
		SIP: func(twin.Dialing) twin.Script { return twin.Script{Talks: time.Second} },
	})
	h.say("/first", `<Gather numDigits="1" action="/gathered"/>`)
	h.say("/gathered", `<Record action="/recorded" recordingStatusCallback="/recordingstatus"/>`)
	h.say("/recorded", `<Dial action="/dialed"><Number>+441632960002</Number></Dial>`)
	h.say("/dialed", `<Dial action="/dialedsip"><Sip>sip:a@b</Sip></Dial>`)
	h.say("/dialedsip", `<Enqueue waitUrl="/wait" action="/left">q</Enqueue>`)
	h.say("/wait", `<Leave/>`)
	h.say("/left", `<Redirect>/missing</Redirect>`)
	h.say("/instead", `<Pause length="100"/>`)
	h.say("/answer", `<Pause length="100"/>`)
	c := h.call("Url", h.web.URL+"/first", "FallbackUrl", h.web.URL+"/instead", "MachineDetection", "Enable")
	h.call("MachineDetection", "Enable", "AsyncAmd", "true", "AsyncAmdStatusCallback", h.web.URL+"/amdstatus")
	h.wait(func(e twin.Entry) bool {
		return e.Kind == twin.KindCallback && e.Call == c.SID && e.Note == "completed"
	})
	for path, hook := range map[string]string{
		"/first": "answered", "/gathered": "gather", "/recorded": "record", "/recordingstatus": "recording", "/dialed": "dial", "/dialedsip": "dial sip",
		"/wait": "wait", "/left": "enqueue", "/missing": "voice", "/instead": "fallback", "/status": "status", "/amdstatus": "amd",
	} {
		list := h.hooks(path)
		if len(list) == 0 {
			t.Errorf("%s was not requested", path)
		}
		for _, k := range list {
			compare(t, hook, k.params)
		}
	}
	h.clean()
}

// compare holds the parameters of a webhook against the table.
func compare(t *testing.T, hook string, params url.Values) {
	t.Helper()
	known := map[string]bool{}
	for name := hook; name != ""; {
		for _, row := range spec.SentBy(name) {
			known[row.Name] = true
			if row.Always && !params.Has(row.Name) {
				t.Errorf("the %s webhook lacks %s", hook, row.Name)
			}
		}
		base := ""
		for _, h := range spec.Hooks {
			if h.Name == name {
				base = h.Base
			}
		}
		name = base
	}
	for name := range params {
		if !known[name] {
			t.Errorf("the %s webhook has %s, which the table has not", hook, name)
		}
	}
}

// TestAnswersHaveTheFieldsOfTheTable does likewise for the JSON of REST.
func TestAnswersHaveTheFieldsOfTheTable(t *testing.T) {
	h := newHouse(t, twin.Options{EventsAfter: -1}, twin.ScriptOptions{})
	h.say("/answer", `<Hangup/>`)
	c := h.call()
	first := func(path, field string) map[string]any {
		_, body := h.rest(http.MethodGet, path, nil)
		list, _ := body[field].([]any)
		if len(list) == 0 {
			t.Fatalf("%s has no %s: %v", path, field, body)
		}
		return list[0].(map[string]any)
	}
	_, call := h.rest(http.MethodGet, "/Calls/"+c.SID+".json", nil)
	_, list := h.rest(http.MethodGet, "/Calls.json", nil)
	_, account := h.rest(http.MethodGet, ".json", nil)
	_, wrong := h.rest(http.MethodGet, "/Calls/CA.json", nil)
	for object, body := range map[string]map[string]any{
		"Call": call, "Page": list, "Account": account, "Error": wrong,
		"Event":               first("/Calls/"+c.SID+"/Events.json", "events"),
		"IncomingPhoneNumber": first("/IncomingPhoneNumbers.json", "incoming_phone_numbers"),
	} {
		for _, f := range spec.Fields {
			v, ok := body[f.Name]
			switch {
			case f.Object != object:
			case !ok:
				t.Errorf("%s has no %s", object, f.Name)
			case v == nil && !strings.Contains(f.Form, "null"):
				t.Errorf("%s has null as %s, which is a %s", object, f.Name, f.Form)
			}
		}
	}
	h.clean()
}
