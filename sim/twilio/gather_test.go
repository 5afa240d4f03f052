package twin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

// TestGather has what a Gather makes of keys: the request that it leads to, and
// its Digits.
func TestGather(t *testing.T) {
	for _, tt := range []struct {
		name, attrs string
		person      twin.Script
		next, keys  string
	}{
		{"enough keys", `numDigits="2"`, twin.Script{Keys: []string{"123"}}, "/keys", "12"},
		{"the finishing key", `numDigits="9"`, twin.Script{Keys: []string{"12#"}}, "/keys", "12"},
		{"another finishing key", `finishOnKey="*"`, twin.Script{Keys: []string{"1#2*"}}, "/keys", "1#2"},
		{"no finishing key", `finishOnKey=""`, twin.Script{Keys: []string{"1#"}}, "/keys", "1#"},
		{"silence after a key", `numDigits="9"`, twin.Script{Keys: []string{"1"}}, "/keys", "1"},
		{"nothing", `numDigits="1"`, twin.Script{}, "/behind", ""},
		{"nothing, asked for", `numDigits="1" actionOnEmptyResult="true"`, twin.Script{}, "/keys", ""},
		{"the finishing key alone", ``, twin.Script{Keys: []string{"#"}}, "/behind", ""},
		{"too late", `timeout="3"`, twin.Script{Keys: []string{"1"}, Think: 4 * time.Second}, "/behind", ""},
		{"before the prompt is over", `numDigits="1"`, twin.Script{Keys: []string{"1"}, Bold: true}, "/keys", "1"},
		{"by what is said", `numDigits="1"`, twin.Script{Hears: []twin.Habit{{Part: "one or two", Keys: "2"}}}, "/keys", "2"},
		{"leaves", `numDigits="1"`, twin.Script{Keys: []string{twin.Leave}}, "", ""},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return tt.person }})
		h.say("/answer", `<Gather action="/keys" `+tt.attrs+`><Say>Press one or two</Say><Pause/></Gather><Redirect method="GET">/behind</Redirect>`)
		h.say("/keys", `<Hangup/>`)
		h.say("/behind", `<Hangup/>`)
		c := h.call()
		for _, path := range []string{"/keys", "/behind"} {
			k := h.hooks(path)
			if (len(k) == 1) != (path == tt.next) {
				t.Errorf("%s: %d requests of %s", tt.name, len(k), path)
			}
			if path == tt.next && (k[0].params.Get("Digits") != tt.keys || !k[0].signed) {
				t.Errorf("%s: %s got %q, signed %v; want %q", tt.name, path, k[0].params.Get("Digits"), k[0].signed, tt.keys)
			}
		}
		if by := c.By; (by == "person") != (tt.next == "") {
			t.Errorf("%s: ended by %s", tt.name, by)
		}
		h.clean()
	}
}

// TestActionIsTheDocumentByDefault has a Gather without an action ask its own
// document again, with the keys.
func TestActionIsTheDocumentByDefault(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Keys: []string{"4"}} }})
	h.say("/answer", `<Gather numDigits="1"/>`)
	h.say("/answer?4", `<Say>Four</Say>`)
	h.call("Url", h.web.URL+"/answer?attempt=7")
	if k := h.hooks("/answer"); len(k) != 2 || k[1].params.Get("attempt") != "7" || k[1].params.Get("Digits") != "4" {
		t.Errorf("the document was asked for by %v", k)
	}
	h.clean()
}

// TestKeysAreToldThoughTheCallIsOver has a call end while the service thinks.
func TestKeysAreToldThoughTheCallIsOver(t *testing.T) {
	h := newHouse(t, twin.Options{
		Faults: twin.Faults{List: []twin.Fault{{Kind: twin.FetchLate, On: "/keys"}}, Late: time.Second},
	}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Keys: []string{"1"}} }})
	h.say("/answer", `<Gather numDigits="1" action="/keys"/>`)
	h.say("/keys", `<Say>Goodbye</Say>`)
	_, body := h.rest(http.MethodPost, "/Calls.json", h.order())
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindPressed })
	c := h.hang(body["sid"].(string))
	if p := h.Presses(); c.By != "rest" || len(p) != 1 || p[0].Delivered {
		t.Errorf("the call is %+v, presses %+v", c, p)
	}
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindDelivered })
	if p := h.Presses(); !p[0].Delivered || !strings.HasSuffix(p[0].URL, "/keys") {
		t.Errorf("presses %+v", p)
	}
	h.clean()
}
