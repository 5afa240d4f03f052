package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

// claimDue reads the head of an index, whatever the length of the list. The sum
// keeps SQLite from planning the statement anew for each limit.
func (d dialect) claimDue() string {
	return `
WITH head AS MATERIALIZED (
	SELECT id FROM contacts
	WHERE campaign = $2 AND fresh = $3 AND state = 'pending' AND claimed_by = '' AND due <= $4
	ORDER BY due, id LIMIT $5 + 0` + d.skipLocked + `
)
UPDATE contacts SET claimed_by = $1 WHERE id IN (SELECT id FROM head) RETURNING id`
}

// Claim leases at most limit due contacts to node: those that are tried again
// before those that were never called.
func (s *Store) Claim(
	ctx context.Context, node string, id campaigns.ID, limit int, now time.Time,
) (campaigns.Claims, error) {
	var claims campaigns.Claims
	var ids []campaigns.ContactID
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		ids = nil
		if err := s.checkLease(ctx, tx, node, now); err != nil {
			return err
		}
		for _, fresh := range []int{0, 1} {
			var more []campaigns.ContactID
			err := tx.SelectContext(ctx, &more, s.d.claimDue(), s.owner(node), id, fresh, ms(now), limit-len(ids))
			if err != nil {
				return err
			}
			ids = append(ids, more...)
		}
		var err error
		if claims, err = outlook(ctx, tx, s.owner(node), id); err != nil {
			return err
		}
		claims.Contacts, err = contactsIn(ctx, tx, ids)
		return err
	})
	if err != nil {
		s.doubts(node, ids)
		return campaigns.Claims{}, fmt.Errorf("claim contacts of campaign %s: %w", id, err)
	}
	return claims, nil
}

// doubts notes contacts that may have been claimed without the node's knowing:
// its next renewal gives them back.
func (s *Store) doubts(node string, ids []campaigns.ContactID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubt[node] = append(s.doubt[node], ids...)
}

// takeDoubts returns the contacts in doubt, which are in doubt no longer.
func (s *Store) takeDoubts(node string) []campaigns.ContactID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.doubt[node]
	delete(s.doubt, node)
	return ids
}

// unclaimDoubtful waits for a commit that may still be under way: its rows are
// then not claimed yet.
const unclaimDoubtful = `
UPDATE contacts SET claimed_by = '' WHERE claimed_by IN (?, '') AND state = 'pending' AND id IN (?)`

func (s *Store) giveBackDoubtful(ctx context.Context, tx *sqlx.Tx, node string, ids []campaigns.ContactID) error {
	if len(ids) == 0 {
		return nil
	}
	query, args, err := sqlx.In(unclaimDoubtful, s.owner(node), ids)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("give doubtful claims back: %w", err)
	}
	return nil
}

const selectLease = `SELECT COUNT(*) FROM nodes WHERE owner = $1 AND lease_until >= $2`

func (s *Store) checkLease(ctx context.Context, tx *sqlx.Tx, node string, now time.Time) error {
	var leases int
	if err := tx.GetContext(ctx, &leases, selectLease, s.owner(node), ms(now)); err != nil {
		return fmt.Errorf("read the lease of node %s: %w", node, err)
	}
	if leases == 0 {
		return fmt.Errorf("node %s: %w", node, ErrNoLease)
	}
	return nil
}

const contactsByID = contactColumns + `WHERE c.id IN (?) ORDER BY c.fresh, c.due, c.id`

// contactsIn reads contacts in the order in which they are to be called.
func contactsIn(ctx context.Context, tx *sqlx.Tx, ids []campaigns.ContactID) ([]campaigns.Contact, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	query, args, err := sqlx.In(contactsByID, ids)
	if err != nil {
		return nil, err
	}
	var rows []contactRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return nil, err
	}
	return convert(rows, contactRow.contact), nil
}

const (
	nextDue = `
SELECT due FROM contacts WHERE campaign = $1 AND fresh = $2 AND state = 'pending' AND claimed_by = ''
ORDER BY due LIMIT 1`
	// Whatever is being dialed is claimed as well.
	beingDialed = `
SELECT COUNT(*) FROM (
	SELECT 1 FROM contacts WHERE campaign = $1 AND claimed_by <> '' AND (state = 'dialing' OR claimed_by <> $2) LIMIT 1
) x`
)

// outlook says what is left in a campaign beside the node's own claims.
func outlook(ctx context.Context, tx *sqlx.Tx, owner string, id campaigns.ID) (campaigns.Claims, error) {
	var claims campaigns.Claims
	for _, fresh := range []int{0, 1} {
		var due instant
		err := tx.GetContext(ctx, &due, nextDue, id, fresh)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return claims, err
		}
		if claims.NextDue.IsZero() || due.Before(claims.NextDue) {
			claims.NextDue = due.Time
		}
	}
	var dialed int
	err := tx.GetContext(ctx, &dialed, beingDialed, id, owner)
	claims.Open = dialed > 0
	return claims, err
}

const unclaim = `UPDATE contacts SET claimed_by = '' WHERE claimed_by = ? AND state = 'pending' AND id IN (?)`

// Release gives claimed contacts back. One whose attempt was to go on by
// another trunk becomes what that attempt's end makes of it.
func (s *Store) Release(ctx context.Context, node string, ids []campaigns.ContactID, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		query, args, err := sqlx.In(unclaim, s.owner(node), ids)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
			return err
		}
		return s.settleBetween(ctx, tx, s.owner(node), ids, now)
	})
	if err != nil {
		return fmt.Errorf("release %d contacts: %w", len(ids), err)
	}
	return nil
}
