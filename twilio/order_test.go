package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// webhook is one that Twilio has made.
type webhook struct {
	url  string
	form url.Values
}

// TestAnyOrder has one conversation twice: as it should be, and with requests
// that come twice, to one node or the other, late, with other keys, or before
// their time, and with status callbacks in any order. Both leave the same behind.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		keys := rapid.SliceOfN(rapid.SampledFrom([]string{"", "1", "2", "3", "4", "5", "9", "1234"}), 0, 6).Draw(r, "keys")
		straight, _, plain := bubble(t)
		talk(straight, keys, func() http.Handler { return straight.handler }, func(webhook) {})

		noisy, _, kept := bubble(t)
		other, _ := noisy.node()
		nodes := []http.Handler{noisy.handler, other}
		node := func() http.Handler { return rapid.SampledFrom(nodes).Draw(r, "node") }
		var made []webhook
		talk(noisy, keys, node, func(w webhook) {
			made = append(made, w)
			for range rapid.IntRange(0, 3).Draw(r, "noise") {
				disturb(r, noisy, node(), made)
			}
		})
		if diff := cmp.Diff(plain.rec.State, kept.rec.State, cmpopts.EquateEmpty()); diff != "" || plain.rec.Seq != kept.rec.Seq || plain.rec.Ending != kept.rec.Ending {
			r.Fatalf("at step %d, ended %q; want %d, %q (-in order +disturbed):\n%s", kept.rec.Seq, kept.rec.Ending, plain.rec.Seq, plain.rec.Ending, diff)
		}
	})
}

// talk follows the documents of a call as Twilio does, until it ends or all keys
// are pressed; then the caller hangs up.
func talk(h *hooks, keys []string, node func() http.Handler, made func(webhook)) {
	h.Helper()
	ask := func(address string, pairs ...string) tag {
		w := webhook{address, form(pairs...)}
		doc := h.read(h.ask(node(), w.url, w.form))
		made(w)
		return doc
	}
	doc := ask(hookPublic + voicePath)
	for i := 0; doc.next() != "" && !strings.Contains(doc.next(), "/enqueue") && i < len(keys)+20; i++ {
		if _, gathers := doc.find("Gather"); gathers {
			if len(keys) == 0 {
				break
			}
			doc, keys = ask(doc.next(), "Digits", keys[0]), keys[1:]
			continue
		}
		doc = ask(doc.next(), "DialCallStatus", "busy")
	}
	w := webhook{hookPublic + voicePath + "/status", form("CallStatus", "completed", "CallDuration", "9")}
	h.ask(node(), w.url, w.form)
	made(w)
}

// disturb sends what has been sent before, or what nothing has asked for yet.
func disturb(r *rapid.T, h *hooks, to http.Handler, made []webhook) {
	old := rapid.SampledFrom(made).Draw(r, "old")
	switch rapid.IntRange(0, 3).Draw(r, "how") {
	case 0:
		h.ask(to, old.url, old.form)
	case 1:
		if f := form("Digits", "4", "DialCallStatus", "completed"); !strings.HasSuffix(old.url, "/status") {
			h.ask(to, old.url, f)
		}
	case 2:
		step := rapid.SampledFrom([]string{"/steps/40/keys", "/steps/41/played", "/steps/0/now"}).Draw(r, "step")
		h.ask(to, callURL+step, form("Digits", "4"))
	case 3:
		s := rapid.SampledFrom([]string{"queued", "initiated", "ringing", "in-progress"}).Draw(r, "status")
		h.ask(to, hookPublic+voicePath+"/status", form("CallStatus", s))
	}
}

// Whatever comes is answered by a document, or by a status that says what is
// wrong; nothing is redirected.
func FuzzHandler(f *testing.F) {
	for _, path := range []string{
		"voice", "voice/status", "calls/" + hookSID + "/answer", "calls/" + hookSID + "/steps/1/keys?lang=en", "calls/" + hookSID + "/steps/1/again?event=AAAA",
		"calls/" + hookSID + "/steps/2/dialed?number=x", "calls/" + hookSID + "/status", "calls/" + hookSID + "/amd?machine=flow",
		"calls/" + hookSID + "/fallback", "media/p-AAAA.wav?until=1&sig=x", "calls/%2F/steps/1/keys", "calls//wait", "../x", "calls/a/steps/1/queued:connected",
	} {
		f.Add("POST", path, "Digits=1&CallStatus=in-progress&DialCallStatus=busy&AnsweredBy=machine_start&ErrorCode=11200&ErrorUrl=%2Ftwilio%2Ft%2Fcalls%2F"+hookSID+"%2Fsteps%2F1%2Fkeys", true)
		f.Add("GET", path, "x=%zz", false)
	}
	f.Fuzz(func(t *testing.T, method, path, body string, genuine bool) {
		h, _, _ := bubble(t)
		h.opt.Queue = nil
		h.document(voicePath)
		r, err := http.NewRequestWithContext(t.Context(), method, hookPublic+"/twilio/t/"+path, strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		if genuine {
			values, _ := url.ParseQuery(body)
			values.Set("AccountSid", hookAccount)
			values.Set("CallSid", hookSID)
			sane(t, h, values, r)
			return
		}
		sane(t, h, nil, r)
	})
}

func sane(t *testing.T, h *hooks, values url.Values, r *http.Request) {
	t.Helper()
	if values != nil {
		var err error
		address := r.URL.String()
		if r, err = http.NewRequestWithContext(t.Context(), r.Method, address, strings.NewReader(values.Encode())); err != nil {
			t.Skip()
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature(hookToken, address, values))
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	switch {
	case w.Code == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml"):
		parseTag(t, w.Body.String())
	case w.Code == http.StatusOK && r.Method == http.MethodHead, w.Code == http.StatusNoContent:
	case w.Code >= http.StatusBadRequest && w.Code <= http.StatusServiceUnavailable:
	default:
		t.Errorf("%s %s answered %d %s: %s", r.Method, r.URL, w.Code, w.Header(), w.Body)
	}
}
