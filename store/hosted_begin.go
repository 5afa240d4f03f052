package store

import (
	"context"

	"careline/call"
	"careline/campaigns"
)

// selectPlaced reads of an attempt all but the long documents that were written
// with its beginning.
const selectPlaced = `
SELECT id, campaign, contact, number, caller_id, ordinal, try, trunk, node, owner, leg, flow_hash,
	begun_at, ringing_at, answered_at, ended_at, disposition, cap_day, price,
	party, greeting_end_at, connected_at, abandoned_at, message_at, opted_out
FROM attempts WHERE id = $1`

// CallOf makes the record with which the conversation of a placed call begins,
// from its attempt, with the contact and the customer: for whoever hears that it
// is answered, which need not be who has placed it. Of an attempt that has ended
// EndedAt is set; ErrNotFound says that there is none.
func (s *Store) CallOf(ctx context.Context, id campaigns.AttemptID) (call.Record, error) {
	var a attemptRow
	if err := s.read.GetContext(ctx, &a, selectPlaced, id); err != nil {
		return call.Record{}, found(err, "find attempt %s", id)
	}
	var c contactRow
	if err := s.read.GetContext(ctx, &c, contactColumns+`WHERE c.id = $1`, a.Contact); err != nil {
		return call.Record{}, found(err, "find contact %s", a.Contact)
	}
	return call.Record{
		Info: call.Info{
			ID: string(a.ID), To: string(a.Number), Trunk: a.Trunk,
			Campaign: a.Campaign, Contact: a.Contact, Customer: c.contact().By(a.Number),
		},
		Direction: call.Outbound, FlowHash: a.FlowHash, AnsweredAt: a.AnsweredAt.Time, EndedAt: a.EndedAt.Time,
	}, nil
}
