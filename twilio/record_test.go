package twilio_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"careline/audio"
	"careline/call"
	"careline/store"
	"careline/twilio"
)

// complaintFlow takes a message.
const complaintFlow = `
flow: everything
languages: [en]
start: message
farewell: sorry
nodes:
  message:
    record: {max: 90s, silence: 4s, finish_on_key: "*"}
    say: {en: "What has happened?"}
    result: complaint
    on: {recorded: thanks, silent: sorry, failed: sorry}
  thanks:
    say: {en: Thank you.}
    next: end
  sorry:
    say: {en: Sorry.}
    next: end
`

// tapes stands in for Twilio's API, as far as recordings go.
type tapes struct {
	mu      sync.Mutex
	file    []byte // nil: it is not there yet
	deleted chan string
	missed  chan string
}

const tapeSID = "RE0123456789abcdef0123456789abcdef"

func (s *tapes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, password, _ := r.BasicAuth()
	path, ours := strings.CutPrefix(r.URL.Path, "/2010-04-01/Accounts/"+hookAccount+"/Recordings/"+tapeSID)
	switch {
	case !ours || user != hookAccount || password != hookToken:
		http.Error(w, "not yours", http.StatusForbidden)
	case r.Method == http.MethodDelete && path == ".json":
		w.WriteHeader(http.StatusNoContent)
		s.deleted <- tapeSID
	case s.file == nil:
		http.NotFound(w, r)
		s.missed <- path
	case path == ".wav":
		_, _ = w.Write(s.file)
	}
}

// answerphone is a node that takes messages, beside an API without any yet.
func answerphone(t *testing.T, change func(*twilio.Options)) (*hooks, *tapes, string) {
	t.Helper()
	api := &tapes{deleted: make(chan string, 8), missed: make(chan string, 8)}
	srv := httptest.NewServer(api)
	t.Cleanup(srv.Close)
	dir := filepath.Join(t.TempDir(), "messages")
	h := newHooks(t, func(o *twilio.Options) {
		o.API, o.Directory = srv.URL, dir
		if change != nil {
			change(o)
		}
	})
	h.opt.Messages = h.store
	_, err := h.store.AddFlow(t.Context(), "everything.yaml", []byte(complaintFlow), time.Now().Add(time.Second))
	h.ok("add the flow", err)
	h.handler, h.carrier = h.node()
	return h, api, dir
}

// works has the node fetch messages, until the test is over.
func (h *hooks) works(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.carrier.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
	})
}

// tape are the parameters of a webhook on the recording.
func tape(seconds string, more ...string) []string {
	return append([]string{
		"RecordingSid", tapeSID, "RecordingDuration", seconds, "RecordingUrl", "https://elsewhere.example/" + tapeSID,
	}, more...)
}

// messages are those that are known, and the answers that refer to them.
func (h *hooks) messages() (list []call.Recording, answers []string) {
	h.Helper()
	list, err := h.store.Recordings(h.Context(), store.RecordingFilter{})
	h.ok("list messages", err)
	for a, err := range h.store.Answers(h.Context(), "") {
		h.ok("list answers", err)
		answers = append(answers, a.Result+"="+a.Value)
	}
	return list, answers
}

func TestRecordDocument(t *testing.T) {
	h, _, _ := answerphone(t, nil)
	same(t, "record", h.document(voicePath), `<Response>
		<Say voice="Polly.Amy">What has happened?</Say>
		<Record action="`+callURL+`/steps/1/recorded?lang=en" method="POST" timeout="4" maxLength="90" finishOnKey="*" playBeep="true" trim="trim-silence"
			recordingStatusCallback="`+callURL+`/steps/1/recording?lang=en" recordingStatusCallbackEvent="completed"/>
		<Redirect method="POST">`+callURL+`/steps/1/silent?lang=en</Redirect></Response>`)
	h, _, _ = answerphone(t, func(o *twilio.Options) { o.Directory = "" })
	same(t, "without a place for messages", h.document(voicePath), `<Response>
		<Redirect method="POST">`+callURL+`/steps/1/failed?lang=en</Redirect></Response>`)
}

