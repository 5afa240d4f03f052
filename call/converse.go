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
// call is over. It always ends with the line hung up and the call closed. Its
// error says that the conversation could not be held as it should.
func (d *Desk) Converse(ctx context.Context, line Line, rec Record) error {
	rec, err := d.open(ctx, rec)
	if err != nil {
		line.Hangup(context.WithoutCancel(ctx))
		return err
	}
	return d.talk(ctx, line, rec)
}

// Incoming takes an inbound call: it finds what answers the number, answers,
// and runs that flow until the call is over.
func (d *Desk) Incoming(ctx context.Context, in Incoming) {
	info := in.Info()
	log := d.o.Log.With("call_id", info.ID, "from", info.From, "to", info.To)
	rec, err := d.route(ctx, info)
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
	line, err := in.Answer(ctx, rec.Info)
	if err != nil {
		log.Warn("call not answered", "err", err)
		d.close(ctx, rec.ID, Unanswered)
		return
	}
	if err := d.talk(ctx, line, rec); err != nil {
		log.Error("call broke off", "err", err)
	}
}

// route opens the record of an inbound call.
func (d *Desk) route(ctx context.Context, info Info) (Record, error) {
	now := time.Now()
	r, err := d.dir.Route(ctx, info.To, info.From, info.ID, now)
	if err != nil {
		return Record{}, fmt.Errorf("route a call: %w", err)
	}
	info.Campaign, info.Contact, info.Customer = r.Campaign, r.Contact, r.Customer
	return d.open(ctx, Record{Info: info, Direction: Inbound, FlowHash: r.FlowHash, AnsweredAt: now})
}

// talk runs the flow of an opened call to its end and closes the call.
func (d *Desk) talk(ctx context.Context, line Line, rec Record) error {
	d.hold(rec)
	end, err := d.steps(ctx, line, rec.ID)
	if end == Unsaved {
		d.apologise(ctx, line, rec.State.Lang)
	}
	line.Hangup(context.WithoutCancel(ctx))
	d.release(rec.ID)
	return errors.Join(err, d.close(ctx, rec.ID, end))
}

// steps moves the flow by the line's events until the call is over.
func (d *Desk) steps(ctx context.Context, line Line, id string) (Ending, error) {
	ev := ivr.Event{Kind: ivr.Answered, At: time.Now()}
	asked := false // for the hang-up, by the flow
	for seq := 0; ; seq++ {
		// What the caller did is stored even when the service is on its way out.
		actions, err := d.Advance(context.WithoutCancel(ctx), id, seq, ev)
		switch {
		case ev.Kind == ivr.HungUp && asked:
			return ByFlow, err
		case ev.Kind == ivr.HungUp:
			return ByCaller, err
		case err != nil:
			return Unsaved, err
		}
		asked = hangsUp(actions)
		if err := line.Start(ctx, actions); err != nil && !errors.Is(err, ErrHungUp) {
			return Broken, fmt.Errorf("start a step of call %s: %w", id, err)
		}
		if ev, err = line.Next(ctx); err != nil {
			return interrupted(ctx, err)
		}
	}
}

// interrupted tells a service that ends from a line that fails.
func interrupted(ctx context.Context, err error) (Ending, error) {
	if ctx.Err() != nil {
		return ByService, nil
	}
	return Broken, err
}

// hangsUp tells whether a step ends the call.
func hangsUp(actions []ivr.Action) bool {
	return len(actions) > 0 && actions[len(actions)-1].Kind == ivr.Hangup
}

// apologise tells the caller that the service cannot go on.
func (d *Desk) apologise(ctx context.Context, line Line, lang string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	sorry := d.o.Apology(lang)
	actions := []ivr.Action{{Kind: ivr.Play, Prompt: &sorry}, {Kind: ivr.Hangup}}
	if line.Start(ctx, actions) != nil {
		return
	}
	for {
		if ev, err := line.Next(ctx); err != nil || ev.Kind == ivr.HungUp {
			return
		}
	}
}

// close stores how a call ended.
func (d *Desk) close(ctx context.Context, id string, e Ending) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := d.keep.CloseCall(ctx, id, e, time.Now()); err != nil {
		return fmt.Errorf("close call %s: %w", id, err)
	}
	return nil
}
