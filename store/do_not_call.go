package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/call"
	"careline/campaigns"
	"careline/phone"
)

// DoNotCall is an entry of the do-not-call list: a number, a customer with
// whatever numbers they have, or both. A customer of whom any number is on the
// list is not called by another one either.
type DoNotCall struct {
	Number   phone.Number
	List     string       // with Key: the customer
	Key      string       // empty: the number alone
	Campaign campaigns.ID // empty: by no campaign
	Source   string       // the registry that it was imported from, as us-dnc; empty: somebody asked
	AsOf     time.Time    // the registry's date
	Why      string
	By       string // who entered it
	CallID   string // in which it was asked for; empty: entered by hand
	At       time.Time

	LiftedAt  time.Time // zero while it holds
	LiftedBy  string
	LiftedWhy string
}

// doNotCallRow is an entry as the tables hold it.
type doNotCallRow struct {
	Number    phone.Number `db:"number"`
	List      string       `db:"list"`
	Key       string       `db:"key"`
	Campaign  campaigns.ID `db:"campaign"`
	Source    string       `db:"source"`
	LiftedAt  instant      `db:"lifted_at"`
	AsOf      instant      `db:"as_of"`
	Why       string       `db:"why"`
	By        string       `db:"who"`
	CallID    string       `db:"call_id"`
	At        instant      `db:"at"`
	LiftedBy  string       `db:"lifted_by"`
	LiftedWhy string       `db:"lifted_why"`
}

func (r doNotCallRow) entry() DoNotCall {
	return DoNotCall{
		Number: r.Number, List: r.List, Key: r.Key, Campaign: r.Campaign, Source: r.Source, AsOf: r.AsOf.Time,
		Why: r.Why, By: r.By, CallID: r.CallID, At: r.At.Time,
		LiftedAt: r.LiftedAt.Time, LiftedBy: r.LiftedBy, LiftedWhy: r.LiftedWhy,
	}
}

func (e DoNotCall) row() doNotCallRow {
	return doNotCallRow{
		Number: phone.Number(clean(string(e.Number))), List: e.List, Key: e.Key, Campaign: e.Campaign,
		Source: clean(e.Source), AsOf: at(e.AsOf), Why: clean(e.Why), By: clean(e.By), CallID: e.CallID, At: at(e.At),
	}
}

const customerOfCall = `
SELECT k.list, k.key FROM calls l JOIN contacts k ON k.id = l.contact WHERE l.id = $1`

// optOut keeps a caller's wish and takes them off the dialing: by the number, and
// by whatever number they have later.
func (s *Store) optOut(ctx context.Context, tx *txn, o call.OptOut) error {
	var who []customer
	if err := tx.SelectContext(ctx, &who, customerOfCall, o.CallID); err != nil {
		return fmt.Errorf("find who opted out: %w", err)
	}
	e := DoNotCall{Number: o.Number, Campaign: o.Campaign, Why: "asked for in a call", CallID: o.CallID, At: o.At}
	if len(who) > 0 {
		e.List, e.Key = who[0].List, who[0].Key
	}
	return s.doNotCall(ctx, tx, e)
}

const (
	insertDoNotCall = `
INSERT INTO do_not_call (number, list, key, campaign, source, as_of, why, who, call_id, at)
VALUES (:number, :list, :key, :campaign, :source, :as_of, :why, :who, :call_id, :at)
ON CONFLICT (number, list, key, campaign, source, lifted_at) DO NOTHING`

	// That somebody has the number is looked up apart from their contacts: a
	// planner without statistics would read all contacts to join them.
	suppressNumber   = takeOff + `? IN ('', campaign) AND number = ?`
	suppressCustomer = takeOff + `? IN ('', campaign) AND key = ? AND campaign IN (SELECT id FROM campaigns WHERE list = ?)`
	customersAmong   = `SELECT DISTINCT list, key FROM customer_numbers WHERE number IN (?)`
)

