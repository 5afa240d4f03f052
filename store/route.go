package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// Route says what answers a call to did: the flow of a campaign that shows did
// and has the caller as a contact; else the flow that the configuration names;
// else it is call.ErrNoRoute.
func (s *Store) Route(ctx context.Context, did string, from phone.Number) (call.Route, error) {
	routes := make(chan call.Route, 1)
	err := s.await(ctx, func(ctx context.Context) error {
		route, err := s.routeContact(ctx, did, from)
		if errors.Is(err, ErrNotFound) {
			route, err = s.routeDID(ctx, did, from)
		}
		routes <- route
		return err
	})
	if err != nil {
		return call.Route{}, fmt.Errorf("route a call to %s: %w", did, err)
	}
	return <-routes, nil
}

// callersContact takes the caller's number, which may be any of a customer's, or
// one that was called once, and the spellings of the number that was called. Any
// number that a campaign shows leads to it, but not those who are held out of it
// for comparison. Of several campaigns the one at work counts, else the latest.
const callersContact = `
WITH callers AS (
	SELECT id FROM contacts WHERE number = $1
	UNION SELECT c.id FROM customer_numbers u JOIN campaigns p ON p.list = u.list
		JOIN contacts c ON c.campaign = p.id AND c.key = u.key
	WHERE u.number = $1
)
SELECT c.id, p.flow_hash FROM callers JOIN contacts c ON c.id = callers.id JOIN campaigns p ON p.id = c.campaign
WHERE p.state <> 'draft' AND c.state <> 'held_out'
	AND EXISTS (SELECT 1 FROM campaign_numbers n WHERE n.campaign = p.id AND n.number IN ($2, $3))
ORDER BY CASE p.state WHEN 'running' THEN 0 WHEN 'paused' THEN 1 ELSE 2 END, p.started_at DESC, c.id
LIMIT 1`

// routeContact finds the campaign that a caller is a contact of, or returns
// ErrNotFound.
func (s *Store) routeContact(ctx context.Context, did string, from phone.Number) (call.Route, error) {
	var hit struct {
		ID   campaigns.ContactID `db:"id"`
		Flow string              `db:"flow_hash"`
	}
	bare := strings.TrimPrefix(did, "+")
	if err := s.read.GetContext(ctx, &hit, callersContact, clean(string(from)), bare, "+"+bare); err != nil {
		return call.Route{}, found(err, "find the caller's contact")
	}
	c, err := s.Contact(ctx, hit.ID)
	return call.Route{FlowHash: hit.Flow, Campaign: c.Campaign, Contact: c.ID, Customer: c.By(phone.Number(clean(string(from))))}, err
}

// comesIn notes that a contact calls us.
func (s *Store) comesIn(ctx context.Context, tx *txn, own callRow) error {
	c, err := s.holdContact(ctx, tx, own.Contact)
	if err != nil {
		return err
	}
	if c.State == campaigns.Dialing { // an attempt has it, and shall leave it to this call when it fails
		c.Callback = own.ID
		return s.keep(ctx, tx, c)
	}
	if !changesByCalling(c.State) {
		return nil
	}
	return s.occupy(ctx, tx, c, own)
}

// changesByCalling tells whether a contact's own call can change what became of
// it. A complete interview stays so, and who shall not be called stays so too.
func changesByCalling(state campaigns.ContactState) bool {
	switch state {
	case campaigns.Completed, campaigns.Suppressed, campaigns.Withdrawn, campaigns.HeldOut:
		return false
	default:
		return true
	}
}

// occupy gives a contact to its own call, so that no attempt is made on it.
func (s *Store) occupy(ctx context.Context, tx *txn, c contactRow, own callRow) error {
	if !changesByCalling(c.State) {
		return nil
	}
	c.Prior, c.State = c.State, campaigns.Dialing
	c.Holder, c.ClaimedBy = own.ID, own.Owner
	return s.keep(ctx, tx, c)
}

// keep writes a contact as it is.
func (s *Store) keep(ctx context.Context, tx *txn, c contactRow) error {
	if _, err := tx.NamedExecContext(ctx, updateContact, c); err != nil {
		return fmt.Errorf("write contact %s: %w", c.ID, err)
	}
	return nil
}

// calledUs settles a contact whose own call has ended.
func (s *Store) calledUs(ctx context.Context, tx *txn, own callRow, now time.Time) error {
	c, err := s.holdContact(ctx, tx, own.Contact)
	if err != nil {
		return err
	}
	held := c.State == campaigns.Dialing && c.Holder == own.ID
	switch {
	case c.State == campaigns.Dialing && !held:
		return nil // an attempt, or another call, has it; its end will look at this one
	case own.AnsweredAt.IsZero() && held:
		return s.restore(ctx, tx, c, now)
	case own.AnsweredAt.IsZero(), !changesByCalling(c.State):
		return nil
	default:
		return s.settle(ctx, tx, c, campaigns.Answered, now)
	}
}

// restore puts a contact back to what it was before its own call, to which
// nobody talked.
func (s *Store) restore(ctx context.Context, tx *txn, c contactRow, now time.Time) error {
	down := func() error { return s.rest(ctx, tx, c, c.leave(c.Prior), c.Due.Time) }
	return s.yield(ctx, tx, c, down, now)
}

const newestCustomer = `
SELECT ` + customerColumns + `
FROM customer_numbers n JOIN customers u ON u.list = n.list AND u.key = n.key JOIN lists l ON l.name = u.list
WHERE n.number = $1 ORDER BY l.updated_at DESC, l.name, u.key LIMIT 1`

// routeDID finds the flow that the configuration names, and the caller in the
// newest list.
func (s *Store) routeDID(ctx context.Context, did string, from phone.Number) (call.Route, error) {
	name, known := s.o.DIDs[did]
	if !known {
		return call.Route{}, call.ErrNoRoute
	}
	hash, err := s.NewestFlow(ctx, name)
	if err != nil {
		return call.Route{}, err
	}
	var row customerRow
	caller := phone.Number(clean(string(from)))
	switch err = s.read.GetContext(ctx, &row, newestCustomer, caller); {
	case errors.Is(err, sql.ErrNoRows):
		return call.Route{FlowHash: hash}, nil
	case err != nil:
		return call.Route{}, fmt.Errorf("find the caller: %w", err)
	}
	return call.Route{FlowHash: hash, Customer: row.customer().By(caller)}, nil
}
