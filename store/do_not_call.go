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

// DoNotCall is an entry of the do-not-call list.
type DoNotCall struct {
	Number   phone.Number
	Campaign campaigns.ID // empty: by no campaign
	Why      string
	CallID   string // in which it was asked for; empty: entered by hand
	At       time.Time
}

// doNotCallRow is an entry as the tables hold it.
type doNotCallRow struct {
	Number   phone.Number `db:"number"`
	Campaign campaigns.ID `db:"campaign"`
	Why      string       `db:"why"`
	CallID   string       `db:"call_id"`
	At       instant      `db:"at"`
}

func (r doNotCallRow) entry() DoNotCall {
	return DoNotCall{Number: r.Number, Campaign: r.Campaign, Why: r.Why, CallID: r.CallID, At: r.At.Time}
}

// optOut keeps a caller's wish and takes the number off the dialing.
func (s *Store) optOut(ctx context.Context, tx *sqlx.Tx, o call.OptOut) error {
	return s.doNotCall(ctx, tx, DoNotCall{
		Number: o.Number, Campaign: o.Campaign, Why: "asked for in a call", CallID: o.CallID, At: o.At,
	})
}

const (
	insertDoNotCall = `
INSERT INTO do_not_call (number, campaign, why, call_id, at) VALUES (:number, :campaign, :why, :call_id, :at)
ON CONFLICT (number, campaign) DO NOTHING`
	suppress = takeOff + `number = ? AND ? IN ('', campaign)`
)

// doNotCall enters a number. No attempt on it begins once this is committed.
func (s *Store) doNotCall(ctx context.Context, tx *sqlx.Tx, e DoNotCall) error {
	e.Number = phone.Number(clean(string(e.Number)))
	if e.Number == "" {
		return nil // a caller who hides the number cannot be called either
	}
	if err := s.lockNumber(ctx, tx, string(e.Number)); err != nil {
		return err
	}
	row := doNotCallRow{Number: e.Number, Campaign: e.Campaign, Why: clean(e.Why), CallID: e.CallID, At: at(e.At)}
	if _, err := tx.NamedExecContext(ctx, insertDoNotCall, row); err != nil {
		return fmt.Errorf("enter a number in the do-not-call list: %w", err)
	}
	off := campaigns.Suppressed
	if _, err := tx.ExecContext(ctx, tx.Rebind(suppress), off, off, e.Number, e.Campaign); err != nil {
		return fmt.Errorf("suppress contacts: %w", err)
	}
	return nil
}

// AddDoNotCall enters a number by hand. An entry that is there already stays as
// it is.
func (s *Store) AddDoNotCall(ctx context.Context, e DoNotCall) error {
	return s.command(ctx, func(tx *sqlx.Tx) error { return s.doNotCall(ctx, tx, e) })
}

const deleteDoNotCall = `DELETE FROM do_not_call WHERE number = $1 AND campaign = $2`

// RemoveDoNotCall takes an entry off the list, or returns ErrNotFound. Contacts
// that were suppressed stay so.
func (s *Store) RemoveDoNotCall(ctx context.Context, n phone.Number, id campaigns.ID) error {
	return s.command(ctx, func(tx *sqlx.Tx) error {
		gone, err := exec(ctx, tx, deleteDoNotCall, n, id)
		if err == nil && gone == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("remove a number from the do-not-call list: %w", err)
		}
		return nil
	})
}

const selectDoNotCall = `SELECT * FROM do_not_call ORDER BY at, number, campaign`

// DoNotCallList returns the do-not-call list, oldest entries first.
func (s *Store) DoNotCallList(ctx context.Context) ([]DoNotCall, error) {
	var rows []doNotCallRow
	if err := s.read.SelectContext(ctx, &rows, selectDoNotCall); err != nil {
		return nil, fmt.Errorf("list the do-not-call list: %w", err)
	}
	return convert(rows, doNotCallRow.entry), nil
}
