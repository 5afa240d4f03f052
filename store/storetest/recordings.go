package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"careline/call"
	"careline/ivr"
	"careline/store"
)

var recordingTests = tests{
	"messages are kept with the answers that refer to them": recordingsKept,
	"messages are found by many features":                   recordingsFound,
	"messages are fetched from a carrier once":              recordingsFetched,
}

// left is a message of a call.
func left(r call.Record, id string, at time.Time) call.Recording {
	return call.Recording{
		Message: ivr.Message{ID: id, Length: 7 * time.Second, File: id + ".wav", Bytes: 56058},
		CallID:  r.ID, Number: r.Customer.Number, Campaign: r.Campaign, Contact: r.Contact, Result: "complaint", Node: "message", At: at,
	}
}

// stepLeft is a step of somebody who has left a message.
func stepLeft(r call.Record, seq int, m call.Recording) call.Step {
	s := step(r, seq, m.At, m.Result, m.ID)
	s.Recordings = []call.Recording{m}
	return s
}

func recordingsKept(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.answered(w.begin(w.claim(1)[0]))
	want := left(r, "0199-a", w.now)
	w.commit(stepLeft(r, 1, want))
	late := left(r, "0199-b", w.now.Add(time.Second))
	if err := w.s.CommitStep(t.Context(), stepLeft(r, 1, late)); err == nil {
		t.Error("a step was committed twice")
	}
	list, err := w.s.Recordings(t.Context(), store.RecordingFilter{})
	w.ok("list", err)
	if len(list) == 1 {
		if want.Host = list[0].Host; want.Host == "" {
			t.Error("it is not told which node has the file")
		}
	}
	if diff := cmp.Diff([]call.Recording{want}, list); diff != "" {
		t.Errorf("Recordings (-want +got):\n%s", diff)
	}
	for a, err := range w.s.Answers(t.Context(), w.c.ID) {
		w.ok("list answers", err)
		if a.Value != want.ID {
			t.Errorf("the answer is %s; want %s", a.Value, want.ID)
		}
	}
	w.ok("delete", w.s.DeleteRecording(t.Context(), want.ID))
	if list, err = w.s.Recordings(t.Context(), store.RecordingFilter{}); err != nil || len(list) > 0 {
		t.Errorf("after it was deleted there is %v, %v", list, err)
	}
}

func recordingsFound(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.answered(w.begin(w.claim(1)[0]))
	outsider := r
	outsider.ID, outsider.Campaign, outsider.Contact = newID(), "", ""
	outsider.From, outsider.Customer.Number, outsider.Direction = "+86_100%", "+86_100%", call.Inbound
	w.ok("open", w.s.OpenCall(t.Context(), outsider))
	w.commit(stepLeft(r, 1, left(r, "0199-a1", w.now)))
	w.commit(stepLeft(outsider, 1, left(outsider, "0199-b2", w.now.Add(time.Minute))))
	w.commit(stepLeft(r, 2, left(r, "0199-c3", w.now.Add(2*time.Minute))))
	for name, tt := range map[string]struct {
		filter store.RecordingFilter
		want   string
	}{
		"all":                     {store.RecordingFilter{}, "c3 b2 a1"},
		"the latest":              {store.RecordingFilter{Limit: 1}, "c3"},
		"since":                   {store.RecordingFilter{Since: w.now.Add(time.Minute)}, "c3 b2"},
		"before":                  {store.RecordingFilter{Before: w.now.Add(time.Minute)}, "a1"},
		"of a campaign":           {store.RecordingFilter{Campaign: w.c.ID}, "c3 a1"},
		"a number, to the letter": {store.RecordingFilter{Number: "_100%"}, "b2"},
		"of no node":              {store.RecordingFilter{Host: "elsewhere"}, ""},
		"of somebody else":        {store.RecordingFilter{Number: "12345678"}, ""},
	} {
		list, err := w.s.Recordings(t.Context(), tt.filter)
		w.ok(name, err)
		if got := endings(list); got != tt.want {
			t.Errorf("%s: %q; want %q", name, got, tt.want)
		}
	}
	for name, want := range map[string]string{"0199-a1": "a1", "b2": "b2", "0199": "c3 b2 a1", "%": "", "nobody": ""} {
		list, err := w.s.FindRecordings(t.Context(), name)
		w.ok("find "+name, err)
		if got := endings(list); got != want {
			t.Errorf("called %s: %q; want %q", name, got, want)
		}
	}
}

// endings are the ids, by what they end in.
func endings(list []call.Recording) string {
	all := make([]string, 0, len(list))
	for _, r := range list {
		all = append(all, r.ID[len(r.ID)-2:])
	}
	return strings.Join(all, " ")
}

func recordingsFetched(t *testing.T, url func(testing.TB) string) {
	w := newWorld(t, url, 1, nil)
	r := w.answered(w.begin(w.claim(1)[0]))
	far := left(r, "RE01", w.now)
	far.Message = ivr.Message{ID: "RE01", Length: 6 * time.Second, Carrier: "twilio", Trunk: "hosted", URL: "https://api.example/RE01"}
	w.commit(stepLeft(r, 1, far))
	elsewhere := func(since, before time.Time) string {
		list, err := w.s.RecordingsElsewhere(t.Context(), "twilio", since, before)
		w.ok("list what is elsewhere", err)
		return endings(list)
	}
	later := w.now.Add(time.Second)
	if got := elsewhere(w.now, later); got != "01" {
		t.Errorf("elsewhere are %q; want RE01", got)
	}
	if got := elsewhere(later, later.Add(time.Hour)) + elsewhere(w.now.Add(-time.Hour), w.now); got != "" {
		t.Errorf("of other times %q is elsewhere; want nothing", got)
	}
	here := ivr.Message{ID: "RE01", File: "RE01.wav", Bytes: 96058, Length: 6100 * time.Millisecond, URL: far.URL}
	for i, want := range []bool{true, false} {
		if ok, err := w.s.FetchedRecording(t.Context(), here); err != nil || ok != want {
			t.Errorf("time %d: FetchedRecording = %v, %v; want %v", i+1, ok, err, want)
		}
	}
	if got := elsewhere(w.now, later); got != "01" {
		t.Errorf("fetched, and not deleted there, are %q; want RE01", got)
	}
	w.ok("note that it is deleted there", w.s.GoneRecording(t.Context(), "RE01"))
	if got := elsewhere(w.now, later); got != "" {
		t.Errorf("%q is elsewhere still", got)
	}
	list, err := w.s.Recordings(t.Context(), store.RecordingFilter{})
	w.ok("list", err)
	if len(list) != 1 || list[0].File != here.File || list[0].Bytes != here.Bytes || list[0].Length != here.Length || list[0].Carrier != "twilio" {
		t.Errorf("Recordings = %+v; want it here", list)
	}
}
