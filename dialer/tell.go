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

// excuse asks the plan whether the trunk's carrier refuses many calls.
func (a *attempt) excuse(end campaigns.End) campaigns.End {
	if !mayBeCarriers(end) {
		return end
	}
	shut := make(chan bool, 1)
	a.l.post(func(context.Context) { shut <- a.l.plan.Shut(a.row.Trunk, time.Now()) })
	return excused(end, <-shut)
}

// mayBeCarriers tells a refusal that only its SIP status tells of.
func mayBeCarriers(end campaigns.End) bool {
	byStatus := end.Evidence.Rule != campaigns.ByCause && end.Evidence.Rule != campaigns.BySound
	return end.Disposition == campaigns.Refused && end.Evidence.Status == forbidden && byStatus
}

// excused makes nothing of a refusal that is the carrier's, and not the callee's:
// the contact has lost no attempt by it, and is called again.
func excused(end campaigns.End, shut bool) campaigns.End {
	if shut && mayBeCarriers(end) {
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
