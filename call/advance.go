package call

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/ivr"
)

// Advance hands ev to the flow of a call and returns what the line shall do.
// seq is that of the step whose wait ev ends; 0 begins the conversation. What
// the service must do itself (answers, opt-outs, call-back notes) is on disk
// before Advance returns.
//
// An event for an older step changes nothing and is given the stored actions
// again, so that repeated and late reports are harmless. An event from the
// future is ErrStale.
func (d *Desk) Advance(ctx context.Context, callID string, seq int, ev ivr.Event) ([]ivr.Action, error) {
	c, held, err := d.conversation(ctx, callID)
	if err != nil {
		return nil, err
	}
	switch {
	case seq < c.rec.Seq:
		return c.rec.Actions, nil
	case seq > c.rec.Seq:
		return nil, fmt.Errorf("advance call %s from step %d, which is at %d: %w", callID, seq, c.rec.Seq, ErrStale)
	}
	flow, err := d.dir.Flow(ctx, c.rec.FlowHash)
	if err != nil {
		return nil, fmt.Errorf("find the flow of call %s: %w", callID, err)
	}
	state, actions := flow.Step(c.rec.State, ev)
	step := newStep(c, state, actions, ev.At)
	if !held || step.durable() {
		if err := d.keep.CommitStep(ctx, step); err != nil {
			return d.overtaken(ctx, callID, err)
		}
		c.stored = step.Seq
	}
	c.rec.State, c.rec.Seq, c.rec.Actions = step.State, step.Seq, step.Actions
	return step.Actions, nil
}

// conversation returns the call that this node holds, or loads it.
func (d *Desk) conversation(ctx context.Context, id string) (c *conversation, held bool, err error) {
	d.mu.Lock()
	c, held = d.live[id]
	d.mu.Unlock()
	if held {
		return c, true, nil
	}
	rec, err := d.keep.LoadCall(ctx, id)
	if err != nil {
		return nil, false, fmt.Errorf("load call %s: %w", id, err)
	}
	return &conversation{rec: rec, stored: rec.Seq}, false, nil
}

// overtaken answers a commit that failed. When another node has taken the same
// step its actions are as good as ours.
func (d *Desk) overtaken(ctx context.Context, id string, cause error) ([]ivr.Action, error) {
	if !errors.Is(cause, ErrStale) {
		return nil, fmt.Errorf("commit a step of call %s: %w", id, cause)
	}
	rec, err := d.keep.LoadCall(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("load call %s: %w", id, err)
	}
	return rec.Actions, nil
}

// newStep sorts a flow's actions into what the service keeps and what the line
// does.
func newStep(c *conversation, state ivr.State, actions []ivr.Action, at time.Time) Step {
	r := c.rec
	s := Step{CallID: r.ID, Was: c.stored, Seq: r.Seq + 1, State: state, At: at}
	for _, a := range actions {
		switch a.Kind {
		case ivr.Answer:
			s.Answers = append(s.Answers, campaigns.Answer{
				CallID: r.ID, Campaign: r.Campaign, Contact: r.Contact,
				Result: a.Answer.Result, Value: a.Answer.Value, Category: a.Answer.Category,
				Node: a.Node, FlowHash: r.FlowHash, At: at,
			})
		case ivr.OptOut:
			s.OptOuts = append(s.OptOuts, optOut(r, a.Scope, at))
		case ivr.Callback:
			s.Callbacks = append(s.Callbacks, CallbackNote{
				CallID: r.ID, Number: r.far(), Campaign: r.Campaign, Contact: r.Contact,
				Agent: r.Customer.Manager, Reason: a.Reason, At: at,
			})
		default:
			s.Actions = append(s.Actions, a)
		}
	}
	return s
}

// optOut is the wish of the far end of a call. Scope "campaign" means that
// campaign alone; a caller outside of any opts out of all.
func optOut(r Record, scope string, at time.Time) OptOut {
	o := OptOut{Number: r.far(), CallID: r.ID, At: at}
	if scope == "campaign" {
		o.Campaign = r.Campaign
	}
	return o
}

// durable tells whether the step must be on disk before the line goes on, even
// though nobody but this node can go on with the call.
func (s Step) durable() bool {
	return len(s.Answers)+len(s.OptOuts)+len(s.Callbacks) > 0
}
