package twin

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"careline/audio"
)

// beep is what is heard before a recording.
func beep() *Sound {
	return &Sound{Text: "beep", Length: 500 * time.Millisecond, PCM: audio.Tone{Hz: []float64{1000}, Level: -20, Fade: 10 * time.Millisecond}.PCM(500 * time.Millisecond)}
}

// record executes Record: what somebody says until they press a key, are silent
// or hang up.
func (s scene) record(ctx context.Context, n *node) outcome {
	if err := s.pick(ctx); err != nil {
		return outcome{how: stopped}
	}
	ask := Ask{
		Document: s.d.url, Finish: n.or("finishOnKey", "1234567890*#"), Record: true,
		First: time.Duration(n.number("timeout", 5)) * time.Second, Longest: time.Duration(n.number("maxLength", 3600)) * time.Second,
	}
	if n.attrs["playBeep"] != "false" {
		ask.Sounds = []*Sound{beep()}
	}
	reply, err := s.c.party.Ask(ctx, ask)
	if err != nil && !errors.Is(err, ErrHungUp) && !errors.Is(context.Cause(ctx), errPerson) {
		return outcome{how: stopped}
	}
	params := s.t.recording(s, n, reply)
	params.Set("Digits", reply.Finish)
	if err != nil {
		params.Set("Digits", "hangup")
	}
	next, ok := s.lead(n, n.attrs["action"], params)
	if !ok {
		return outcome{how: broken}
	}
	if reply.Finish != "" && err == nil {
		next.press = s.t.pressed(s.c, Press{Keys: reply.Finish, Document: s.d.url, Said: "beep", URL: next.url})
	}
	if err != nil {
		return s.farewell(*next)
	}
	return outcome{next: next}
}

// farewell requests a document of a call whose person has hung up. What is
// answered does not matter any more.
func (s scene) farewell(src source) outcome {
	s.t.start(func(ctx context.Context) { _, _ = s.t.requestOf(ctx, s.c, src) })
	return outcome{how: stopped}
}

// recording keeps a recording, tells of it, and returns its parameters.
func (t *Twin) recording(s scene, n *node, r Reply) url.Values {
	var file bytes.Buffer
	pcm := r.Sound
	if pcm == nil {
		pcm = make([]int16, audio.Samples(r.Recorded))
	}
	if err := audio.WriteWAV(&file, audio.Sound{Rate: audio.Rate, Channels: 1, Samples: pcm}, audio.PCM16); err != nil {
		t.opt.Log.Warn("recording not written", "err", err)
	}
	t.mu.Lock()
	sid := dice{t.opt.Seed, strconv.Itoa(len(t.recordings))}.sid("RE")
	t.recordings[sid] = file.Bytes()
	t.mu.Unlock()
	params := url.Values{
		"RecordingUrl": {t.URL() + "/2010-04-01/Accounts/" + s.c.Account + "/Recordings/" + sid}, "RecordingSid": {sid},
		"RecordingDuration": {strconv.Itoa(seconds(r.Recorded))},
	}
	to := n.attrs["recordingStatusCallback"]
	if to == "" || !slices.Contains(strings.Fields(n.or("recordingStatusCallbackEvent", "completed")), "completed") {
		return params
	}
	address, err := resolve(s.d.url, to)
	if err != nil {
		t.violateIn(s.c, s.d, mistake(11100), "Record has recordingStatusCallback %q: %v", to, err)
		return params
	}
	told := without(params)
	told["AccountSid"], told["CallSid"] = []string{s.c.Account}, []string{s.c.SID}
	told["RecordingStatus"], told["RecordingChannels"], told["RecordingSource"] = []string{"completed"}, []string{"1"}, []string{"RecordVerb"}
	t.send(letter{call: s.c, event: "recording", method: n.or("recordingStatusCallbackMethod", http.MethodPost), url: address, params: told})
	return params
}
