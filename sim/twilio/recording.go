package twin

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"careline/audio"
)

// Recording is what a Record has recorded.
type Recording struct {
	SID     string
	Call    string // sid
	At      time.Time
	Length  time.Duration // in life
	Fetched int           // times
	Deleted bool          // by REST
}

// taped is a Recording at work.
type taped struct {
	Recording
	account string
	file    []byte    // WAV
	ready   time.Time // from when it is there
}

// Recordings are all recordings, in order, those deleted among them.
func (t *Twin) Recordings() []Recording {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Recording, 0, len(t.recordings))
	for _, r := range t.recordings {
		list = append(list, r.Recording)
	}
	slices.SortFunc(list, func(a, b Recording) int { return a.At.Compare(b.At) })
	return list
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
	late := t.fault(s.c.SID, s.d.url+" recording", s.c.SID+s.d.url, RecordingLate) != ""
	one := &taped{account: s.c.Account, file: file.Bytes(), ready: time.Now(), Recording: Recording{Call: s.c.SID, At: time.Now(), Length: r.Recorded}}
	t.mu.Lock()
	one.SID = dice{t.opt.Seed, strconv.Itoa(len(t.recordings))}.sid("RE")
	if late {
		one.ready = one.ready.Add(t.faults.Late)
	}
	t.recordings[one.SID] = one
	t.mu.Unlock()
	params := url.Values{
		"RecordingUrl": {t.URL() + base(one.account) + "/Recordings/" + one.SID}, "RecordingSid": {one.SID},
		"RecordingDuration": {strconv.Itoa(seconds(r.Recorded))},
	}
	told := without(params)
	told.Set("RecordingStatus", "completed")
	t.start(func(ctx context.Context) {
		if after(ctx, time.Until(one.ready)) {
			t.recorded(s, n, told)
		}
	})
	return params
}

// absent tells that there is nothing in a recording.
func (t *Twin) absent(s scene, n *node) {
	sid := dice{t.opt.Seed, s.c.SID + s.d.url}.sid("RE")
	t.recorded(s, n, url.Values{
		"RecordingStatus": {"absent"}, "RecordingSid": {sid}, "RecordingUrl": {t.URL() + base(s.c.Account) + "/Recordings/" + sid},
	})
}

// recorded tells what became of a recording, where that is wanted.
func (t *Twin) recorded(s scene, n *node, p url.Values) {
	to := n.attrs["recordingStatusCallback"]
	if to == "" || !slices.Contains(strings.Fields(n.or("recordingStatusCallbackEvent", "completed")), p.Get("RecordingStatus")) {
		return
	}
	address, err := resolve(s.d.url, to)
	if err != nil {
		t.violateIn(s.c, s.d, mistake(11100), "Record has recordingStatusCallback %q: %v", to, err)
		return
	}
	p.Set("AccountSid", s.c.Account)
	p.Set("CallSid", s.c.SID)
	p.Set("RecordingChannels", "1")
	p.Set("RecordingSource", "RecordVerb")
	t.send(letter{call: s.c, event: "recording", method: n.or("recordingStatusCallbackMethod", http.MethodPost), url: address, params: p})
}

// recordingOf is the recording that a request names; nil where there is none
// any more, or not yet. The lock is held.
func (t *Twin) recordingOf(account, sid string) *taped {
	r := t.recordings[sid]
	if r == nil || r.account != account || r.Deleted || time.Now().Before(r.ready) {
		return nil
	}
	return r
}

// serveRecording serves the sound to whoever has its URL, as Twilio does unless
// an account wants a login.
func (t *Twin) serveRecording(w http.ResponseWriter, r *http.Request) {
	account, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"+version+"/Accounts/"), "/Recordings/")
	if _, _, has := r.BasicAuth(); has {
		if _, bad := t.authenticate(r); bad != nil {
			t.refuse(w, bad)
			return
		}
	}
	t.mu.Lock()
	var file []byte
	if one := t.recordingOf(account, strings.TrimSuffix(name, ".wav")); one != nil && r.Method == http.MethodGet {
		one.Fetched++
		file = one.file
	}
	t.mu.Unlock()
	if file == nil {
		t.refuse(w, notFound(r))
		return
	}
	w.Header().Set("Content-Type", "audio/x-wav")
	http.ServeContent(w, r, "", t.born, bytes.NewReader(file))
}

// showRecording carries out FetchRecording.
func (t *Twin) showRecording(in inquiry) (reply, *failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.recordingOf(in.acc.SID, in.sid)
	if r == nil {
		return reply{}, notFound(in.r)
	}
	uri := base(r.account) + "/Recordings/" + r.SID
	return reply{in.what.Status, map[string]any{
		"sid": r.SID, "account_sid": r.account, "call_sid": r.Call, "status": "completed", "duration": fmt.Sprint(seconds(r.Length)), "channels": 1,
		"source": "RecordVerb", "date_created": rfc2822(r.At), "date_updated": rfc2822(r.At), "start_time": rfc2822(r.At),
		"api_version": version, "uri": uri + ".json", "media_url": t.URL() + uri,
	}}, nil
}

// deleteRecording carries out DeleteRecording.
func (t *Twin) deleteRecording(in inquiry) (reply, *failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.recordingOf(in.acc.SID, in.sid)
	if r == nil {
		return reply{}, notFound(in.r)
	}
	r.Deleted, r.file = true, nil
	return reply{status: in.what.Status}, nil
}
