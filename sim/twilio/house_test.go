package twin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	twin "careline/sim/twilio"
)

const (
	sid   = "AC0123456789abcdef0123456789abcdef"
	token = "s3cret"
	ours  = "+442079460000"
	hers  = "+441632960001"
)

// house is a service of documents by path, and the twin that asks it.
type house struct {
	*twin.Twin
	t      *testing.T
	people *twin.Scripts
	web    *httptest.Server

	mu   sync.Mutex
	docs map[string]string // by path
	seen []hook
}

// hook is a webhook that the service got.
type hook struct {
	path   string
	params url.Values
	signed bool
	header http.Header
}

// newHouse runs a twin, a hundred times as fast as life.
func newHouse(t *testing.T, o twin.Options, people twin.ScriptOptions) *house {
	t.Helper()
	h := &house{t: t, docs: map[string]string{}}
	h.web = httptest.NewServer(h)
	t.Cleanup(h.web.Close)
	o.Speed, people.Speed = 100, 100
	h.people = twin.NewScripts(people)
	o.Line = h.people
	if o.Accounts == nil {
		o.Accounts = []twin.Account{{SID: sid, Token: token, CallsPerSecond: 1000, Numbers: []twin.Number{{
			Number: ours, VoiceURL: h.web.URL + "/voice", StatusCallback: h.web.URL + "/voice/status",
		}}}}
	}
	var err error
	if h.Twin, err = twin.New(o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return h
}

// ServeHTTP answers with the document of the path.
func (h *house) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	signed := r.PostForm
	if r.Method == http.MethodGet {
		signed = nil
	}
	address := "http://" + r.Host + r.URL.RequestURI()
	h.mu.Lock()
	h.seen = append(h.seen, hook{r.URL.Path, r.Form, r.Header.Get("X-Twilio-Signature") == twin.Sign(token, address, signed), r.Header})
	doc, ok := h.docs[r.URL.Path+"?"+r.Form.Get("Digits")]
	if !ok {
		doc, ok = h.docs[r.URL.Path]
	}
	h.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "status"):
		w.WriteHeader(http.StatusNoContent)
	case !ok:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, "<Response>"+doc+"</Response>")
	}
}

// say sets the document of a path.
func (h *house) say(path, doc string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.docs[path] = doc
}

// hang ends a call by REST and waits for its end.
func (h *house) hang(call string) twin.Call {
	h.t.Helper()
	h.rest(http.MethodPost, "/Calls/"+call+".json", url.Values{"Status": {"completed"}})
	return h.over(call)
}

// hooks are the webhooks to a path so far.
func (h *house) hooks(path string) []hook {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []hook
	for _, k := range h.seen {
		if k.path == path {
			out = append(out, k)
		}
	}
	return out
}

// rest makes a REST request and returns its status and body.
func (h *house) rest(method, path string, params url.Values) (int, map[string]any) {
	h.t.Helper()
	address := h.URL() + "/2010-04-01/Accounts/" + sid + path
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(params.Encode())
	} else if len(params) > 0 {
		address += "?" + params.Encode()
	}
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.SetBasicAuth(sid, token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	var m map[string]any
	_ = json.NewDecoder(res.Body).Decode(&m)
	return res.StatusCode, m
}

// order are the parameters of a call to her, whose first document is /answer.
func (h *house) order(more ...string) url.Values {
	p := url.Values{"To": {hers}, "From": {ours}, "Url": {h.web.URL + "/answer"}, "StatusCallback": {h.web.URL + "/status"}}
	p["StatusCallbackEvent"] = []string{"initiated", "ringing", "answered", "completed"}
	for i := 0; i+1 < len(more); i += 2 {
		p.Set(more[i], more[i+1])
	}
	return p
}

// call places a call and waits for its end.
func (h *house) call(more ...string) twin.Call {
	h.t.Helper()
	status, body := h.rest(http.MethodPost, "/Calls.json", h.order(more...))
	if status != http.StatusCreated {
		h.t.Fatalf("CreateCall answered %d %v", status, body)
	}
	return h.over(fmt.Sprint(body["sid"]))
}

// over waits for the end of a call, and until all that is to be said of it was.
func (h *house) over(sid string) twin.Call {
	h.t.Helper()
	h.wait(func(e twin.Entry) bool { return e.Kind == twin.KindEnded && e.Call == sid })
	c, _ := h.Call(sid)
	return c
}

func (h *house) wait(match func(twin.Entry) bool) twin.Entry {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer cancel()
	e, err := h.Wait(ctx, match)
	if err != nil {
		for _, e := range h.Diary() {
			h.t.Logf("%s %s %s %s %d %q %s", e.Kind, e.Call, e.URL, e.Status, e.Code, e.Keys, e.Note)
		}
		h.t.Fatal(err)
	}
	return e
}

// clean fails the test for any violation.
func (h *house) clean() {
	h.t.Helper()
	for _, v := range h.Violations() {
		h.t.Error(v)
	}
}
