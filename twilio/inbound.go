package twilio

import (
	"context"
	"errors"
	"strings"
	"time"

	"careline/call"
	"careline/ivr"
	"careline/phone"
)

// withheld are the numbers that networks and Twilio show for callers who show
// none: telephone keys that spell restricted, blocked, unknown, anonymous and
// unavailable.
var withheld = map[string]bool{
	"+7378742833": true, "+2562533": true, "+8566696": true, "+266696687": true, "+86282452253": true,
}

// admission stands for the step that opens a call.
const admission = -2

// voice takes an inbound call. Its id is Twilio's, so that a repeated request
// finds the same call.
func (c *Carrier) voice(ctx context.Context, r *request) reply {
	r.id, r.log = r.sid, c.log.With("trunk", r.t.Name, "call_id", r.sid)
	info := call.Info{
		ID: r.sid, From: callerOf(r.get("From")), To: calleeOf(r.get("To")), Trunk: r.t.Name, Attested: attestedOf(r),
	}
	if c.takesNone() || r.over() {
		return document(rejectVerb{Reason: "busy"})
	}
	rec, err := c.moves.do(ctx, moveKey{r.sid, admission}, func(ctx context.Context) (call.Record, error) { return c.admit(ctx, r, info) })
	switch {
	case errors.Is(err, call.ErrNoRoute):
		r.log.Warn("call refused", "to", info.To, "err", err)
		return document(rejectVerb{})
	case errors.Is(err, errSlow):
		return c.later(ctx, r, turn{back: c.hook(r.t.Name, "voice"), err: err})
	case err != nil && !errors.Is(err, call.ErrOver):
		r.log.Error("call refused", "err", err)
		return document(rejectVerb{Reason: "busy"})
	}
	return c.respond(ctx, r, turn{rec: rec, err: err, ev: ivr.Event{Kind: ivr.Answered, At: time.Now()}})
}

// admit opens an inbound call and takes its first step.
func (c *Carrier) admit(ctx context.Context, r *request, info call.Info) (call.Record, error) {
	now := time.Now()
	known, err := c.opt.Desk.Move(ctx, info.ID, -1, ivr.Event{})
	switch {
	case err == nil && known.Seq > 0:
		return known, nil
	case errors.Is(err, call.ErrNoCall):
		err = c.open(ctx, info)
	}
	if err != nil {
		return call.Record{}, err
	}
	if _, err := c.told(ctx, call.Fact{ID: info.ID, Trunk: info.Trunk, Name: r.sid, Phase: call.Talking, AnsweredAt: now}); err != nil {
		return call.Record{}, err
	}
	r.log.Info("call came in", "from", info.From, "to", info.To)
	return c.opt.Desk.Move(ctx, info.ID, 0, ivr.Event{Kind: ivr.Answered, At: now})
}

// open finds what answers an inbound call, and opens the call.
func (c *Carrier) open(ctx context.Context, info call.Info) error {
	rec, err := c.opt.Desk.Route(ctx, info)
	if err != nil {
		return err
	}
	return c.opt.Desk.Open(ctx, rec)
}

// callerOf is the number of a caller; empty for one that is withheld, or comes
// from a softphone or a SIP address.
func callerOf(from string) phone.Number {
	if withheld[from] || strings.Contains(from, ":") {
		return ""
	}
	n, err := phone.Parse(from, "")
	if err != nil {
		return ""
	}
	return n
}

// calleeOf is the number that was called, as routes have it; what is no number is
// left as it is.
func calleeOf(to string) string {
	if n, err := phone.Parse(to, ""); err == nil {
		return string(n)
	}
	return to
}

// attestedOf is what networks say of the caller's right to the number.
func attestedOf(r *request) string { return r.get("StirVerstat") }
