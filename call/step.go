package call

import (
	"time"

	"careline/campaigns"
	"careline/ivr"
)

// newStep sorts a flow's actions into what the service keeps and what the line
// does.
func newStep(c *conversation, state ivr.State, actions []ivr.Action, at time.Time) Step {
	r := c.rec
	s := Step{CallID: r.ID, Was: c.stored, Seq: r.Seq + 1, State: state, At: at, Hosted: !c.held}
	for _, a := range actions {
		switch a.Kind {
		case ivr.Answer:
			s.Answers = append(s.Answers, campaigns.Answer{
				CallID: r.ID, Campaign: r.Campaign, Contact: r.Contact,
				Result: a.Answer.Result, Value: a.Answer.Value, Category: a.Answer.Category,
				Node: a.Node, FlowHash: r.FlowHash, At: at,
			})
			if a.Answer.Message != nil {
				s.Recordings = append(s.Recordings, r.recording(a, at))
			}
		case ivr.OptOut:
			s.OptOuts = append(s.OptOuts, optOut(r, a.Scope, at))
		case ivr.Callback:
			s.Callbacks = append(s.Callbacks, CallbackNote{
				CallID: r.ID, Number: r.far(), Campaign: r.Campaign, Contact: r.Contact,
				Queue: state.Queue, Agent: r.Customer.Manager, Reason: a.Reason, At: at,
			})
		case ivr.Play, ivr.Gather, ivr.Record, ivr.Enqueue, ivr.Dial, ivr.Hangup:
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
