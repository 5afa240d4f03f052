package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// callRow is a call as the tables hold it.
type callRow struct {
	ID         string                  `db:"id"`
	Direction  call.Direction          `db:"direction"`
	From       phone.Number            `db:"from_number"`
	To         string                  `db:"to_number"`
	Trunk      string                  `db:"trunk"`
	Phone      string                  `db:"phone"`
	Campaign   campaigns.ID            `db:"campaign"`
	Contact    campaigns.ContactID     `db:"contact"`
	Customer   doc[campaigns.Customer] `db:"customer"`
	Owner      string                  `db:"owner"`
	FlowHash   string                  `db:"flow_hash"`
	Seq        int                     `db:"seq"`
	State      doc[ivr.State]          `db:"state"`
	Actions    doc[[]ivr.Action]       `db:"actions"`
	AnsweredAt instant                 `db:"answered_at"`
	EndedAt    instant                 `db:"ended_at"`
	Ending     call.Ending             `db:"ending"`
}

func newCallRow(r call.Record, owner string) callRow {
	return callRow{
		ID: r.ID, Direction: r.Direction, From: phone.Number(clean(string(r.From))), To: clean(r.To),
		Trunk: r.Trunk, Phone: r.Phone, Campaign: r.Campaign, Contact: r.Contact, Customer: as(r.Customer),
		Owner: owner, FlowHash: r.FlowHash, Seq: r.Seq, State: as(r.State), Actions: as(r.Actions),
		AnsweredAt: at(r.AnsweredAt), EndedAt: at(r.EndedAt), Ending: r.Ending,
	}
}

func (r callRow) record() call.Record {
	return call.Record{
		Info: call.Info{
			ID: r.ID, From: r.From, To: r.To, Trunk: r.Trunk, Phone: r.Phone,
			Campaign: r.Campaign, Contact: r.Contact, Customer: r.Customer.v,
		},
		Direction: r.Direction, FlowHash: r.FlowHash, Seq: r.Seq, State: r.State.v, Actions: r.Actions.v,
		AnsweredAt: r.AnsweredAt.Time, EndedAt: r.EndedAt.Time, Ending: r.Ending,
	}
}

// isOwn tells whether a contact called us.
func (r callRow) isOwn() bool { return r.Direction == call.Inbound && r.Contact != "" }

// OpenCall keeps a call that begins. A contact that called on its own is taken
// off its campaign's dialing for good, unless nobody comes to talk to it.
// Opening it again changes nothing.
func (s *Store) OpenCall(ctx context.Context, r call.Record) error {
	if err := s.w.write(ctx, &openCall{Record: r, Owner: s.owner(s.ownNode())}); err != nil {
		return fmt.Errorf("open call %s: %w", r.ID, err)
	}
	return nil
}

type openCall struct {
	Record call.Record `json:"record"`
	Owner  string      `json:"owner"`
}

func (openCall) kind() string { return "open_call" }

func (o openCall) confined() bool { return !newCallRow(o.Record, o.Owner).isOwn() }

// insertCall has whoever sees to the end of a call at a carrier see to this as
// well, whichever node hears that it is answered.
const insertCall = `
INSERT INTO calls (id, direction, from_number, to_number, trunk, phone, campaign, contact, customer, owner, flow_hash,
	seq, state, actions, answered_at, ended_at, ending)
VALUES (:id, :direction, :from_number, :to_number, :trunk, :phone, :campaign, :contact, :customer,
	COALESCE((SELECT owner FROM hosted_calls WHERE id = :id), (SELECT owner FROM attempts WHERE id = :id), :owner), :flow_hash,
	:seq, :state, :actions, :answered_at, :ended_at, :ending)
ON CONFLICT (id) DO NOTHING`

func (o openCall) apply(ctx context.Context, s *Store, tx *txn, _ bool) error {
	row := newCallRow(o.Record, o.Owner)
	res, err := named(ctx, tx, insertCall, row)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 || !row.isOwn() {
		return err
	}
	return s.comesIn(ctx, tx, row)
}

const selectCall = `SELECT * FROM calls WHERE id = $1`

// LoadCall returns a call as it stands, or ErrNotFound.
func (s *Store) LoadCall(ctx context.Context, id string) (call.Record, error) {
	if r, ok := s.w.opened(id); ok {
		return r, nil
	}
	rows := make(chan callRow, 1)
	err := s.await(ctx, func(ctx context.Context) error {
		var row callRow
		err := s.read.GetContext(ctx, &row, selectCall, id)
		rows <- row
		return err
	})
	if err != nil {
		return call.Record{}, found(err, "load call %s", id)
	}
	row := <-rows
	return s.w.moved(row.record()), nil
}

const callsAfter = `SELECT * FROM calls WHERE id > $1 ORDER BY id LIMIT $2`

// Calls goes through all calls in the order of their ids.
func (s *Store) Calls(ctx context.Context) iter.Seq2[call.Record, error] {
	return pages(func(after *callRow) ([]callRow, error) {
		var rows []callRow
		if err := s.read.SelectContext(ctx, &rows, callsAfter, after.ID, pageSize); err != nil {
			return nil, fmt.Errorf("list calls: %w", err)
		}
		return rows, nil
	}, callRow.record)
}

// CloseCall ends a call. For a contact that called on its own it also settles
// what becomes of the contact. Closing it again changes nothing.
func (s *Store) CloseCall(ctx context.Context, id string, e call.Ending, at time.Time) error {
	if err := s.w.write(ctx, &closeCall{ID: id, Ending: e, At: at}); err != nil {
		return fmt.Errorf("close call %s: %w", id, err)
	}
	return nil
}

type closeCall struct {
	ID     string      `json:"id"`
	Ending call.Ending `json:"ending"`
	At     time.Time   `json:"at"`
}

func (closeCall) kind() string { return "close_call" }

const (
	// updateClose ends a call that has not ended; $4 is 0 where nobody answered it
	// after all, else 1.
	updateClose = `
UPDATE calls SET ended_at = $2, ending = $3, answered_at = answered_at * $4 WHERE id = $1 AND ended_at = 0`
	closedCall = `id, direction, campaign, contact, answered_at, ended_at`
)

// closed ends a call that has not ended, and returns what of it tells whose it is;
// else sql.ErrNoRows.
func (c closeCall) closed(ctx context.Context, s *Store, tx *txn) (row callRow, err error) {
	answered := 1
	if c.Ending == call.Unanswered {
		answered = 0
	}
	if s.d.postgres { // it is asked once
		err = tx.GetContext(ctx, &row, updateClose+` RETURNING `+closedCall, c.ID, ms(c.At), c.Ending, answered)
		return row, err
	}
	// SQLite makes a table for what an UPDATE returns.
	n, err := exec(ctx, tx, updateClose, c.ID, ms(c.At), c.Ending, answered)
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	if err == nil {
		err = tx.GetContext(ctx, &row, `SELECT `+closedCall+` FROM calls WHERE id = $1`, c.ID)
	}
	return row, err
}

func (c closeCall) apply(ctx context.Context, s *Store, tx *txn, _ bool) error {
	row, err := c.closed(ctx, s, tx)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = callOf(ctx, tx, c.ID) // it has ended, or there is none
		return err
	}
	if err != nil || !row.isOwn() {
		return err
	}
	return s.calledUs(ctx, tx, row, c.At)
}

// callOf reads a call within a transaction.
func callOf(ctx context.Context, tx *txn, id string) (row callRow, err error) {
	err = tx.GetContext(ctx, &row, selectCall, id)
	return row, found(err, "find call %s", id)
}