// What a webhook says of a message leads on in the flow, however often it comes
// and whichever of them comes first.
func TestRecorded(t *testing.T) {
	type hook struct {
		kind  string
		pairs []string
	}
	callback := hook{"recording", tape("7", "RecordingStatus", "completed")}
	for _, tt := range []struct {
		name  string
		hooks []hook
		says  string // to the last that is answered by a document
		left  int
	}{
		{"left", []hook{{"recorded", tape("7", "Digits", "*")}, callback}, "Thank you.", 1},
		{"twice", []hook{{"recorded", tape("7")}, {"recorded", tape("7")}, callback, callback}, "Thank you.", 1},
		{"the callback first", []hook{callback, {"recorded", tape("7")}}, "Thank you.", 1},
		{"named by its URL alone", []hook{{"recorded", tape("7")[2:]}}, "Thank you.", 1},
		{"nothing was said", []hook{{"silent", nil}}, "Sorry.", 0},
		{"nothing, of no length", []hook{{"recorded", tape("0")}}, "Sorry.", 0},
		{"without a name", []hook{{"recorded", []string{"RecordingSid", "../../x", "RecordingDuration", "7"}}}, "Sorry.", 0},
		{"hung up over it", []hook{{"recorded", tape("7", "Digits", "hangup", "CallStatus", "completed")}}, "", 1},
		{"hung up and said nothing", []hook{{"silent", []string{"CallStatus", "completed"}}}, "", 0},
	} {
		h, _, _ := answerphone(t, nil)
		h.document(voicePath)
		said := ""
		for _, hook := range tt.hooks {
			w := h.ask(h.handler, callURL+"/steps/1/"+hook.kind+"?lang=en", form(hook.pairs...))
			if hook.kind == "recording" {
				if w.Code != http.StatusNoContent {
					t.Errorf("%s: the callback was answered %d: %s", tt.name, w.Code, w.Body)
				}
				continue
			}
			said = h.read(w).Tags[0].Text
		}
		if said != tt.says {
			t.Errorf("%s: the caller hears %q; want %q", tt.name, said, tt.says)
		}
		list, answers := h.messages()
		if len(list) != tt.left || len(answers) != tt.left {
			t.Fatalf("%s: messages %v and answers %v; want %d", tt.name, list, answers, tt.left)
		}
		if tt.left == 0 {
			continue
		}
		if m := list[0]; m.ID != tapeSID || m.Length != 7*time.Second || m.Carrier != twilio.Name || m.Trunk != "t" || m.File != "" || m.Number != hookCaller || answers[0] != "complaint="+tapeSID {
			t.Errorf("%s: the message is %+v, the answer %s", tt.name, m, answers[0])
		}
	}
}

// The webhook of a message that came with the call's end is still taken.
func TestRecordedAfterTheEnd(t *testing.T) {
	h, _, _ := answerphone(t, nil)
	h.document(voicePath)
	h.finish(voicePath+"/status", "completed")
	h.ask(h.handler, callURL+"/steps/1/recording", form(tape("7", "RecordingStatus", "completed")...))
	if list, _ := h.messages(); len(list) != 1 {
		t.Errorf("messages %v; want one", list)
	}
}

