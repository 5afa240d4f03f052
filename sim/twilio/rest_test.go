package twin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

func TestWhoMayAsk(t *testing.T) {
	h := newHouse(t, twin.Options{Accounts: []twin.Account{
		{SID: sid, Token: token, Keys: map[string]string{"SK1": "key"}},
		{SID: strings.Replace(sid, "0", "f", 1), Token: "other", Suspended: true},
	}}, twin.ScriptOptions{})
	for _, tt := range []struct {
		account, user, secret string
		status                int
	}{
		{sid, sid, token, 200},
		{sid, "SK1", "key", 200},
		{sid, sid, "wrong", 401},
		{sid, "", "", 401},
		{sid, "SK2", "", 401},
		{sid, strings.Replace(sid, "0", "f", 1), "other", 404},
		{strings.Replace(sid, "0", "f", 1), strings.Replace(sid, "0", "f", 1), "other", 401},
	} {
		req, _ := http.NewRequest(http.MethodGet, h.URL()+"/2010-04-01/Accounts/"+tt.account+"/Calls.json", nil)
		req.SetBasicAuth(tt.user, tt.secret)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.status || res.Header.Get("Date") == "" {
			t.Errorf("%+v: %d", tt, res.StatusCode)
		}
	}
	h.clean()
}

func TestListsByPages(t *testing.T) {
	h := newHouse(t, twin.Options{Seed: 3}, twin.ScriptOptions{})
	h.say("/answer", `<Hangup/>`)
	var sids []string
	for i := range 5 {
		c := h.call("To", fmt.Sprintf("+44163296000%d", i))
		sids = append([]string{c.SID}, sids...)
	}
	var got []string
	path := "/2010-04-01/Accounts/" + sid + "/Calls.json?PageSize=2"
	for path != "" {
		_, body := h.rest(http.MethodGet, strings.TrimPrefix(path, "/2010-04-01/Accounts/"+sid), nil)
		for _, c := range body["calls"].([]any) {
			got = append(got, c.(map[string]any)["sid"].(string))
		}
		path, _ = body["next_page_uri"].(string)
	}
	if strings.Join(got, " ") != strings.Join(sids, " ") {
		t.Errorf("the pages have %v; want %v", got, sids)
	}
	_, body := h.rest(http.MethodGet, "/Calls.json", url.Values{"To": {"+441632960003"}, "From": {ours}, "StartTime>": {time.Now().UTC().Format(time.DateOnly)}})
	calls := body["calls"].([]any)
	if len(calls) != 1 {
		t.Fatalf("%d calls to one number", len(calls))
	}
	c := calls[0].(map[string]any)
	if _, err := time.Parse(time.RFC1123Z, c["date_created"].(string)); err != nil || c["to"] != "+441632960003" || c["status"] != "completed" || c["duration"] == nil {
		t.Errorf("the call is %v, %v", c, err)
	}
	if _, body = h.rest(http.MethodGet, "/Calls.json", url.Values{"StartTime<": {"2001-01-01"}}); len(body["calls"].([]any)) != 0 {
		t.Errorf("calls of long ago: %v", body["calls"])
	}
	h.clean()
}

func TestEventsTellWhatWasRequested(t *testing.T) {
	h := newHouse(t, twin.Options{EventsAfter: -1}, twin.ScriptOptions{})
	h.say("/answer", `<Hangup/>`)
	c := h.call("Url", h.web.URL+"/answer?attempt=7")
	_, body := h.rest(http.MethodGet, "/Calls/"+c.SID+"/Events.json", nil)
	found := false
	for _, e := range body["events"].([]any) {
		req := e.(map[string]any)["request"].(map[string]any)
		if req["url"] == h.web.URL+"/answer?attempt=7" && req["parameters"].(map[string]any)["call_sid"] == c.SID {
			found = true
		}
	}
	if !found {
		t.Errorf("events %v", body)
	}
	h.clean()
}

