package twilio

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"time"

	"careline/call"
	"careline/ivr"
)

// The kinds of the webhooks that report what came of a message.
const (
	kindRecorded  = "recorded"  // the message is over
	kindSilent    = "silent"    // nothing was said: Twilio goes on to the next verb
	kindRecording = "recording" // the recording can be fetched
)

// recordVerb has the caller leave a message.
type recordVerb struct {
	XMLName     xml.Name `xml:"Record"`
	Action      string   `xml:"action,attr"`
	Method      string   `xml:"method,attr"`
	Timeout     int      `xml:"timeout,attr"`   // seconds of silence
	MaxLength   int      `xml:"maxLength,attr"` // seconds
	FinishOnKey string   `xml:"finishOnKey,attr"`
	PlayBeep    bool     `xml:"playBeep,attr"`
	Trim        string   `xml:"trim,attr"`
	Callback    string   `xml:"recordingStatusCallback,attr"`
	Events      string   `xml:"recordingStatusCallbackEvent,attr"`
}

// errNoShelf is returned where there is no directory for messages.
var errNoShelf = errors.New("there is no directory for messages")

// record asks for a message. Who says nothing comes to the verb that follows.
func (w writer) record(a ivr.Action) ([]any, error) {
	if !w.kept {
		return nil, errNoShelf
	}
	prompt, err := w.say(a.Prompt)
	if err != nil {
		return nil, err
	}
	spec, seq := *a.Record, w.rec.Seq
	return append(prompt, recordVerb{
		Action: w.url(seq, kindRecorded), Method: http.MethodPost, Timeout: wholeSeconds(spec.Silence), MaxLength: wholeSeconds(spec.Max),
		FinishOnKey: spec.FinishOnKey, PlayBeep: spec.Beep, Trim: "trim-silence",
		Callback: w.url(seq, kindRecording), Events: "completed",
	}, toURL(w.url(seq, kindSilent))), nil
}

// recordingSIDs is what Twilio calls recordings.
var recordingSIDs = regexp.MustCompile(`^RE[0-9a-fA-F]{32}$`)

// message is the event that a webhook on a recording reports: a message, or that
// nothing was said. Who has hung up and said nothing has but hung up.
func (r *request) message() ivr.Event {
	ev := ivr.Event{Kind: ivr.Silent, At: time.Now()}
	sid := r.get("RecordingSid")
	if sid == "" { // it ends the URL as well
		sid = path.Base(r.get("RecordingUrl"))
	}
	seconds, err := strconv.Atoi(r.get("RecordingDuration"))
	switch {
	case r.kind == kindSilent, err == nil && seconds <= 0:
	case !recordingSIDs.MatchString(sid):
		r.log.Error("a message has no name", "recording", sid)
		ev.Kind = ivr.Failed
	default:
		ev.Kind = ivr.Recorded
		ev.Message = ivr.Message{
			ID: sid, Length: time.Duration(seconds) * time.Second, Carrier: Name, Trunk: r.t.Name,
			URL: "/2010-04-01/Accounts/" + r.get("AccountSid") + "/Recordings/" + sid,
		}
		return ev
	}
	if r.over() {
		ev.Kind = ivr.HungUp
	}
	return ev
}

// recording takes that a recording is complete. Where the webhook has been lost
// that told of the message, this one does.
func (c *Carrier) recording(ctx context.Context, r *request) reply {
	if s := r.get("RecordingStatus"); s != "completed" {
		r.log.Warn("nothing is recorded", "recording", r.get("RecordingSid"), "status", s)
		return status(http.StatusNoContent, "")
	}
	if ev := r.message(); ev.Kind == ivr.Recorded {
		if _, err := c.moved(ctx, r.id, r.seq, ev); err != nil && !errors.Is(err, call.ErrOver) {
			r.log.Warn("message not taken", "err", err)
			return status(http.StatusServiceUnavailable, "the message is not kept yet")
		}
	}
	c.fetchSoon()
	return status(http.StatusNoContent, "")
}
