package twin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

func TestFaultsOfREST(t *testing.T) {
	for _, tt := range []struct {
		kind    twin.FaultKind
		status  int // 0 is none
		created int
		json    bool // Twilio's own error
	}{
		{twin.TooMany, 429, 0, true},
		{twin.Internal, 500, 0, true},
		{twin.InternalBare, 500, 0, false},
		{twin.InternalDone, 500, 1, false},
		{twin.Unavailable, 503, 0, true},
		{twin.UnavailableBare, 503, 0, false},
		{twin.UnavailableDone, 503, 1, false},
		{twin.SlowAnswer, 201, 1, true},
		{twin.AnswerLost, 0, 1, false},
		{twin.ConnectionReset, 0, 0, false},
	} {
		h := newHouse(t, twin.Options{Faults: twin.Faults{
			List: []twin.Fault{{Kind: tt.kind, On: "POST", Times: 1}}, Late: 50 * time.Millisecond,
		}}, twin.ScriptOptions{})
		h.say("/answer", `<Hangup/>`)
		status, body := h.rest(http.MethodPost, "/Calls.json", h.order())
		if status != tt.status || len(h.Calls()) != tt.created || (body != nil) != tt.json {
			t.Errorf("%s: %d %v, %d calls", tt.kind, status, body, len(h.Calls()))
		}
		h.call() // the fault is over
		h.clean()
	}
}

func TestReadsMayBeBehind(t *testing.T) {
	h := newHouse(t, twin.Options{Faults: twin.Faults{
		List: []twin.Fault{{Kind: twin.FetchStale}, {Kind: twin.ListLate}}, Late: time.Hour,
	}}, twin.ScriptOptions{})
	h.say("/answer", `<Hangup/>`)
	c := h.call()
	for _, want := range []struct {
		status string
		listed int
	}{{"in-progress", 0}, {"completed", 1}} {
		_, call := h.rest(http.MethodGet, "/Calls/"+c.SID+".json", nil)
		_, list := h.rest(http.MethodGet, "/Calls.json", nil)
		if n := len(list["calls"].([]any)); call["status"] != want.status || n != want.listed {
			t.Errorf("the call is %v, %d are listed; want %+v", call["status"], n, want)
		}
	}
	h.clean()
}

// TestFaultsOfCallbacks has what becomes of four callbacks when the one of the
// answer meets a fault.
func TestFaultsOfCallbacks(t *testing.T) {
	for _, tt := range []struct {
		kind twin.FaultKind
		want string
	}{
		{twin.CallbackLost, "initiated ringing completed"},
		{twin.CallbackTwice, "initiated ringing in-progress in-progress completed"},
		{twin.CallbackSwapped, "initiated ringing completed in-progress"},
		{twin.CallbackLate, "initiated ringing completed in-progress"},
	} {
		h := newHouse(t, twin.Options{Faults: twin.Faults{
			List: []twin.Fault{{Kind: tt.kind, On: "answered"}}, Late: time.Second,
		}}, twin.ScriptOptions{})
		h.say("/answer", `<Hangup/>`)
		h.call()
		want, n := strings.Fields(tt.want), 0
		h.wait(func(e twin.Entry) bool {
			if e.Kind == twin.KindCallback {
				n++
			}
			return n == len(want)
		})
		var got []string
		for _, k := range h.hooks("/status") {
			got = append(got, k.params.Get("CallStatus"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: told %v; want %s", tt.kind, got, tt.want)
		}
	}
}

func TestFaultsOfDocuments(t *testing.T) {
	for _, tt := range []struct {
		kind  twin.FaultKind
		tries int
		by    string
	}{
		{twin.FetchLate, 1, "document"},
		{twin.FetchTwice, 2, "document"},
		{twin.FetchTwiceAtOnce, 2, "document"},
		{twin.FetchForgotten, 1, "error"},
	} {
		h := newHouse(t, twin.Options{Faults: twin.Faults{
			List: []twin.Fault{{Kind: tt.kind, On: "/keys"}}, Late: 50 * time.Millisecond,
		}}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Keys: []string{"7"}} }})
		h.say("/answer", `<Gather numDigits="1" action="/keys"><Say>Press</Say></Gather>`)
		h.say("/keys", `<Say>Thank you, this will take a while to be said</Say>`)
		c := h.call()
		k := h.hooks("/keys")
		if len(k) != tt.tries || c.By != tt.by {
			t.Errorf("%s: %d requests, the call ended by %s", tt.kind, len(k), c.By)
		}
		for _, one := range k {
			if one.header.Get("I-Twilio-Idempotency-Token") != k[0].header.Get("I-Twilio-Idempotency-Token") {
				t.Errorf("%s: repeats bear another token", tt.kind)
			}
		}
		if p := h.Presses(); len(p) != 1 || !p[0].Delivered {
			t.Errorf("%s: presses %+v", tt.kind, p)
		}
	}
}

func TestFragmentsSayHowToRetry(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
	c := h.call("Url", h.web.URL+"/missing#rc=3&rp=4xx,5xx")
	if n := len(h.hooks("/missing")); n != 4 || c.By != "error" {
		t.Errorf("%d requests; want 4, ended by %s", n, c.By)
	}
	for _, k := range h.hooks("/missing") {
		if !k.signed {
			t.Error("the fragment was signed")
		}
	}
	h.clean()
	h.call("Url", h.web.URL+"/missing#rc=6")
	if len(h.Violations()) != 1 {
		t.Errorf("violations %v; want one of the fragment", h.Violations())
	}
}

func TestChanceIsTheSameByTheSeed(t *testing.T) {
	outcome := func(seed uint64) string {
		h := newHouse(t, twin.Options{Seed: seed, Faults: twin.Faults{Chance: map[twin.FaultKind]float64{twin.CallbackLost: 0.5}}}, twin.ScriptOptions{})
		h.say("/answer", `<Hangup/>`)
		var all []string
		for range 6 {
			h.call()
		}
		for _, e := range h.Diary() {
			if e.Kind == twin.KindFault {
				all = append(all, e.Call+e.Note[strings.LastIndex(e.Note, " "):])
			}
		}
		return strings.Join(all, "\n")
	}
	first := outcome(5)
	if first == "" || first != outcome(5) || first == outcome(6) {
		t.Errorf("the faults are not those of the seed:\n%s", first)
	}
}
