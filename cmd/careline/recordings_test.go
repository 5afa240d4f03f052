package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/store"
)

// messagesConfig keeps messages for a day, and so does the office's.
const messagesConfig = officeConfig + "recordings: {directory: messages, keep: 24h}\n"

// answerphone is an office that callers have left messages at: an hour ago on this
// node, a minute ago at a carrier, and a week ago on this node.
func answerphone(t *testing.T) (o *office, dir string) {
	t.Helper()
	o = newOffice(t)
	o.write(t, "careline.yaml", messagesConfig)
	dir = filepath.Join(filepath.Dir(o.config), "messages")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	o.left(t, ivr.Message{ID: "0199aaaa-0001", File: "0199aaaa-0001.wav", Bytes: 4, Length: 7 * time.Second}, now.Add(-time.Hour))
	o.left(t, ivr.Message{ID: "RE0002", Carrier: "twilio", Trunk: "hosted", URL: "https://api.example", Length: 90 * time.Second}, now.Add(-time.Minute))
	o.left(t, ivr.Message{ID: "0199aaaa-0003", File: "0199aaaa-0003.wav", Bytes: 4}, now.Add(-7*24*time.Hour))
	return o, dir
}

// left has a message left in a call of its own.
func (o *office) left(t *testing.T, m ivr.Message, at time.Time) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(filepath.Dir(o.config), "careline.db"), store.Options{Node: "careline"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := "call-" + m.ID
	rec := call.Record{Info: call.Info{ID: id, From: "+442079460101", To: "1888", Trunk: "carrier"}, Direction: call.Inbound, AnsweredAt: at}
	if err = s.OpenCall(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	r := call.Recording{Message: m, CallID: id, Number: "+442079460101", Result: "complaint", Node: "message", At: at}
	if err = s.CommitStep(t.Context(), call.Step{CallID: id, Seq: 1, At: at, Recordings: []call.Recording{r}}); err != nil {
		t.Fatal(err)
	}
	if m.File == "" {
		return
	}
	path := o.write(t, filepath.Join("messages", m.File), "RIFF")
	if err = os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestRecordingsList(t *testing.T) {
	t.Parallel()
	o, dir := answerphone(t)
	out := o.does(t, "recordings", "list", "--since", "2h")
	for _, want := range []string{"+442079460101", "7.0s", "1m30s", "complaint", "still with twilio", filepath.Join(dir, "0199aaaa-0001.wav")} {
		if !strings.Contains(out, want) {
			t.Errorf("the list does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "0003.wav") {
		t.Errorf("the list goes back further than two hours:\n%s", out)
	}
	var list []recordingJSON
	if err := json.Unmarshal([]byte(o.does(t, "recordings", "list", "--json")), &list); err != nil || len(list) != 3 {
		t.Fatalf("%d messages, %v; want 3", len(list), err)
	}
	if list[0].ID != "RE0002" || list[0].Path != "" || list[1].Seconds != 7 || list[1].Path == "" || list[1].Call != "call-0199aaaa-0001" {
		t.Errorf("JSON = %+v", list)
	}
	if out := o.does(t, "recordings", "list", "--number", "1234567"); out != "No messages.\n" {
		t.Errorf("messages of a number that left none: %q", out)
	}
}

func TestRecordingsPathAndDelete(t *testing.T) {
	t.Parallel()
	o, dir := answerphone(t)
	path := filepath.Join(dir, "0199aaaa-0001.wav")
	if out := o.does(t, "recordings", "path", "0001"); out != path+"\n" {
		t.Errorf("path = %q; want %s", out, path)
	}
	for _, tt := range []struct {
		in   string
		args []string
		want string
	}{
		{"", []string{"path", "RE0002"}, "still with twilio"},
		{"", []string{"path", "nobody"}, "there is no message nobody"},
		{"", []string{"path", "0199aaaa"}, "2 messages are called 0199aaaa"},
		{"", []string{"delete", "RE0002", "--yes"}, "still with twilio"},
		{"n\n", []string{"delete", "0001"}, "nothing was deleted"},
	} {
		code, _, errs := o.types(t, tt.in, append([]string{"recordings"}, tt.args...)...)
		if code != exitFailed || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: exit %d, %q; want %q", tt.args, code, errs, tt.want)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("after no was said: %v", err)
	}
	if code, out, errs := o.types(t, "y\n", "recordings", "delete", "0001"); code != exitDone || !strings.Contains(out, "deleted; the answer complaint of call call-0199aaaa-0001 stays") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	if out := o.does(t, "recordings", "list"); strings.Contains(out, "0001.wav") {
		t.Errorf("it is still listed:\n%s", out)
	}
}

// Old messages are deleted with their files, and so are parts that a crash has
// left; what is no message stays.
func TestRecordingsPruned(t *testing.T) {
	t.Parallel()
	o, dir := answerphone(t)
	old := time.Now().Add(-48 * time.Hour)
	for _, name := range []string{"0199aaaa-0004.wav.part", "notes.txt"} {
		if err := os.Chtimes(o.write(t, filepath.Join("messages", name), "x"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Database, store.Options{Node: cfg.Node})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := cfg.deleteRecordings(t.Context(), s, time.Now().Add(-cfg.Recordings.keep()))
	if err != nil || n != 1 {
		t.Errorf("deleteRecordings = %d, %v; want 1", n, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 || files[0].Name() != "0199aaaa-0001.wav" || files[1].Name() != "notes.txt" {
		t.Errorf("what is left is %v, %v", files, err)
	}
	if out := o.does(t, "recordings", "list"); strings.Contains(out, "0003") || !strings.Contains(out, "0001.wav") {
		t.Errorf("what is listed:\n%s", out)
	}
}

// Callers are not asked for messages that there is no place for.
func TestMessagesNeedADirectory(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.write(t, "careline.yaml", officeConfig+"dids: [{number: '1866', flow: complaint-line}]\n")
	cfg, err := loadConfig(o.config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), cfg.Database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err = cfg.addFlows(t.Context(), s, time.Now()); err == nil || !strings.Contains(err.Error(), "dids[0].flow: callers of flow complaint-line leave messages; name under recordings.directory") {
		t.Errorf("addFlows = %v", err)
	}
	cfg.Recordings.Directory = t.TempDir()
	if err = cfg.addFlows(t.Context(), s, time.Now()); err != nil {
		t.Errorf("with a directory: %v", err)
	}
}
