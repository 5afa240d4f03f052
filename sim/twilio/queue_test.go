package twin_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

func TestCallerWaitsAndIsMovedToAnAgent(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{SIP: func(d twin.Dialing) twin.Script {
		return twin.Script{Answer: time.Second, Talks: 5 * time.Second}
	}})
	h.say("/answer", `<Enqueue waitUrl="/wait" action="/left">support</Enqueue>`)
	h.say("/wait", `<Say>Please wait</Say>`)
	h.say("/left", `<Say>never heard</Say>`)
	h.say("/agent", `<Dial action="/done"><Sip statusCallback="/agentstatus" statusCallbackEvent="answered completed">sip:tok@127.0.0.1;transport=tls?X-Token=1</Sip></Dial>`)
	h.say("/done", `<Say>Goodbye</Say>`)
	_, body := h.rest(http.MethodPost, "/Calls.json", h.order())
	call := body["sid"].(string)
	n := 0
	h.wait(func(e twin.Entry) bool { // asked again as its document has ended
		if e.Kind == twin.KindDocument && e.Call == call && e.URL == h.web.URL+"/wait" {
			n++
		}
		return n == 2
	})
	w := h.hooks("/wait")[1].params
	if w.Get("QueuePosition") != "1" || w.Get("CurrentQueueSize") != "1" || w.Get("QueueSid") == "" || w.Get("MaxQueueSize") != "1000" {
		t.Errorf("waitUrl got %v", w)
	}
	h.rest(http.MethodPost, "/Calls/"+call+".json", url.Values{"Url": {h.web.URL + "/agent"}})
	c := h.over(call)
	if c.By != "document" {
		t.Errorf("the call is %+v", c)
	}
	var leg twin.Call
	for _, one := range h.Calls() {
		if one.Parent == call {
			leg = one
		}
	}
	if leg.Direction != "outbound-dial" || leg.By != "person" || leg.Status != "completed" || leg.To != "sip:tok@127.0.0.1;transport=tls" {
		t.Errorf("the leg is %+v", leg)
	}
	if k := h.hooks("/done"); len(k) != 1 || k[0].params.Get("DialCallStatus") != "completed" || k[0].params.Get("DialCallSid") != leg.SID || k[0].params.Get("DialBridged") != "true" {
		t.Errorf("the action of Dial got %v", k)
	}
	h.wait(func(e twin.Entry) bool {
		return e.Kind == twin.KindCallback && e.Call == leg.SID && e.Status == "completed"
	})
	if k := h.hooks("/agentstatus"); len(k) != 2 || k[0].params.Get("ParentCallSid") != call || k[0].params.Get("SequenceNumber") != "0" {
		t.Errorf("the callbacks of the leg are %v", k)
	}
	for _, k := range h.hooks("/left") {
		if k.params.Get("QueueResult") != "redirected" {
			t.Errorf("the action of Enqueue got %v", k.params)
		}
	}
	h.clean()
}

func TestWaysOutOfAQueue(t *testing.T) {
	for _, tt := range []struct {
		name, wait, result string
		person             twin.Script
		leaves             bool // and what is behind Enqueue is next
	}{
		{"leave", `<Leave/>`, "leave", twin.Script{}, true},
		{"hang up", `<Gather/>`, "hangup", twin.Script{Keys: []string{twin.Leave}}, false},
		{"key", `<Gather numDigits="1" action="/wait/key"><Pause length="5"/></Gather>`, "leave", twin.Script{Keys: []string{"9"}, Bold: true}, true},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return tt.person }})
		h.say("/answer", `<Enqueue waitUrl="/wait" action="/left">support</Enqueue>`)
		h.say("/wait", tt.wait)
		h.say("/wait/key", `<Leave/>`)
		h.say("/left", `<Say>Goodbye</Say>`)
		h.call()
		k := h.wait(func(e twin.Entry) bool {
			return (e.Kind == twin.KindFetch) && e.URL == h.web.URL+"/left"
		})
		h.wait(func(e twin.Entry) bool {
			return e.Kind == twin.KindCallback && e.Call == k.Call && e.Status == "completed"
		})
		for len(h.hooks("/left")) == 0 { // the request is under way
			h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindEnded })
		}
		if got := h.hooks("/left")[0].params.Get("QueueResult"); got != tt.result {
			t.Errorf("%s: the result is %s; want %s", tt.name, got, tt.result)
		}
		h.clean()
	}
}

func TestDialSaysHowItWent(t *testing.T) {
	for _, tt := range []struct {
		name   string
		doc    string
		agent  twin.Script
		status string
	}{
		{"answered", `<Number>+441632960002</Number>`, twin.Script{Talks: time.Second}, "completed"},
		{"busy", `<Number>+441632960002</Number>`, twin.Script{Status: 486}, "busy"},
		{"nobody", `<Number>+441632960002</Number>`, twin.Script{Never: true}, "no-answer"},
		{"no such number", `<Number>+441632960002</Number>`, twin.Script{Status: 404}, "failed"},
		{"leaves during the whisper", `<Number url="/whisper">+441632960002</Number>`, twin.Script{Stays: time.Second}, "completed"},
		{"two at once", `<Number>+441632960002</Number><Number>+441632960003</Number>`, twin.Script{Answer: time.Second, Talks: time.Second}, "completed"},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(to string, _ int) twin.Script {
			switch to {
			case hers:
				return twin.Script{}
			case "+441632960003":
				return twin.Script{Never: true}
			}
			return tt.agent
		}})
		h.say("/answer", `<Dial action="/dialed" timeout="10">`+tt.doc+`</Dial>`)
		h.say("/dialed", `<Hangup/>`)
		h.say("/whisper", `<Say>A caller for you, who has waited for a very long time now</Say>`)
		h.call()
		k := h.hooks("/dialed")
		if len(k) != 1 || k[0].params.Get("DialCallStatus") != tt.status || k[0].params.Get("ParentCallSid") != "" {
			t.Errorf("%s: the action got %v", tt.name, k)
		}
		h.clean()
	}
}
