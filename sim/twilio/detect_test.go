package twin_test

import (
	"net/http"
	"strings"
	"testing"

	twin "careline/sim/twilio"
)

func TestDetection(t *testing.T) {
	for _, tt := range []struct {
		mode, who, want string
		async           bool
	}{
		{"Enable", "", "human", false},
		{"Enable", "machine", "machine_start", false},
		{"DetectMessageEnd", "machine", "machine_end_", false},
		{"DetectMessageEnd", "fax", "fax", false},
		{"Enable", "machine", "machine_start", true},
		{"DetectMessageEnd", "", "human", true},
	} {
		h := newHouse(t, twin.Options{}, twin.ScriptOptions{Person: func(string, int) twin.Script { return twin.Script{Machine: tt.who} }})
		h.say("/answer", `<Pause length="3600"/>`)
		more := []string{"MachineDetection", tt.mode, "MachineDetectionTimeout", "20"}
		if tt.async {
			more = append(more, "AsyncAmd", "true", "AsyncAmdStatusCallback", h.web.URL+"/amdstatus")
		}
		_, body := h.rest(http.MethodPost, "/Calls.json", h.order(more...))
		call := body["sid"].(string)
		h.wait(func(e twin.Entry) bool {
			return tt.async && e.Kind == twin.KindCallback && e.Note == "amd" || !tt.async && e.Kind == twin.KindDocument
		})
		c := h.hang(call)
		if !strings.HasPrefix(c.Detected, tt.want) {
			t.Errorf("%+v: detected %q", tt, c.Detected)
		}
		got := h.hooks("/answer")[0].params
		if told := got.Get("AnsweredBy") != ""; told == tt.async {
			t.Errorf("%+v: the first request has AnsweredBy %q", tt, got.Get("AnsweredBy"))
		}
		if k := h.hooks("/amdstatus"); tt.async {
			if len(k) != 1 || !k[0].signed || k[0].params.Get("AnsweredBy") != c.Detected || k[0].params.Get("MachineDetectionDuration") == "" || len(k[0].params) != 4 {
				t.Errorf("%+v: the callback got %v", tt, k)
			}
		}
		h.clean()
	}
}
