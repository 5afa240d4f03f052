package twilio

import (
	"context"
	"errors"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
)

// answer gives a placed call that somebody has answered its first document.
func (c *Carrier) answer(ctx context.Context, r *request) reply {
	now := time.Now()
	rec, err := c.opt.Book.CallOf(ctx, campaigns.AttemptID(r.id))
	switch {
	case errors.Is(err, call.ErrNoCall):
		r.log.Error("call answered that was never placed")
		return document(hangupVerb{})
	case err != nil:
		return c.later(ctx, r, turn{back: c.hook(r.t.Name, "calls", r.id, "answer"), err: err})
	case !rec.EndedAt.IsZero():
		r.log.Warn("call answered whose attempt has ended")
		return document(hangupVerb{})
	}
	return c.receive(ctx, r, rec, now)
}

// receive opens an answered call and begins its conversation.
func (c *Carrier) receive(ctx context.Context, r *request, rec call.Record, now time.Time) reply {
	by := r.get("AnsweredBy")
	fact, err := c.told(ctx, call.Fact{ID: r.id, Trunk: r.t.Name, Name: r.sid, Phase: call.Talking, AnsweredAt: now, AnsweredBy: by})
	if err == nil && fact.Name != r.sid {
		r.log.Error("second call answered that Twilio has made of one request", "first", fact.Name)
		return document(hangupVerb{})
	}
	if err == nil {
		rec.AnsweredAt, rec.Witness = now, c.witness(r.id)
		err = c.opt.Desk.Open(ctx, rec)
	}
	if err != nil {
		return c.later(ctx, r, turn{back: c.hook(r.t.Name, "calls", r.id, "answer"), rec: rec, err: err})
	}
	c.saw(r.id, by, now)
	if becomes(by, machineOf(r)) == hangUp {
		return c.goodbye(ctx, r)
	}
	ev := ivr.Event{Kind: ivr.Answered, At: now}
	rec, err = c.moved(ctx, r.id, 0, ev)
	if err == nil && becomes(by, machineOf(r)) == tellFlow {
		ev.Kind = ivr.Machine
		rec, err = c.moved(ctx, r.id, 1, ev)
		return c.respond(ctx, r, turn{seq: 1, ev: ev, rec: rec, err: err})
	}
	return c.respond(ctx, r, turn{ev: ev, rec: rec, err: err})
}

// goodbye ends a call that a machine has answered.
func (c *Carrier) goodbye(ctx context.Context, r *request) reply {
	if err := c.opt.Desk.Close(ctx, r.id, call.ByService, time.Now()); err != nil {
		r.log.Error("call not closed", "err", err)
	}
	return document(hangupVerb{})
}
