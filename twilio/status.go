package twilio

import (
	"context"
	"errors"
	"net/http"
	"time"

	"careline/call"
	"careline/ivr"
)

// callStatus takes how far a placed call has come.
func (c *Carrier) callStatus(ctx context.Context, r *request) reply {
	return c.progressed(ctx, r)
}

// voiceStatus takes how an inbound call has ended.
func (c *Carrier) voiceStatus(ctx context.Context, r *request) reply {
	r.id = r.sid
	return c.progressed(ctx, r)
}

// progressed notes how far a call has come, and closes it when it is over. It is
// answered once that is on disk; before, Twilio may ask again.
func (c *Carrier) progressed(ctx context.Context, r *request) reply {
	fact, ok := factOf(r, time.Now())
	if !ok {
		return status(http.StatusBadRequest, "CallStatus is none that is known")
	}
	all, err := c.noted(ctx, fact)
	h := c.following(r.id)
	defer c.learn(h, all) // who waits for the call's end finds it closed
	if err != nil {
		r.log.Warn("status not noted: Twilio will be asked", "status", r.get("CallStatus"), "err", err)
		return status(http.StatusServiceUnavailable, "not noted")
	}
	if all.Name != r.sid {
		r.log.Error("status of a second call that Twilio has made of one request", "first", all.Name, "status", r.get("CallStatus"))
		return status(http.StatusNoContent, "")
	}
	if fact.Phase == call.Over {
		if err := c.closed(ctx, r, fact, h != nil && h.byUs()); err != nil {
			r.log.Error("call not closed", "err", err)
			return status(http.StatusServiceUnavailable, "not closed")
		}
	}
	return status(http.StatusNoContent, "")
}

// factOf is what a status callback tells.
func factOf(r *request, now time.Time) (call.Fact, bool) {
	word := r.get("CallStatus")
	f := call.Fact{
		ID: r.id, Trunk: r.t.Name, Name: r.sid, Phase: phaseOf(word),
		AnsweredBy: r.get("AnsweredBy"), Code: number(r.get("SipResponseCode")), Trouble: number(r.get("ErrorCode")), Text: r.get("ErrorMessage"),
	}
	switch f.Phase {
	case call.Talking:
		f.AnsweredAt = told(r, now)
	case call.Over:
		f.Status, f.EndedAt = word, told(r, now)
		f.Lasted = time.Duration(number(r.get("CallDuration"))) * time.Second
	case call.Accepted, call.Dialing, call.Alerting:
	}
	return f, f.Phase != 0
}

// secondsFine is how much later than Twilio says something may have happened,
// since that is in whole seconds, and comes a moment later.
const secondsFine = 2 * time.Second

// told is when what is told has happened: as Twilio says, where that can be and
// is long enough ago to tell more than the time of the request.
func told(r *request, now time.Time) time.Time {
	at, err := time.Parse(time.RFC1123Z, r.get("Timestamp"))
	if err != nil || now.Sub(at) < secondsFine || now.Sub(at) > 24*time.Hour {
		return now
	}
	return at
}

// closed ends the call that the desk has, if it ever came to one; byUs tells that
// the service has ended it at Twilio.
func (c *Carrier) closed(ctx context.Context, r *request, f call.Fact, byUs bool) error {
	c.callerLeft(r.id)
	rec, err := c.opt.Desk.Move(ctx, r.id, -1, ivr.Event{})
	if errors.Is(err, call.ErrNoCall) {
		return nil
	}
	if err != nil {
		return err
	}
	if rec.Ending != "" {
		return nil
	}
	c.dialEnded(ctx, r, rec)
	told := call.ByCaller
	if byUs || f.Lasted >= r.t.TimeLimit {
		told = call.ByService
	}
	if f.Status == "failed" {
		told = call.Broken
	}
	ended := f.EndedAt
	if ended.Before(rec.AnsweredAt) {
		ended = rec.AnsweredAt
	}
	ending := call.EndingOf(told, call.HangsUp(rec.Actions) || rec.State.Over)
	if err := c.opt.Desk.Close(ctx, r.id, ending, ended); err != nil {
		return err
	}
	r.log.Info("call ended", "by", string(ending), "why", "Twilio says "+f.Status, "lasted", f.Lasted)
	return nil
}
