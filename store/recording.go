package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"careline/call"
	"careline/campaigns"
	"careline/ivr"
	"careline/phone"
)

// recordingRow is a message as the tables hold it.
type recordingRow struct {
	ID       string              `db:"id"`
	CallID   string              `db:"call_id"`
	Number   phone.Number        `db:"number"`
	Campaign campaigns.ID        `db:"campaign"`
	Contact  campaigns.ContactID `db:"contact"`
	Result   string              `db:"result"`
	Node     string              `db:"node"`
	Host     string              `db:"host"`
	File     string              `db:"file"`
	Bytes    int64               `db:"bytes"`
	Length   int64               `db:"length_ms"`
	Carrier  string              `db:"carrier"`
	Trunk    string              `db:"trunk"`
	URL      string              `db:"url"`
	At       instant             `db:"at"`
}

func (s *Store) newRecordingRow(r call.Recording) recordingRow {
	row := recordingRow{
		ID: clean(r.ID), CallID: r.CallID, Number: phone.Number(clean(string(r.Number))), Campaign: r.Campaign, Contact: r.Contact,
		Result: r.Result, Node: r.Node, File: r.File, Bytes: r.Bytes, Length: r.Length.Milliseconds(),
		Carrier: r.Carrier, Trunk: r.Trunk, URL: clean(r.URL), At: at(r.At),
	}
	if row.File != "" {
		row.Host = s.ownNode()
	}
	return row
}

func (r recordingRow) recording() call.Recording {
	return call.Recording{
		Message: ivr.Message{
			ID: r.ID, Length: time.Duration(r.Length) * time.Millisecond, File: r.File, Bytes: r.Bytes,
			Carrier: r.Carrier, Trunk: r.Trunk, URL: r.URL,
		},
		CallID: r.CallID, Number: r.Number, Campaign: r.Campaign, Contact: r.Contact,
		Result: r.Result, Node: r.Node, Host: r.Host, At: r.At.Time,
	}
}

const insertRecording = `
INSERT INTO recordings (id, call_id, number, campaign, contact, result, node, host, file, bytes, length_ms, carrier, trunk, url, at)
VALUES (:id, :call_id, :number, :campaign, :contact, :result, :node, :host, :file, :bytes, :length_ms, :carrier, :trunk, :url, :at)
ON CONFLICT (id) DO NOTHING`

// keepRecordings keeps the messages that a step's answers refer to.
func (s *Store) keepRecordings(ctx context.Context, tx *txn, list []call.Recording) error {
	for _, r := range list {
		if _, err := named(ctx, tx, insertRecording, s.newRecordingRow(r)); err != nil {
			return fmt.Errorf("keep a message: %w", err)
		}
	}
	return nil
}

// RecordingFilter chooses messages. Its zero value chooses the latest 100.
type RecordingFilter struct {
	Since    time.Time
	Before   time.Time // the zero value: until now
	Campaign campaigns.ID
	Number   string // that left it, or its last digits
	Host     string // the node that has the file; those without a file too
	Limit    int    // 0 is 100
}

const recordingsChosen = `
SELECT * FROM recordings WHERE at >= $1 AND at < $2 AND ($3 = '' OR campaign = $3)
	AND ($4 = '' OR number LIKE $4 ESCAPE '!') AND ($5 = '' OR host = $5 OR host = '')
ORDER BY at DESC, id DESC LIMIT $6`

// Recordings returns the messages chosen, the latest first.
func (s *Store) Recordings(ctx context.Context, f RecordingFilter) ([]call.Recording, error) {
	number, limit := "", f.Limit
	if f.Number != "" {
		number = "%" + escapeLike(f.Number)
	}
	if limit == 0 {
		limit = 100
	}
	before := int64(math.MaxInt64)
	if !f.Before.IsZero() {
		before = ms(f.Before)
	}
	return s.recordings(ctx, recordingsChosen, ms(f.Since), before, string(f.Campaign), number, f.Host, limit)
}

const recordingsNamed = `
SELECT * FROM recordings WHERE id = $1 OR id LIKE $2 ESCAPE '!' OR id LIKE $3 ESCAPE '!' ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id DESC LIMIT 10`

// FindRecordings returns the message whose id is name, else up to 10 whose id
// begins or ends with it.
func (s *Store) FindRecordings(ctx context.Context, name string) ([]call.Recording, error) {
	part := escapeLike(name)
	list, err := s.recordings(ctx, recordingsNamed, name, part+"%", "%"+part)
	if len(list) > 0 && list[0].ID == name {
		list = list[:1]
	}
	return list, err
}

const recordingsElsewhere = `
SELECT * FROM recordings WHERE url <> '' AND carrier = $1 AND at >= $2 AND at < $3 ORDER BY at, id LIMIT $4`

// mostElsewhere is how many messages are looked after in one go.
const mostElsewhere = 100

// RecordingsElsewhere returns messages that a carrier still has and that were left
// between two times, the oldest first: those with a File have been fetched, and
// are to be deleted there.
func (s *Store) RecordingsElsewhere(ctx context.Context, carrier string, since, before time.Time) ([]call.Recording, error) {
	return s.recordings(ctx, recordingsElsewhere, carrier, ms(since), ms(before), mostElsewhere)
}

func (s *Store) recordings(ctx context.Context, query string, args ...any) ([]call.Recording, error) {
	var rows []recordingRow
	if err := s.read.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return convert(rows, recordingRow.recording), nil
}

const fetchedRecording = `
UPDATE recordings SET host = $2, file = $3, bytes = $4, length_ms = $5, url = $6 WHERE id = $1 AND file = ''`

// FetchedRecording notes that this node has a message's sound as m says; its URL
// is empty where the carrier keeps its own for good. It reports false where another has it already, or the message was deleted: then
// the file is to be removed.
func (s *Store) FetchedRecording(ctx context.Context, m ivr.Message) (bool, error) {
	n := 0
	err := s.tx(ctx, func(tx *txn) (err error) {
		n, err = exec(ctx, tx, fetchedRecording, m.ID, s.ownNode(), m.File, m.Bytes, m.Length.Milliseconds(), m.URL)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("note that message %s is here: %w", m.ID, err)
	}
	return n == 1, nil
}

const goneRecording = `UPDATE recordings SET url = '' WHERE id = $1`

// GoneRecording notes that a carrier has a message no more.
func (s *Store) GoneRecording(ctx context.Context, id string) error {
	err := s.tx(ctx, func(tx *txn) error {
		_, err := exec(ctx, tx, goneRecording, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that message %s is with the carrier no more: %w", id, err)
	}
	return nil
}

const deleteRecording = `DELETE FROM recordings WHERE id = $1`

// DeleteRecording forgets a message. Its file is removed before, so that none
// is left of which nothing is known.
func (s *Store) DeleteRecording(ctx context.Context, id string) error {
	err := s.tx(ctx, func(tx *txn) error {
		_, err := exec(ctx, tx, deleteRecording, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget message %s: %w", id, err)
	}
	return nil
}
