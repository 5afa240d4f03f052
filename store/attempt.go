package store

import (
	"context"
	"fmt"
	"iter"

	"careline/campaigns"
	"careline/phone"
)

// attemptRow is one row of the ledger.
type attemptRow struct {
	ID          campaigns.AttemptID     `db:"id"`
	Campaign    campaigns.ID            `db:"campaign"`
	Contact     campaigns.ContactID     `db:"contact"`
	Number      phone.Number            `db:"number"`
	CallerID    phone.Number            `db:"caller_id"`
	Ordinal     int                     `db:"ordinal"`
	Try         int                     `db:"try"`
	Trunk       string                  `db:"trunk"`
	Node        string                  `db:"node"`
	Owner       string                  `db:"owner"`
	Leg         doc[campaigns.Leg]      `db:"leg"`
	FlowHash    string                  `db:"flow_hash"`
	BegunAt     instant                 `db:"begun_at"`
	RingingAt   instant                 `db:"ringing_at"`
	AnsweredAt  instant                 `db:"answered_at"`
	EndedAt     instant                 `db:"ended_at"`
	Disposition campaigns.Disposition   `db:"disposition"`
	Evidence    doc[campaigns.Evidence] `db:"evidence"`
	Verdict     doc[campaigns.Verdict]  `db:"verdict"`
	Inputs      doc[campaigns.Inputs]   `db:"inputs"`
	CapDay      string                  `db:"cap_day"` // that it counts in
	Price       int64                   `db:"price"`   // of a started minute, in millionths
	List        string                  `db:"list"`    // with key: the customer
	Key         string                  `db:"key"`

	receptionRow
}

func (r attemptRow) attempt() campaigns.Attempt {
	return campaigns.Attempt{
		ID: r.ID, Campaign: r.Campaign, Contact: r.Contact, Number: r.Number, CallerID: r.CallerID,
		Ordinal: r.Ordinal, Try: r.Try, Trunk: r.Trunk, Node: r.Node, Leg: r.Leg.v, FlowHash: r.FlowHash,
		BegunAt: r.BegunAt.Time, RingingAt: r.RingingAt.Time, AnsweredAt: r.AnsweredAt.Time, EndedAt: r.EndedAt.Time,
		Disposition: r.Disposition, Evidence: r.Evidence.v, Verdict: r.Verdict.v, Reception: r.reception(),
	}
}

const selectAttempt = `SELECT * FROM attempts WHERE id = $1`

// Attempt returns one attempt with the inputs of its verdict, or ErrNotFound.
// The inputs are without the definition, which is the campaign's and never
// changes.
func (s *Store) Attempt(
	ctx context.Context, id campaigns.AttemptID,
) (campaigns.Attempt, campaigns.Inputs, error) {
	var row attemptRow
	err := s.read.GetContext(ctx, &row, selectAttempt, id)
	return row.attempt(), row.Inputs.v, found(err, "find attempt %s", id)
}

const attemptsAfter = `SELECT * FROM attempts WHERE campaign = $1 AND id > $2 ORDER BY id LIMIT $3`

// Attempts goes through a campaign's ledger in the order of the attempts' ids,
// which is that of their times.
func (s *Store) Attempts(ctx context.Context, id campaigns.ID) iter.Seq2[campaigns.Attempt, error] {
	return pages(func(after *attemptRow) ([]attemptRow, error) {
		var rows []attemptRow
		if err := s.read.SelectContext(ctx, &rows, attemptsAfter, id, after.ID, pageSize); err != nil {
			return nil, fmt.Errorf("list attempts of campaign %s: %w", id, err)
		}
		return rows, nil
	}, attemptRow.attempt)
}

const attemptsOn = `SELECT * FROM attempts WHERE contact = $1 ORDER BY id`

// AttemptsOn returns all attempts on a contact, oldest first.
func (s *Store) AttemptsOn(ctx context.Context, id campaigns.ContactID) ([]campaigns.Attempt, error) {
	var rows []attemptRow
	if err := s.read.SelectContext(ctx, &rows, attemptsOn, id); err != nil {
		return nil, fmt.Errorf("list attempts on contact %s: %w", id, err)
	}
	return convert(rows, attemptRow.attempt), nil
}
