package twilio_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
)

// record is the call as it is kept.
func (h *hooks) record() call.Record {
	h.Helper()
	r, err := h.store.LoadCall(h.Context(), hookSID)
	h.ok("load the call", err)
	return r
}

// Requests that come twice, late, after the end or before their time change
// nothing: the latest document is given again, and no answer taken twice.
func TestReplays(t *testing.T) {
	h := newHooks(t, nil)
	other, _ := h.node()
	menu := h.document(voicePath)
	account := h.document(menu.next(), "Digits", "1")
	before := h.record()
	for _, late := range []struct{ url, digits string }{{menu.next(), "1"}, {menu.next(), "2"}, {hookPublic + voicePath, ""}} {
		for _, node := range []http.Handler{h.handler, other} {
			again := h.read(h.ask(node, late.url, form("Digits", late.digits)))
			if diff := cmp.Diff(account, again); diff != "" {
				t.Errorf("replayed %s (-latest +got):\n%s", late.url, diff)
			}
		}
	}
	if diff := cmp.Diff(before, h.record()); diff != "" {
		t.Errorf("a replay has changed the call:\n%s", diff)
	}
	for _, future := range []string{"/steps/3/keys", "/steps/99/played"} {
		if w := h.ask(h.handler, callURL+future, form("Digits", "1")); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s answered %d; want 503, so that it is asked again", future, w.Code)
		}
	}
	h.finish(voicePath+"/status", "completed")
	ended := h.record()
	for _, url := range []string{hookPublic + voicePath, menu.next(), callURL + "/steps/2/played", callURL + "/steps/2/now"} {
		same(t, "replayed after the end", h.document(url), `<Response><Hangup/></Response>`)
	}
	if diff := cmp.Diff(ended, h.record()); diff != "" {
		t.Errorf("a replay after the end has changed the call:\n%s", diff)
	}
}

// A gather's report that the end has overtaken is still taken, once.
func TestKeysAfterTheEnd(t *testing.T) {
	h := newHooks(t, nil)
	menu := h.document(voicePath)
	h.finish(voicePath+"/status", "completed")
	for _, keys := range []string{"1", "2"} {
		same(t, "after the end", h.document(menu.next(), "Digits", keys, "CallStatus", "completed"), `<Response><Hangup/></Response>`)
	}
	if got := h.record().State.Results["menu"]; got != "1" {
		t.Errorf("answered %q; want 1", got)
	}
}

// Who hangs up without a key has answered nothing.
func TestHungUpInGather(t *testing.T) {
	h := newHooks(t, nil)
	menu := h.document(voicePath)
	same(t, "hung up", h.document(menu.next(), "Digits", "", "CallStatus", "completed"), `<Response><Hangup/></Response>`)
	if r := h.record(); r.Seq != 1 {
		t.Errorf("the call has moved to %d", r.Seq)
	}
	h.finish(voicePath+"/status", "completed")
	if r := h.record(); r.Ending != call.ByCaller {
		t.Errorf("ended %s; want by the caller", r.Ending)
	}
}

// How a call ended.
func TestEndings(t *testing.T) {
	for _, tt := range []struct {
		name, status, lasted string
		through              bool
		want                 call.Ending
	}{
		{"caller", "completed", "20", false, call.ByCaller},
		{"flow", "completed", "20", true, call.ByFlow},
		{"time limit", "completed", "7200", false, call.ByService},
		{"failed", "failed", "3", false, call.Broken},
	} {
		h := newHooks(t, nil)
		doc := h.document(voicePath)
		if tt.through {
			h.document(doc.next(), "Digits", "")
		}
		for _, ago := range []time.Duration{time.Second, time.Minute} { // it is told in whole seconds, and late
			h.finish(voicePath+"/status", tt.status, "CallDuration", tt.lasted, "Timestamp", time.Now().Add(-ago).UTC().Format(time.RFC1123Z))
		}
		h.finish(voicePath+"/status", "in-progress") // out of order
		if r := h.record(); r.Ending != tt.want || r.EndedAt.Before(r.AnsweredAt) {
			t.Errorf("%s: ended %q %v after its answer; want %q", tt.name, r.Ending, r.EndedAt.Sub(r.AnsweredAt), tt.want)
		}
	}
}

// Requests that nobody of ours has asked for.
func TestBadRequests(t *testing.T) {
	h := newHooks(t, nil)
	h.document(voicePath)
	for _, tt := range []struct {
		path string
		form []string
		want int
	}{
		{"/twilio/t/calls/" + hookSID + "/steps/1/singing", nil, 404},
		{"/twilio/t/calls/" + hookSID + "/steps/1/queued:sold", nil, 404},
		{"/twilio/t/calls/" + hookSID + "/steps/x/keys", nil, 400},
		{"/twilio/t/calls/" + hookSID + "/steps/-1/keys", nil, 400},
		{"/twilio/t/calls/" + hookSID + "/steps/99999999999999999999/keys", nil, 400},
		{"/twilio/t/calls/" + hookSID + "/steps/1/again", nil, 400},
		{"/twilio/t/calls/" + hookSID + "/steps/1/dialed", nil, 400},
		{"/twilio/t/calls/" + strings.Repeat("a", 65) + "/steps/1/keys", nil, 400},
		{"/twilio/t/calls/unknown/steps/1/keys", nil, 404},
		{"/twilio/t/calls/unknown/status", []string{"CallStatus", "dancing"}, 400},
		{"/twilio/t/voice", []string{"CallSid", "CA1"}, 400},
		{"/twilio/nobody/voice", nil, 404},
		{"/twilio/t/nothing", nil, 404},
		{"/twilio", nil, 404},
		{"/twilio/t//voice", nil, 404},
		{"/elsewhere", nil, 404},
	} {
		if w := h.ask(h.handler, tt.path, form(tt.form...)); w.Code != tt.want {
			t.Errorf("%s answered %d %s; want %d", tt.path, w.Code, strings.TrimSpace(w.Body.String()), tt.want)
		}
	}
	long := form("Digits", strings.Repeat("1", 64<<10))
	if w := h.ask(h.handler, voicePath, long); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body is answered %d; want 413", w.Code)
	}
	if r := h.record(); r.Seq != 1 {
		t.Errorf("the call has moved to %d", r.Seq)
	}
}

