package main

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"careline/audio"
	"careline/sim/people"
)

const wordFlow = `
flow: word
languages: [en]
start: word
nodes:
  word:
    record: {max: 10s, silence: 3s}
    say: {en: Quick question.}
    result: word
    on: {recorded: thanks, silent: goodbye, failed: goodbye}
  thanks:
    say: {en: Quick thanks.}
    next: end
  goodbye:
    say: {en: Quick goodbye.}
    next: end
`

// Somebody calls, says something after the beep and hangs up over it: their words
// are in a file, and the answer and the row refer to it.
func TestMessageOfACaller(t *testing.T) {
	t.Parallel()
	h := newHouse(t, houseOptions{})
	h.write("flows/word.yaml", wordFlow)
	h.config = h.changed("word.yaml", "dids:\n", "recordings: {directory: messages}\ndids:\n  - {number: \"1004\", flow: word}\n")
	h.people(people.Options{})
	h.open()
	p, err := h.net.Phone(people.PhoneOptions{Name: "lina", Password: "lina-secret", Service: h.service, Talk: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err = p.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = p.Dial(t.Context(), "1004"); err != nil {
		t.Fatal(err)
	}
	await(t, generous, "the message", func() bool { return h.number("SELECT COUNT(*) FROM recordings") == 1 })
	var list []recordingJSON
	if err = json.Unmarshal([]byte(h.must("recordings", "list", "--json")), &list); err != nil || len(list) != 1 {
		t.Fatalf("messages %+v, %v; want one", list, err)
	}
	m := list[0]
	if got := h.text("SELECT value FROM answers WHERE result = 'word' AND call_id = ?", m.Call); got != m.ID || m.Result != "word" {
		t.Errorf("the answer is %q; the message is %+v", got, m)
	}
	f, err := os.Open(m.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sound, err := audio.ReadWAV(f)
	if err != nil || sound.Duration().Truncate(time.Millisecond).Seconds() != m.Seconds || m.Seconds < 1 || m.Seconds > 4 {
		t.Errorf("the file holds %v, %v; the row says %v s", sound.Duration(), err, m.Seconds)
	}
	if level := audio.ActiveLevel(sound.Samples); level < -30 {
		t.Errorf("what was said is at %.1f dBm0", level)
	}
}
