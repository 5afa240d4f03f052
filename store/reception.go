package store

import "careline/campaigns"

// receptionRow is how a callee was received, as the tables hold it.
type receptionRow struct {
	Party         campaigns.Party `db:"party"`
	GreetingEndAt instant         `db:"greeting_end_at"`
	ConnectedAt   instant         `db:"connected_at"`
	AbandonedAt   instant         `db:"abandoned_at"`
	MessageAt     instant         `db:"message_at"`
	OptedOut      int             `db:"opted_out"`
}

func newReceptionRow(r campaigns.Reception) receptionRow {
	row := receptionRow{
		Party: r.Party, GreetingEndAt: at(r.GreetingEndAt), ConnectedAt: at(r.ConnectedAt),
		AbandonedAt: at(r.AbandonedAt), MessageAt: at(r.MessageAt),
	}
	if r.OptedOut {
		row.OptedOut = 1
	}
	return row
}

func (r receptionRow) reception() campaigns.Reception {
	return campaigns.Reception{
		Party: r.Party, GreetingEndAt: r.GreetingEndAt.Time, ConnectedAt: r.ConnectedAt.Time,
		AbandonedAt: r.AbandonedAt.Time, MessageAt: r.MessageAt.Time, OptedOut: r.OptedOut != 0,
	}
}

// with is how a callee was received as the end of the call tells it, with what was
// noted before of a call at a carrier: a wish with its step, and what a node left
// behind that is gone.
func (r receptionRow) with(end receptionRow) receptionRow {
	end.OptedOut = max(end.OptedOut, r.OptedOut)
	if !r.ConnectedAt.IsZero() || !r.AbandonedAt.IsZero() {
		end.ConnectedAt, end.AbandonedAt = r.ConnectedAt, r.AbandonedAt
	}
	return end
}
