package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/ivr"
)

// closing is how long the end of a call may take to be stored, and an apology
// to be played, when the service is already on its way out.
const closing = 10 * time.Second

// Converse runs the flow of an answered outbound call on its line until the
// call is over. It always ends with the line hung up and the call closed; a
// Hosted line's call is opened and closed by who moves its flow. Its error says
// that the conversation could not be held as it should.
func (d *Desk) Converse(ctx context.Context, line Line, rec Record) error {
	if h, ok := line.(Hosted); ok {
		return d.await(ctx, h)
	}
	c, err := d.open(ctx, rec)
	if err == nil {
		return d.talk(ctx, line, c)
	}
	d.apologise(ctx, line, rec.Customer.Language)
	line.Hangup(context.WithoutCancel(ctx))
	_ = d.Close(ctx, rec.ID, Unsaved, time.Now()) // the opening may have come through unconfirmed; else there is nothing to close
	return err
}

// Incoming takes an inbound call: it finds what answers the number, answers,
// and runs that flow until the call is over.
func (d *Desk) Incoming(ctx context.Context, in Incoming) {
	info := in.Info()
	log := d.o.Log.With("call_id", info.ID, "from", info.From, "to", info.To)
	c, err := d.route(ctx, info)
	switch {
	case errors.Is(err, ErrNoRoute):
		log.Warn("call refused", "err", err)
		in.Reject(ctx, UnknownNumber)
		return
	case err != nil:
		log.Error("call refused", "err", err)
		in.Reject(ctx, Overloaded)
		return
	}
	line, err := in.Answer(ctx, c.rec.Info)
	if err != nil {
		log.Warn("call not answered", "err", errors.Join(err, d.Close(ctx, info.ID, Unanswered, time.Now())))
		return
	}
	if err := d.talk(ctx, line, c); err != nil {
		log.Error("call broke off", "err", err)
	}
}

// route finds what answers an inbound call, and opens the call.
func (d *Desk) route(ctx context.Context, info Info) (*conversation, error) {
	rec, err := d.Route(ctx, info)
	if err != nil {
		return nil, err
	}
	c, err := d.open(ctx, rec)
	if err != nil {
		_ = d.Close(ctx, info.ID, Unanswered, time.Now()) // the opening may have come through unconfirmed
	}
	return c, err
}

// talk runs the flow of an opened call to its end and closes the call.
func (d *Desk) talk(ctx context.Context, line Line, c *conversation) error {
	id, lang := c.rec.ID, c.rec.State.Lang
	d.hold(c)
	end, err := d.steps(ctx, line, id)
	if end == Unsaved {
		d.apologise(ctx, line, lang)
	}
	line.Hangup(context.WithoutCancel(ctx))
	return errors.Join(err, d.Close(ctx, id, end, time.Now()))
}

// steps moves the flow by the line's events until the call is over, or until
// the flow asks for nothing more.
func (d *Desk) steps(ctx context.Context, line Line, id string) (Ending, error) {
	ev := ivr.Event{Kind: ivr.Answered, At: time.Now()}
	through := false // the flow is, and has asked for the hang-up
	for seq := 0; ; seq++ {
		// What the caller did is stored even when the service is on its way out.
		actions, err := d.Advance(context.WithoutCancel(ctx), id, seq, ev)
		switch {
		case ev.Kind == ivr.HungUp:
			return ending(line, through), err
		case err != nil:
			return Unsaved, err
		case len(actions) == 0: // the line could not hang up as it was told
			return ByFlow, nil
		}
		through = HangsUp(actions)
		if err = line.Start(ctx, actions); err != nil && !errors.Is(err, ErrHungUp) {
			return interrupted(ctx, fmt.Errorf("start a step of call %s: %w", id, err))
		}
		if ev, err = line.Next(ctx); err != nil {
			return interrupted(ctx, fmt.Errorf("wait for an event of call %s: %w", id, err))
		}
	}
}

// interrupted tells a service that ends from a line that fails.
func interrupted(ctx context.Context, err error) (Ending, error) {
	if ctx.Err() != nil {
		return ByService, nil //nolint:nilerr // the line did as it was told
	}
	return Broken, err
}

// ender is a line that knows how it came to its end.
type ender interface{ Ending() Ending }

// ending is how a call ended whose line reported HungUp.
func ending(line Line, through bool) Ending {
	var told Ending
	if l, ok := line.(ender); ok {
		told = l.Ending()
	}
	return EndingOf(told, through)
}

// apologise tells the caller that the service cannot go on. One event ends the
// wait, whichever it is.
func (d *Desk) apologise(ctx context.Context, line Line, lang string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	sorry := d.o.Apology(lang)
	actions := []ivr.Action{{Kind: ivr.Play, Prompt: &sorry}, {Kind: ivr.Hangup}}
	if line.Start(ctx, actions) == nil {
		_, _ = line.Next(ctx)
	}
}
