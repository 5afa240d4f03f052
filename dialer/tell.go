package dialer

import (
	"context"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
)

// tell hands in how far a Place has come: CallRinging, CallAnswered, CallTaken or
// CallAbandoned. It is quick, and keeps the order.
func (l *loop) tell(ev plan.Event) {
	l.post(func(ctx context.Context) { l.step(ctx, ev) })
}

// outcome is what the plan is told of the end of a call that was placed.
func outcome(e plan.Effect, end campaigns.End, f *call.Failure) plan.Event {
	ev := plan.Event{Kind: plan.Ended, Effect: e.ID, Failover: f.MayFailOver(), Status: end.Evidence.Status}
	ev.Wait = end.Evidence.Rest()
	switch {
	case f != nil:
		ev.Sent, ev.Rang = f.Sent, f.Rang
	case end.Disposition == campaigns.Answered:
		ev.Sent, ev.Rang = true, true
	}
	return ev
}
