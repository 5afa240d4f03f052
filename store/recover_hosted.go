package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Calls at carriers go on without the node that placed or took them. They, their
// attempts and their contacts are moved to who recovers, once: of two that do so
// at a time the later one finds another owner.
const (
	moveAttempt = `UPDATE attempts SET owner = $3, node = $4 WHERE id = $1 AND owner = $2 AND ended_at = 0`
	moveContact = `UPDATE contacts SET claimed_by = $3 WHERE holder = $1 AND claimed_by = $2 AND id = $4`
	moveOpened  = `UPDATE calls SET owner = $2 WHERE id = $1 AND ended_at = 0`
)

// adopt moves an open attempt whose call is at a carrier to who recovers. It
// reports false when another has moved or ended it meanwhile.
func (r recovery) adopt(ctx context.Context, row attemptRow) (bool, error) {
	n, err := exec(ctx, r.tx, moveAttempt, row.ID, row.Owner, r.self, r.node)
	if err != nil || n == 0 {
		return false, err
	}
	if _, err = exec(ctx, r.tx, moveContact, row.ID, row.Owner, r.self, row.Contact); err != nil {
		return false, err
	}
	if _, err = exec(ctx, r.tx, moveOpened, row.ID, r.self); err != nil {
		return false, err
	}
	err = r.receive(ctx, row)
	return err == nil, err
}

const noteReceived = `
UPDATE attempts SET connected_at = $2, abandoned_at = $3 WHERE id = $1 AND connected_at = 0 AND abandoned_at = 0`

// receive notes how a callee was received whose witness is gone with its node,
// while their call goes on.
func (r recovery) receive(ctx context.Context, row attemptRow) error {
	if row.AnsweredAt.IsZero() {
		return nil
	}
	seen, err := r.reception(ctx, row)
	if err != nil {
		return err
	}
	if _, err = exec(ctx, r.tx, noteReceived, row.ID, ms(seen.ConnectedAt), ms(seen.AbandonedAt)); err != nil {
		return fmt.Errorf("note how callees were received: %w", err)
	}
	return nil
}

const (
	// ofHosted are the open calls at carriers of those who are gone.
	ofHosted = ` (SELECT c.id FROM calls c JOIN hosted_calls h ON h.id = c.id WHERE c.ended_at = 0 AND c.owner IN (?))`

	// Whoever still carries such a talk will save it once more.
	endHostedTalks = `
UPDATE talks SET ended_at = ?, outcome = CASE WHEN outcome <> '' THEN outcome WHEN joined_at > 0 THEN 'connected' ELSE 'failed' END
WHERE ended_at = 0 AND call_id IN` + ofHosted
	freeHosted    = `UPDATE agents SET reserved = '', reserved_at = 0 WHERE reserved IN` + ofHosted
	moveCallers   = `UPDATE contacts SET claimed_by = ? WHERE claimed_by <> '' AND claimed_by IN (?) AND state = 'dialing' AND holder IN` + ofHosted
	moveAllOpened = `UPDATE calls SET owner = ? WHERE ended_at = 0 AND owner IN (?) AND EXISTS (SELECT 1 FROM hosted_calls h WHERE h.id = calls.id)`
	moveFacts     = `UPDATE hosted_calls SET owner = ? WHERE phase < 5 AND owner IN (?)`
)

// hosted moves the calls at carriers, and ends what the node that is gone did with
// them.
func (r recovery) hosted(ctx context.Context) error {
	for _, q := range []struct {
		text string
		args []any
	}{
		{endHostedTalks, []any{ms(r.now), r.owners}},
		{freeHosted, []any{r.owners}},
		{moveCallers, []any{r.self, r.owners, r.owners}},
		{moveAllOpened, []any{r.self, r.owners}},
		{moveFacts, []any{r.self, r.owners}},
	} {
		query, args, err := sqlx.In(q.text, q.args...)
		if err != nil {
			return err
		}
		if _, err = r.tx.ExecContext(ctx, r.tx.Rebind(query), args...); err != nil {
			return fmt.Errorf("take over calls at carriers: %w", err)
		}
	}
	return nil
}

// talkTime is how long the talks of a call that is over may be saved yet by who
// carries them.
const talkTime = time.Minute

const endForgotten = `
UPDATE talks SET ended_at = $1, outcome = CASE WHEN outcome <> '' THEN outcome WHEN joined_at > 0 THEN 'connected' ELSE 'failed' END
WHERE ended_at = 0 AND call_id IN (
	SELECT c.id FROM talks t JOIN calls c ON c.id = t.call_id JOIN hosted_calls h ON h.id = c.id
	WHERE t.ended_at = 0 AND c.ended_at > 0 AND c.ended_at < $2)`

// endForgottenTalks ends the talks that a node had with callers at carriers before
// it died, while their calls went on.
func endForgottenTalks(ctx context.Context, tx *txn, now time.Time) error {
	if _, err := tx.ExecContext(ctx, endForgotten, ms(now), ms(now.Add(-talkTime))); err != nil {
		return fmt.Errorf("end talks: %w", err)
	}
	return nil
}