// A message is fetched once Twilio has it, and deleted there when it is on disk.
func TestMessageIsFetched(t *testing.T) {
	h, api, dir := answerphone(t, nil)
	h.works(t)
	h.document(voicePath)
	h.document(callURL+"/steps/1/recorded", tape("3")...)
	complete := func() {
		h.ask(h.handler, callURL+"/steps/1/recording", form(tape("3", "RecordingStatus", "completed")...))
	}
	complete()
	await(t, "a look for the recording", api.missed)
	pcm := audio.Tone{Hz: []float64{700}, Level: -10}.PCM(3 * time.Second)
	var file bytes.Buffer
	h.ok("write a recording", audio.WriteWAV(&file, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16))
	api.mu.Lock()
	api.file = file.Bytes()
	api.mu.Unlock()
	complete()
	await(t, "the deletion at Twilio", api.deleted)
	list, _ := h.messages()
	got, err := os.ReadFile(filepath.Join(dir, list[0].File))
	if err != nil || !bytes.Equal(got, file.Bytes()) {
		t.Errorf("the file has %d bytes, %v; want the %d of Twilio's", len(got), err, file.Len())
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("the directory holds %v; want the message alone", files)
	}
	if m := list[0]; !strings.HasPrefix(m.File, tapeSID) || m.Bytes != int64(file.Len()) || m.Length != 3*time.Second {
		t.Errorf("the message is %+v; want it here", m)
	}
}

// Twilio keeps its copy where that is asked for; what is no sound is not taken.
func TestMessageIsKeptThere(t *testing.T) {
	h, api, dir := answerphone(t, func(o *twilio.Options) { o.KeepThere = true })
	h.works(t)
	h.document(voicePath)
	h.document(callURL+"/steps/1/recorded", tape("3")...)
	api.mu.Lock()
	api.file = []byte("RIFF, and then nothing")
	api.mu.Unlock()
	complete := func() {
		h.ask(h.handler, callURL+"/steps/1/recording", form(tape("3", "RecordingStatus", "completed")...))
	}
	complete()
	var file bytes.Buffer
	h.ok("write a recording", audio.WriteWAV(&file, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: make([]int16, 8000)}, audio.PCM16))
	api.mu.Lock()
	api.file = file.Bytes()
	api.mu.Unlock()
	for deadline := time.Now().Add(20 * time.Second); ; complete() {
		if list, _ := h.messages(); list[0].File != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the message was not fetched")
		}
	}
	elsewhere, err := h.store.RecordingsElsewhere(t.Context(), twilio.Name, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil || len(elsewhere) != 0 || len(api.deleted) != 0 {
		t.Errorf("still looked after are %v, %v, and %d were deleted; want none", elsewhere, err, len(api.deleted))
	}
	list, _ := h.messages()
	if got, err := os.ReadFile(filepath.Join(dir, list[0].File)); err != nil || !bytes.Equal(got, file.Bytes()) {
		t.Errorf("the file has %d bytes, %v", len(got), err)
	}
}

func await(t *testing.T, what string, ch <-chan string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s came", what)
	}
}

// together lets requests for a recording go on once there are two of them.
type together struct {
	http.RoundTripper
	both sync.WaitGroup
}

func (o *together) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, ".wav") {
		o.both.Done()
		o.both.Wait()
	}
	return o.RoundTripper.RoundTrip(r)
}

// Two nodes that keep messages in one directory do not take them from each other.
func TestMessageIsFetchedTwice(t *testing.T) {
	way := &together{RoundTripper: http.DefaultTransport}
	way.both.Add(2)
	h, api, dir := answerphone(t, func(o *twilio.Options) { o.HTTP = way })
	var file bytes.Buffer
	h.ok("write a recording", audio.WriteWAV(&file, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: make([]int16, 8000)}, audio.PCM16))
	api.file = file.Bytes()
	h.document(voicePath)
	h.document(callURL+"/steps/1/recorded", tape("3")...)
	_, second := h.node()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, c := range []*twilio.Carrier{h.carrier, second} {
		running.Go(func() { _ = c.Run(ctx) })
	}
	way.both.Wait()
	await(t, "the deletion at Twilio", api.deleted)
	stop()
	running.Wait()
	list, _ := h.messages()
	if got, err := os.ReadFile(filepath.Join(dir, list[0].File)); err != nil || !bytes.Equal(got, file.Bytes()) {
		t.Errorf("the file has %d bytes, %v", len(got), err)
	}
}
