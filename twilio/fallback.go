package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"careline/call"
	"careline/ivr"
)

// fallback is what Twilio asks for when another webhook has failed, or its
// document. Where it was only the way that failed the event is taken that Twilio
// could not bring, or the document given of the step that the call is at. All
// else gets an apology, and the end.
func (c *Carrier) fallback(ctx context.Context, r *request) reply {
	code, at := r.get("ErrorCode"), r.get("ErrorUrl")
	bare, _, _ := strings.Cut(at, "?")
	if unreached(code) {
		if got := c.resume(ctx, r, at); got.code < http.StatusBadRequest {
			r.log.Warn("webhook taken again that twilio had no good answer to", "error_code", code, "error_url", bare)
			return got
		}
	}
	r.log.Error("twilio could not go on", "error_code", code, "error_url", bare)
	return document(c.sorry(r.t, c.spokenIn(ctx, r, at))...)
}

// spokenIn is the language of a call, as the URL of the webhook that has failed
// tells it, or the call's record.
func (c *Carrier) spokenIn(ctx context.Context, r *request, at string) string {
	if u, err := url.Parse(at); err == nil && u.Query().Get(langParam) != "" {
		return u.Query().Get(langParam)
	}
	rec, err := c.moved(ctx, r.id, -1, ivr.Event{})
	if err != nil {
		return r.query.Get(langParam)
	}
	return rec.State.Lang
}

// resume goes on with a call behind a webhook that has failed.
func (c *Carrier) resume(ctx context.Context, r *request, at string) reply {
	if lost, ok := c.lost(r, at); ok {
		return c.step(ctx, lost)
	}
	rec, err := c.moved(ctx, r.id, -1, ivr.Event{})
	bare, _, _ := strings.Cut(at, "?")
	switch {
	case errors.Is(err, call.ErrNoCall) && strings.HasSuffix(bare, "/answer"): // the call's very first webhook
		return c.answer(ctx, r)
	case err == nil && rec.Seq == 0:
		ev := ivr.Event{Kind: ivr.Answered, At: time.Now()}
		rec, err = c.moved(ctx, r.id, 0, ev)
		return c.respond(ctx, r, turn{ev: ev, rec: rec, err: err})
	case err == nil && parks(r.t, rec) && strings.HasPrefix(at, c.queues):
		return c.queueAgain(ctx, r, rec, at)
	}
	return c.respond(ctx, r, turn{seq: -1, rec: rec, err: err})
}

// How a caller is sent to the node that runs the queues, which does not answer.
const (
	mostQueueTries = 3
	queuePause     = 5 // seconds between
)

// parks tells whether a call waits at the node that runs the queues.
func parks(t *trunk, rec call.Record) bool {
	a, waits := waitsFor(rec)
	return waits && (a.Kind == ivr.Enqueue || a.Dial.Trunk != "" && a.Dial.Trunk != t.Name)
}

// queueAgain sends a caller once more to the node that runs the queues, of which one
// URL has failed. After some times it counts as a queue that nobody serves.
func (c *Carrier) queueAgain(ctx context.Context, r *request, rec call.Record, at string) reply {
	tries := 1
	if u, err := url.Parse(at); err == nil {
		tries += number(u.Query().Get("tries"))
	}
	if tries > mostQueueTries {
		return c.advance(ctx, r, rec.Seq, ivr.Event{Kind: ivr.Failed, At: time.Now()})
	}
	again := c.queueURL(r.t, rec.ID, rec.Seq, kindEnqueue) + spoke(rec.State.Lang) + "&tries=" + strconv.Itoa(tries)
	return document(pauseVerb{Length: queuePause}, toURL(again))
}

// lost is the webhook of a step that has not reached us, where Twilio says again
// what it was to bring.
func (c *Carrier) lost(r *request, at string) (*request, bool) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, false
	}
	_, rest, _ := strings.Cut(u.EscapedPath(), "/twilio/"+url.PathEscape(r.t.Name)+"/calls/"+r.id+"/steps/")
	seq, kind, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(seq)
	if err != nil || n < 0 || n > mostSeq {
		return nil, false
	}
	again := *r
	again.seq, again.kind, again.query = n, kind, u.Query()
	switch kind {
	case kindKeys:
		return &again, r.params.Has("Digits")
	case kindDialed:
		return &again, r.params.Has("DialCallStatus")
	case kindRecorded:
		return &again, r.params.Has("RecordingDuration")
	case kindPlayed, kindFailed, kindSilent, kindAgain:
		return &again, true
	case kindLeft:
		return &again, cameOf[r.get("DialCallStatus")] == ivr.Connected && r.get("DialBridged") != "false"
	default:
		return &again, strings.HasPrefix(kind, kindQueued)
	}
}

// unreached tells whether an error of Twilio's says that we could not be reached
// or have not answered well, which it numbers by 11xxx.
func unreached(code string) bool {
	n, err := strconv.Atoi(code)
	return err == nil && n >= 11000 && n < 12000
}