// customer names one by list and key.
type customer struct{ List, Key string }

// suppress takes the contacts of a customer off the dialing.
func (c customer) suppress(ctx context.Context, tx *txn, id campaigns.ID) error {
	off := campaigns.Suppressed
	if _, err := tx.ExecContext(ctx, tx.Rebind(suppressCustomer), off, off, id, c.Key, c.List); err != nil {
		return fmt.Errorf("suppress a customer: %w", err)
	}
	return nil
}

// suppressHolders takes off the dialing whoever has one of the numbers, first or
// further.
func suppressHolders(ctx context.Context, tx *txn, id campaigns.ID, numbers ...phone.Number) error {
	query, args, err := sqlx.In(customersAmong, numbers)
	if err != nil {
		return err
	}
	var who []customer
	if err := tx.SelectContext(ctx, &who, tx.Rebind(query), args...); err != nil {
		return fmt.Errorf("find who has %d numbers: %w", len(numbers), err)
	}
	for _, c := range who {
		if err := c.suppress(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// doNotCall enters a number or a customer. No attempt on them begins once this is
// committed.
func (s *Store) doNotCall(ctx context.Context, tx *txn, e DoNotCall) error {
	row := e.row()
	if row.Number == "" && row.Key == "" {
		return nil // a caller who hides the number cannot be called either
	}
	if err := s.lockNumbers(ctx, tx, row.Number); err != nil {
		return err
	}
	if _, err := tx.NamedExecContext(ctx, insertDoNotCall, row); err != nil {
		return fmt.Errorf("make an entry in the do-not-call list: %w", err)
	}
	if row.Campaign == "" && row.Source == "" { // who wants no calls at all takes back what was consented to
		ended := Consent{Number: row.Number, List: row.List, Key: row.Key}
		if _, err := revoke(ctx, tx, ended, row.By, "asked not to be called", e.At); err != nil {
			return fmt.Errorf("end consents: %w", err)
		}
	}
	if row.Number != "" {
		off := campaigns.Suppressed
		if _, err := tx.ExecContext(ctx, tx.Rebind(suppressNumber), off, off, row.Campaign, row.Number); err != nil {
			return fmt.Errorf("suppress contacts: %w", err)
		}
		if err := suppressHolders(ctx, tx, row.Campaign, row.Number); err != nil {
			return err
		}
	}
	if row.Key == "" {
		return nil
	}
	return customer{row.List, row.Key}.suppress(ctx, tx, row.Campaign)
}

// AddDoNotCall makes an entry by hand. One that is there already stays as it is.
func (s *Store) AddDoNotCall(ctx context.Context, e DoNotCall) error {
	return s.command(ctx, func(tx *txn) error { return s.doNotCall(ctx, tx, e) })
}

const (
	liftDoNotCall = `
UPDATE do_not_call SET lifted_at = $1, lifted_by = $2, lifted_why = $3 WHERE lifted_at = 0 AND campaign = $4 AND source = $5 AND `
	liftNumber   = liftDoNotCall + `number = $6`
	liftCustomer = liftDoNotCall + `list = $6 AND key = $7`
)

// LiftDoNotCall lifts the entries of e's number, or of its customer, by its
// campaign and source, or returns ErrNotFound. Who lifts them, why and when is
// kept with them; contacts that were suppressed stay so.
func (s *Store) LiftDoNotCall(ctx context.Context, e DoNotCall, by, why string, now time.Time) (int, error) {
	var lifted int
	err := s.command(ctx, func(tx *txn) (err error) {
		args := []any{ms(now), clean(by), clean(why), e.Campaign, e.Source}
		if e.Number != "" {
			lifted, err = exec(ctx, tx, liftNumber, append(args, e.Number)...)
		} else {
			lifted, err = exec(ctx, tx, liftCustomer, append(args, e.List, e.Key)...)
		}
		if err == nil && lifted == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("lift an entry of the do-not-call list: %w", err)
	}
	return lifted, nil
}
