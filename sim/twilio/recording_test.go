package twin_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

func TestRecordingIsThereUntilItIsDeleted(t *testing.T) {
	h := newHouse(t, twin.Options{Faults: twin.Faults{List: []twin.Fault{{Kind: twin.RecordingLate}}, Late: time.Second}}, twin.ScriptOptions{
		Person: func(string, int) twin.Script { return twin.Script{Says: 3 * time.Second, Keys: []string{"#"}} },
	})
	h.say("/answer", `<Record finishOnKey="#" action="/recorded" recordingStatusCallback="/tapestatus"/><Redirect>/silent</Redirect>`)
	h.say("/recorded", `<Hangup/>`)
	h.call()
	k := h.hooks("/recorded")
	if len(k) != 1 || k[0].params.Get("RecordingDuration") != "3" || k[0].params.Get("Digits") != "#" {
		t.Fatalf("the action got %v", k)
	}
	address := k[0].params.Get("RecordingUrl")
	if status, _ := get(t, address); status != http.StatusNotFound {
		t.Errorf("the recording is there before it is complete: %d", status)
	}
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindCallback && e.Note == "recording" })
	if told := h.hooks("/tapestatus"); len(told) != 1 || told[0].params.Get("RecordingStatus") != "completed" {
		t.Errorf("the callback got %v", told)
	}
	for _, suffix := range []string{"", ".wav"} {
		if status, size := get(t, address+suffix); status != http.StatusOK || size < 3*16000 {
			t.Errorf("the recording: %d, %d bytes", status, size)
		}
	}
	path := "/Recordings/" + k[0].params.Get("RecordingSid") + ".json"
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if status, _ := h.rest(http.MethodDelete, path, nil); status != want {
			t.Errorf("deleting the recording: %d; want %d", status, want)
		}
	}
	if status, _ := get(t, address); status != http.StatusNotFound {
		t.Errorf("the recording is there after it was deleted: %d", status)
	}
	if r := h.Recordings(); len(r) != 1 || !r[0].Deleted || r[0].Fetched != 2 || r[0].Length != 3*time.Second {
		t.Errorf("recordings %+v", r)
	}
	h.clean()
}

func TestNothingIsRecorded(t *testing.T) {
	h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Says: -1} }})
	h.say("/answer", `<Record action="/recorded" recordingStatusCallback="/tapestatus" recordingStatusCallbackEvent="absent"/><Redirect>/silent</Redirect>`)
	h.say("/silent", `<Hangup/>`)
	h.call()
	if len(h.hooks("/recorded")) != 0 || len(h.hooks("/silent")) != 1 {
		t.Errorf("the action got %v, the verb behind %v", h.hooks("/recorded"), h.hooks("/silent"))
	}
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindCallback && e.Note == "recording" })
	if k := h.hooks("/tapestatus"); len(k) != 1 || k[0].params.Get("RecordingStatus") != "absent" {
		t.Errorf("the callback got %v", k)
	}
	h.clean()
}

func get(t *testing.T, address string) (status int, size int64) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	size, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, size
}