func TestCallsBeyondTheRateAreQueued(t *testing.T) {
	h := newHouse(t, twin.Options{Accounts: []twin.Account{
		{SID: sid, Token: token, CallsPerSecond: 2, Numbers: []twin.Number{{Number: ours}}},
	}}, twin.ScriptOptions{})
	h.say("/answer", `<Hangup/>`)
	var last map[string]any
	for range 3 {
		_, last = h.rest(http.MethodPost, "/Calls.json", h.order())
	}
	if last["status"] != "queued" || last["queue_time"] == "0" {
		t.Errorf("the third call is %v", last)
	}
	_, extra := h.rest(http.MethodPost, "/Calls.json", h.order())
	if status, _ := h.rest(http.MethodPost, "/Calls/"+extra["sid"].(string)+".json", url.Values{"Status": {"canceled"}}); status != http.StatusOK {
		t.Errorf("cancelling a queued call: %d", status)
	}
	if c := h.over(extra["sid"].(string)); c.Status != "canceled" || c.Dials != 0 {
		t.Errorf("the call that was cancelled is %+v", c)
	}
	c := h.over(last["sid"].(string))
	if waited := c.Dialed.Sub(c.Created); waited < c.Wait || c.Wait < 500*time.Millisecond {
		t.Errorf("the third call waited %v", waited)
	}
	for _, k := range h.hooks("/status") {
		if k.params.Get("CallSid") == extra["sid"] {
			t.Errorf("a callback for a call that was never dialed: %v", k.params)
		}
	}
	h.clean()
}

func TestUpdateTakesThePlaceOfWhatPlays(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{})
	h.say("/answer", `<Say>one</Say><Pause length="3000"/>`)
	h.say("/moved", `<Pause length="3000"/>`)
	_, body := h.rest(http.MethodPost, "/Calls.json", h.order())
	c := body["sid"].(string)
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindDocument })
	if status, body := h.rest(http.MethodPost, "/Calls/"+c+".json", url.Values{"Url": {h.web.URL + "/moved"}}); status != 200 || body["status"] != "in-progress" {
		t.Errorf("moving a call: %d %v", status, body)
	}
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindDocument && strings.HasSuffix(e.URL, "/moved") })
	h.rest(http.MethodPost, "/Calls/"+c+".json", url.Values{"Twiml": {"<Response><Say>bye</Say></Response>"}})
	if got := h.over(c); got.By != "document" {
		t.Errorf("the call is %+v", got)
	}
	for _, p := range []url.Values{{"Url": {h.web.URL + "/moved"}}, {"Status": {"completed"}}} {
		if status, body := h.rest(http.MethodPost, "/Calls/"+c+".json", p); status != 400 || body["code"] != 21220.0 {
			t.Errorf("changing a call that is over: %d %v", status, body)
		}
	}
	h.clean()
}

func TestDocumentsGivenByREST(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Keys: []string{"1"}} }})
	p := h.order("Twiml", `<Response><Gather numDigits="1" action="`+h.web.URL+`/keys"/></Response>`)
	p.Del("Url")
	h.say("/keys", `<Hangup/>`)
	_, body := h.rest(http.MethodPost, "/Calls.json", p)
	h.over(body["sid"].(string))
	h.clean()
	if k := h.hooks("/keys"); len(k) != 1 {
		t.Errorf("the action got %v", k)
	}
	p.Set("Twiml", `<Response><Gather numDigits="1" action="/keys"/></Response>`)
	_, body = h.rest(http.MethodPost, "/Calls.json", p)
	h.over(body["sid"].(string))
	if v := h.Violations(); len(v) == 0 || v[0].Code != 15004 {
		t.Errorf("violations %v; want 15004", v)
	}
}

func TestRefusalsOfTwilio(t *testing.T) {
	h := newHouse(t, twin.Options{
		Refuses:  map[string]int{"+441632960009": 21215},
		Accounts: []twin.Account{{SID: sid, Token: token, Calls: 1, CallerIDs: []string{ours}}},
	}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Never: true} }})
	if status, body := h.rest(http.MethodPost, "/Calls.json", h.order("To", "+441632960009")); status != 400 || body["code"] != 21215.0 {
		t.Errorf("a country that is not permitted: %d %v", status, body)
	}
	if status, body := h.rest(http.MethodPost, "/Calls.json", h.order()); status != 201 {
		t.Errorf("a call: %d %v", status, body)
	}
	if status, body := h.rest(http.MethodPost, "/Calls.json", h.order()); status != 429 || body["code"] != 10004.0 {
		t.Errorf("one call too many: %d %v", status, body)
	}
	_, body := h.rest(http.MethodGet, "/OutgoingCallerIds.json", url.Values{"PhoneNumber": {ours}})
	if list, _ := body["outgoing_caller_ids"].([]any); len(list) != 1 {
		t.Errorf("caller ids %v", body)
	}
	h.clean()
}