// A step that takes long has the caller wait, and is taken once, though Twilio
// asks again and another request brings the same.
func TestSlowStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, d, m := bubble(t)
		menu := h.document(voicePath)
		done := make(chan struct{})
		d.hold = func(int) error { <-done; return nil }
		began := time.Now()
		doc := h.document(menu.next(), "Digits", "1")
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("answered after %v; want 5s", took)
		}
		for range 3 {
			if len(doc.Tags) != 2 || doc.Tags[0].Name != "Pause" || doc.Tags[0].Attrs["length"] != "1" || doc.Tags[1].Name != "Redirect" {
				t.Fatalf("answered %+v; want a pause and a redirect", doc)
			}
			if strings.Contains(doc.next(), "Digits") {
				t.Errorf("the URL %s tells the key", doc.next())
			}
			doc = h.document(doc.next())
		}
		close(done)
		if doc = h.document(doc.next()); doc.Tags[0].Text != "Your account number." {
			t.Errorf("the caller hears %+v", doc)
		}
		if m.commits != 2 || m.rec.Seq != 2 || m.rec.State.Results["menu"] != "1" {
			t.Errorf("%d commits, to %d, %v; want 2, to 2", m.commits, m.rec.Seq, m.rec.State.Results)
		}
	})
}

// The node that had a slow step dies; another one takes the event from the URL.
func TestSlowStepElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, d, m := bubble(t)
		menu := h.document(voicePath)
		done := make(chan struct{})
		d.hold = func(int) error { <-done; return errors.New("the node has died") }
		doc := h.document(menu.next(), "Digits", "4")
		h.opt.Desk = d.Desk
		other, _ := h.node()
		if doc = h.read(h.ask(other, doc.next(), form())); !strings.HasPrefix(doc.Tags[0].Text, "You owe") || m.rec.State.Results["menu"] != "4" {
			t.Errorf("the caller hears %+v, kept %v", doc, m.rec.State.Results)
		}
		close(done)
	})
}

// A step that never comes to an end has the caller wait a minute at most.
func TestEndlessStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, d, m := bubble(t)
		doc := h.document(voicePath)
		done := make(chan struct{})
		d.hold = func(int) error { <-done; return nil }
		began := time.Now()
		for range 20 {
			if _, over := doc.find("Hangup"); over {
				break
			}
			doc = h.document(doc.next(), "Digits", "1")
		}
		same(t, "in the end", doc, `<Response><Say voice="Polly.Amy">An error.</Say><Hangup/></Response>`)
		if took := time.Since(began); took > 70*time.Second || m.rec.Ending != call.Unsaved {
			t.Errorf("after %v, ended %q; want about a minute, unsaved", took, m.rec.Ending)
		}
		close(done)
	})
}

// A step that fails is tried again, and then apologised for.
func TestFailingStep(t *testing.T) {
	h, d, m := bubble(t)
	menu := h.document(voicePath)
	fails := 2
	d.hold = func(int) error {
		if fails--; fails >= 0 {
			return errors.New("the database is away")
		}
		return nil
	}
	doc := h.document(menu.next(), "Digits", "1")
	doc = h.document(doc.next())
	if doc = h.document(doc.next()); doc.Tags[0].Text != "Your account number." || m.rec.State.Results["menu"] != "1" {
		t.Errorf("the caller hears %+v, kept %v", doc, m.rec.State.Results)
	}
	fails = 100
	for range 4 {
		doc = h.document(doc.next(), "Digits", "12345")
	}
	same(t, "in the end", doc, `<Response><Say voice="Polly.Amy">An error.</Say><Hangup/></Response>`)
	if m.rec.Ending != call.Unsaved {
		t.Errorf("ended %q; want unsaved", m.rec.Ending)
	}
}

// An event that is sealed for one step is none of another's.
func TestSealedEvent(t *testing.T) {
	h, d, _ := bubble(t)
	menu := h.document(voicePath)
	d.hold = func(int) error { return errors.New("the database is away") }
	again := h.document(menu.next(), "Digits", "1").next()
	d.hold = nil
	for _, url := range []string{strings.Replace(again, "/steps/1/", "/steps/2/", 1), strings.Replace(again, hookSID, "another", 1), strings.Replace(again, "event=", "event=A", 1)} {
		if w := h.ask(h.handler, url, form()); w.Code != http.StatusBadRequest {
			t.Errorf("%s answered %d; want 400", url, w.Code)
		}
	}
}
