package twin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	twin "careline/sim/twilio"
)

func TestCallFromQueueToKeys(t *testing.T) {
	h := newHouse(t, twin.Options{Seed: 1}, twin.ScriptOptions{
		Person: func(string, int) twin.Script { return twin.Script{Keys: []string{"1", "5"}} },
	})
	h.say("/answer", `<Gather numDigits="1" action="steps/1/keys?a=b&amp;c=%2B"><Say>Press 1 or 2</Say></Gather><Hangup/>`)
	h.say("/steps/1/keys?1", `<Gather numDigits="2" finishOnKey="#" action="/steps/2/keys"><Say>How many</Say></Gather>`)
	h.say("/steps/2/keys?5", `<Say>Goodbye</Say><Hangup/>`)
	c := h.call()
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindCallback && e.Status == "completed" })
	h.clean()
	if c.Status != "completed" || c.By != "document" || c.SIP != 200 || c.Dials != 1 {
		t.Errorf("the call is %+v", c)
	}
	var told []string
	for i, k := range h.hooks("/status") {
		told = append(told, k.params.Get("CallStatus"))
		if seq := k.params.Get("SequenceNumber"); seq != fmt.Sprint(i) || !k.signed {
			t.Errorf("callback %d has number %s, signed %v", i, seq, k.signed)
		}
	}
	if got := strings.Join(told, " "); got != "initiated ringing in-progress completed" {
		t.Errorf("callbacks told %q", got)
	}
	for _, p := range h.Presses() {
		if !p.Delivered || p.Tries != 1 || p.Said == "" || p.Call != c.SID {
			t.Errorf("press %+v", p)
		}
	}
	if n := len(h.Presses()); n != 2 {
		t.Errorf("%d presses; want 2", n)
	}
	if k := h.hooks("/steps/1/keys"); len(k) != 1 || !k[0].signed || k[0].params.Get("Digits") != "1" || k[0].params.Get("c") != "+" {
		t.Errorf("the action got %+v", k)
	}
}

func TestNobodyAnswers(t *testing.T) {
	for _, tt := range []struct {
		script twin.Script
		status string
		sip    int
	}{
		{twin.Script{Status: 486}, "busy", 486},
		{twin.Script{Status: 404}, "failed", 404},
		{twin.Script{Status: 480}, "no-answer", 480},
		{twin.Script{Never: true}, "no-answer", 487},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return tt.script }})
		c := h.call("Timeout", "10")
		h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindCallback && e.Note == "completed" })
		last := h.hooks("/status")
		p := last[len(last)-1].params
		if c.Status != tt.status || p.Get("CallStatus") != tt.status || p.Get("SipResponseCode") != fmt.Sprint(tt.sip) {
			t.Errorf("%+v: %s, told %s %s", tt.script, c.Status, p.Get("CallStatus"), p.Get("SipResponseCode"))
		}
		if len(h.hooks("/answer")) != 0 {
			t.Errorf("%+v: a document was requested", tt.script)
		}
		h.clean()
	}
}

func TestSomebodyCallsUs(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
	h.say("/voice", `<Gather action="/menu" numDigits="1"><Say language="en-GB">Hello</Say></Gather><Redirect>/voice/again</Redirect>`)
	h.say("/voice/again", `<Record maxLength="10" playBeep="true" action="/recorded"/>`)
	h.say("/recorded", `<Hangup/>`)
	err := h.people.Call(t.Context(), hers, ours, twin.Script{Keys: []string{"", "1"}})
	if err != nil {
		t.Fatal(err)
	}
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindCallback && e.Status == "completed" })
	h.clean()
	k := h.hooks("/recorded")
	if len(k) != 1 || k[0].params.Get("Digits") != "1" || k[0].params.Get("RecordingDuration") != "2" || k[0].params.Get("Direction") != "inbound" {
		t.Fatalf("the action of Record got %+v", k)
	}
	res, err := http.Get(k[0].params.Get("RecordingUrl"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ContentLength < 2*8000*2 {
		t.Errorf("the recording is %d, %d bytes", res.StatusCode, res.ContentLength)
	}
	if err := h.people.Call(t.Context(), hers, "+441632960099", twin.Script{}); err == nil {
		t.Error("a number of nobody was answered")
	}
}
