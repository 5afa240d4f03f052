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
	WHERE campaign = $2 AND fresh = $3 AND state = 'pending' AND claimed_by = '' AND due <= $4 AND (due, id) >= ($6, $7)
	ORDER BY due, id LIMIT $5 + 0` + d.skipLocked + `
)
UPDATE contacts SET claimed_by = $1 WHERE id IN (SELECT id FROM head) RETURNING id, due`
}

// Claim leases at most limit due contacts to node: those that are tried again
// before those that were never called. Where the campaign's time is over they
// expire instead.
func (s *Store) Claim(
	ctx context.Context, node string, id campaigns.ID, limit int, now time.Time,
) (campaigns.Claims, error) {
	if err := s.expire(ctx, id, now); err != nil {
		return campaigns.Claims{}, fmt.Errorf("claim contacts of campaign %s: %w", id, err)
	}
	var c claiming
	err := s.tx(ctx, func(tx *txn) error {
		c = claiming{s: s, tx: tx, owner: s.owner(node), campaign: id, now: now}
		c.at, c.rewinds = s.from(id)
		if err := s.checkLease(ctx, tx, node, now); err != nil {
			return err
		}
		return c.run(ctx, limit)
	})
	if err != nil {
		s.doubts(node, c.ids)
		return campaigns.Claims{}, fmt.Errorf("claim contacts of campaign %s: %w", id, err)
	}
	s.reach(id, c.at, c.rewinds)
	return c.claims, nil
}

// claiming is one Claim under way.
type claiming struct {
	s        *Store
	tx       *txn
	owner    string
	campaign campaigns.ID
	now      time.Time

	at      headway
	rewinds int
	none    [2]bool // of these is due, as idle has seen: of contacts that are tried again, and of fresh ones
	ids     []campaigns.ContactID
	claims  campaigns.Claims
}

func (c *claiming) run(ctx context.Context, limit int) error {
	if !c.s.d.postgres { // to look takes SQLite a tenth of the time of an UPDATE that finds nothing
		if idle, err := c.idle(ctx); err != nil || idle {
			return err
		}
	}
	if err := c.take(ctx, limit); err != nil {
		return err
	}
	if len(c.ids) == 0 && c.at != (headway{}) {
		c.at, c.none = headway{}, [2]bool{}
		if err := c.take(ctx, limit); err != nil {
			return err
		}
	}
	var err error
	if err = c.outlook(ctx); err != nil {
		return err
	}
	c.claims.Contacts, err = contactsIn(ctx, c.tx, c.ids)
	return err
}

// idle tells whether no contact is due, and then what is left in the campaign.
func (c *claiming) idle(ctx context.Context) (bool, error) {
	at := c.at
	for _, c.at = range []headway{at, {}} {
		c.claims = campaigns.Claims{}
		if err := c.outlook(ctx); err != nil {
			return false, err
		}
		if next := c.claims.NextDue; !next.IsZero() && !next.After(c.now) {
			c.claims = campaigns.Claims{}
			return false, nil
		}
		if c.at == (headway{}) {
			break
		}
	}
	return true, nil
}

// take claims contacts from where the claim begins.
func (c *claiming) take(ctx context.Context, limit int) error {
	for fresh := range c.at {
		if c.none[fresh] {
			continue
		}
		from := &c.at[fresh]
		var more []place
		err := c.tx.SelectContext(ctx, &more, c.s.d.claimDue(), c.owner, c.campaign, fresh, ms(c.now), limit-len(c.ids), from.Due, from.ID)
		if err != nil {
			return err
		}
		for _, p := range more {
			c.ids = append(c.ids, p.ID)
			if p.after(*from) {
				*from = p
			}
		}
	}
	return nil
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

func (s *Store) giveBackDoubtful(ctx context.Context, tx *txn, node string, ids []campaigns.ContactID) error {
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

func (s *Store) checkLease(ctx context.Context, tx *txn, node string, now time.Time) error {
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
func contactsIn(ctx context.Context, tx *txn, ids []campaigns.ContactID) ([]campaigns.Contact, error) {
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
SELECT due FROM contacts WHERE campaign = $1 AND fresh = $2 AND state = 'pending' AND claimed_by = '' AND (due, id) >= ($3, $4)
ORDER BY due, id LIMIT 1`
	// Whatever is being dialed is claimed as well.
	beingDialed = `
SELECT COUNT(*) FROM (
	SELECT 1 FROM contacts WHERE campaign = $1 AND claimed_by <> '' AND (state = 'dialing' OR claimed_by <> $2) LIMIT 1
) x`
)

// outlook says what is left in a campaign beside the node's own claims.
func (c *claiming) outlook(ctx context.Context) error {
	for fresh, from := range c.at {
		var due instant
		err := c.tx.GetContext(ctx, &due, nextDue, c.campaign, fresh, from.Due, from.ID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if c.none[fresh] = err != nil || due.After(c.now); err != nil {
			continue
		}
		if c.claims.NextDue.IsZero() || due.Before(c.claims.NextDue) {
			c.claims.NextDue = due.Time
		}
	}
	var dialed int
	err := c.tx.GetContext(ctx, &dialed, beingDialed, c.campaign, c.owner)
	c.claims.Open = dialed > 0
	return err
}

const unclaim = `UPDATE contacts SET claimed_by = '' WHERE claimed_by = ? AND state = 'pending' AND id IN (?)`

// Release gives claimed contacts back. One whose attempt was to go on by
// another trunk becomes what that attempt's end makes of it.
func (s *Store) Release(ctx context.Context, node string, ids []campaigns.ContactID, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	err := s.tx(ctx, func(tx *txn) error {
		query, args, err := sqlx.In(unclaim, s.owner(node), ids)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
			return err
		}
		return s.settleBetween(ctx, tx, s.owner(node), ids, now)
	})
	s.rewind()
	if err != nil {
		return fmt.Errorf("release %d contacts: %w", len(ids), err)
	}
	return nil
}
