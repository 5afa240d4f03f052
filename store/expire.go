package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// How many contacts expire in one transaction, and in one go.
const (
	expiryBatch   = 2000
	expiryBatches = 20
)

// expireDue reads the head of an index, as claimDue does.
func (d dialect) expireDue() string {
	return `
UPDATE contacts SET state = 'expired' WHERE id IN (
	SELECT id FROM contacts WHERE campaign = $1 AND fresh = $2 AND state = 'pending' AND claimed_by = ''
	ORDER BY due, id LIMIT $3` + d.skipLocked + `)`
}

const textOfDefinition = `SELECT definition FROM campaigns WHERE id = $1`

// expire ends the wait of contacts of a campaign whose time is over. When there
// are very many it is to be called again; what it has not come to is held by the
// policy all the same.
func (s *Store) expire(ctx context.Context, id campaigns.ID, now time.Time) error {
	t := s.termsOf(id)
	if t.text == "" {
		var text string
		err := s.read.GetContext(ctx, &text, textOfDefinition, id)
		if err == nil {
			t, err = s.workOut(id, text)
		}
		if err != nil {
			return found(err, "find campaign %s", id)
		}
	}
	ends := t.definition.Expires
	if ends.IsZero() || now.Before(ends) {
		return nil
	}
	for range expiryBatches {
		n := 0
		err := s.tx(ctx, func(tx *txn) error {
			n = 0
			for _, fresh := range []int{0, 1} {
				some, err := exec(ctx, tx, s.d.expireDue(), id, fresh, expiryBatch)
				if err != nil {
					return err
				}
				n += some
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("expire contacts: %w", err)
		}
		if n == 0 {
			return nil
		}
	}
	return nil
}
