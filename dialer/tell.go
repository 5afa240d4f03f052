package dialer

import (
	"context"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/dialer/plan"
)

// tell hands in how far a Place has come: CallRinging, CallAnswered, CallTaken or
// CallAbandoned. It is quick, and keeps the order.
func (l *loop) tell(ev plan.Event) {
	l.post(func(ctx context.Context) { l.step(ctx, ev) })
}

// forbidden is the SIP status by which callees refuse, and carriers that have
// enough.
const forbidden = 403

// judge holds the end of a call that the carrier may have refused until it is known
// whether it refuses many, or no more calls are placed.
func (a *attempt) judge(end campaigns.End) campaigns.End {
	carriers := a.carriers(end.At)
	if !carriers {
		select {
		case <-time.After(plan.HoldsForbidden):
		case <-a.l.ended:
		}
		carriers = a.carriers(end.At)
	}
	return excused(end, carriers)
}

// carriers asks the plan whether the trunk's carrier refuses many calls.
func (a *attempt) carriers(then time.Time) bool {
	answer := make(chan bool, 1)
	a.l.post(func(context.Context) { answer <- a.l.plan.Forbids(a.row.Trunk, then) })
	return <-answer
}

// mayBeCarriers tells a refusal that only its SIP status tells of, and that came
// before the callee's telephone rang.
func mayBeCarriers(end campaigns.End, told plan.Event) bool {
	byStatus := end.Evidence.Rule != campaigns.ByCause && end.Evidence.Rule != campaigns.BySound
	return end.Disposition == campaigns.Refused && end.Evidence.Status == forbidden && byStatus && !told.Rang
}

// excused makes nothing of a refusal that is the carrier's, and not the callee's:
// the contact has lost no attempt by it, and is called again.
func excused(end campaigns.End, carriers bool) campaigns.End {
	if carriers {
		end.Disposition = campaigns.Congestion
		end.Evidence.Text += " (the carrier refuses many calls)"
	}
	return end
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
