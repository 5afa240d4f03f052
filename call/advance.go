package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"careline/ivr"
)

// Advance hands ev to the flow of a call and returns what the line shall do.
// seq is that of the step whose wait ev ends; 0 begins the conversation. What
// the service must do itself (answers, opt-outs, call-back notes) is on disk
// before Advance returns.
//
// An event for an older step changes nothing and is given the stored actions
// again, so that repeated and late reports are harmless. An event from the
// future is ErrStale. Of a call that is closed only the keys, or the message, are
// still taken that its last step has asked for, as a carrier's report of them may
// be overtaken by that of the end; all else is ErrOver. After any other error the
// same event may be handed in again.
func (d *Desk) Advance(ctx context.Context, callID string, seq int, ev ivr.Event) ([]ivr.Action, error) {
	rec, err := d.Move(ctx, callID, seq, ev)
	return rec.Actions, err
}

// Move does as Advance, and returns the call as it stands then: Actions is what
// the line shall do, and Seq what the event that ends that has to name. A seq
// below 0 only looks.
func (d *Desk) Move(ctx context.Context, callID string, seq int, ev ivr.Event) (Record, error) {
	c, err := d.conversation(ctx, callID)
	if err != nil {
		return Record{}, err
	}
	if err := c.begin(ctx); err != nil {
		return Record{}, fmt.Errorf("wait for another step of call %s: %w", callID, err)
	}
	defer c.end()
	switch {
	case seq < c.rec.Seq:
		return c.rec, nil
	case c.rec.Ending != "" && (seq > c.rec.Seq || !said(ev.Kind)):
		return Record{}, fmt.Errorf("advance call %s from step %d: %w", callID, seq, ErrOver)
	case seq > c.rec.Seq:
		return Record{}, fmt.Errorf("advance call %s from step %d, which is at %d: %w", callID, seq, c.rec.Seq, ErrStale)
	}
	if err := d.move(ctx, c, ev); err != nil {
		return Record{}, err
	}
	return c.rec, nil
}

// said tells whether an event reports something that the caller has left with us.
func said(kind ivr.EventKind) bool { return kind == ivr.Keys || kind == ivr.Recorded }

// conversation returns the call that this node holds, or loads it.
func (d *Desk) conversation(ctx context.Context, id string) (*conversation, error) {
	if c := d.held(id); c != nil {
		return c, nil
	}
	rec, err := d.keep.LoadCall(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load call %s: %w", id, err)
	}
	return newConversation(rec), nil
}

// move takes one step and commits it where it must be committed.
func (d *Desk) move(ctx context.Context, c *conversation, ev ivr.Event) error {
	if err := d.find(ctx, c); err != nil {
		return err
	}
	state, actions := c.flow.Step(c.rec.State, ev)
	step := newStep(c, state, actions, ev.At)
	if c.held && !step.durable() {
		c.accept(step)
		return nil
	}
	err := d.keep.CommitStep(ctx, step)
	switch {
	case errors.Is(err, ErrStale):
		return d.overtaken(ctx, c, step, err)
	case err != nil:
		return fmt.Errorf("commit step %d of call %s: %w", step.Seq, step.CallID, err)
	}
	c.accept(step)
	c.stored = step.Seq
	if len(step.OptOuts) > 0 {
		c.rec.Witness.OptedOut()
	}
	return nil
}

// find looks up the conversation's flow, once.
func (d *Desk) find(ctx context.Context, c *conversation) error {
	if c.flow != nil {
		return nil
	}
	flow, err := d.dir.Flow(ctx, c.rec.FlowHash)
	if err != nil {
		return fmt.Errorf("find the flow of call %s: %w", c.rec.ID, err)
	}
	c.flow = flow
	return nil
}

// overtaken answers a commit that found the call at another seq than it had
// been. When another node has taken the step its actions are as good as ours.
// Nobody else takes a step of a call whose line is here, so what is stored then
// is our own commit that came through unconfirmed, or what the caller said is
// not stored.
func (d *Desk) overtaken(ctx context.Context, c *conversation, step Step, cause error) error {
	rec, err := d.keep.LoadCall(ctx, step.CallID)
	if err != nil {
		return fmt.Errorf("load call %s: %w", step.CallID, err)
	}
	if rec.Seq < step.Seq || c.held && !step.stands(rec) {
		return fmt.Errorf("commit step %d of call %s: %w", step.Seq, step.CallID, cause)
	}
	if c.held {
		c.accept(step)
	} else {
		c.rec.State, c.rec.Seq, c.rec.Actions = rec.State, rec.Seq, rec.Actions
	}
	c.stored = c.rec.Seq
	return nil
}

// stands tells whether the step is the latest that a record holds.
func (s Step) stands(r Record) bool {
	ours, err := json.Marshal(s.State)
	theirs, errTheirs := json.Marshal(r.State)
	return s.Seq == r.Seq && err == nil && errTheirs == nil && bytes.Equal(ours, theirs)
}
