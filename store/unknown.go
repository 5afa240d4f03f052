package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/phone"
)

const unknownAttempts = `
SELECT a.* FROM contacts c JOIN attempts a ON a.contact = c.id AND a.id = (
	SELECT MAX(id) FROM attempts WHERE contact = c.id)
WHERE c.campaign = $1 AND c.state = 'unknown' ORDER BY a.id`

// Unknowns returns the latest attempt on each of a campaign's contacts of which
// nobody knows whether they were reached.
func (s *Store) Unknowns(ctx context.Context, id campaigns.ID) ([]campaigns.Attempt, error) {
	var rows []attemptRow
	if err := s.read.SelectContext(ctx, &rows, unknownAttempts, id); err != nil {
		return nil, fmt.Errorf("list the unknowns of campaign %s: %w", id, err)
	}
	return convert(rows, attemptRow.attempt), nil
}

// Decision is what a person decided about a contact of which nobody knows whether
// it was reached.
type Decision struct {
	Contact campaigns.ContactID
	To      campaigns.ContactState // Pending: it is called again; any other state is final
	Why     string
	Who     string // decided
	At      time.Time

	// What was decided on; Decide finds it out.
	Attempt campaigns.AttemptID
	Number  phone.Number // that was called
}

const insertDecision = `
INSERT INTO decisions (contact, at, was, state, why, who, attempt)
VALUES ($1, $2, $3, $4, $5, $6, COALESCE((SELECT MAX(id) FROM attempts WHERE contact = $1), ''))`

// Decide settles by hand a contact whose state is unknown: to campaigns.Pending
// it is called again, as if that attempt had not been, for which a campaign that has finished runs again, and one
// that was stopped does not; any other state is final. The decision is recorded.
func (s *Store) Decide(ctx context.Context, d Decision) error {
	err := s.command(ctx, func(tx *txn) error {
		row, err := s.holdContact(ctx, tx, d.Contact)
		if err != nil {
			return err
		}
		if row.State != campaigns.Unknown {
			return fmt.Errorf("it is %s, and only what is unknown is decided by hand: %w", row.State, ErrNotAllowed)
		}
		if d.To == campaigns.Pending {
			if err = s.reopen(ctx, tx, row.Campaign); err != nil {
				return err
			}
			row.Attempts = max(row.Attempts-1, 0) // else it may have been the last
		}
		_, err = tx.ExecContext(ctx, insertDecision, d.Contact, ms(d.At), row.State, d.To, clean(d.Why), clean(d.Who))
		if err != nil {
			return fmt.Errorf("record the decision: %w", err)
		}
		return s.rest(ctx, tx, row, row.leave(d.To), d.At)
	})
	if err != nil {
		return fmt.Errorf("decide on contact %s: %w", d.Contact, err)
	}
	return nil
}

const decisionsOf = `
SELECT d.contact, d.state, d.why, d.who, d.at, d.attempt, COALESCE(a.number, c.number) AS number
FROM decisions d JOIN contacts c ON c.id = d.contact LEFT JOIN attempts a ON a.id = d.attempt
WHERE c.campaign = $1 ORDER BY d.at, d.contact`

// Decisions returns what was decided about a campaign's unknowns, oldest first.
func (s *Store) Decisions(ctx context.Context, id campaigns.ID) ([]Decision, error) {
	var rows []struct {
		Contact campaigns.ContactID
		State   campaigns.ContactState
		Why     string
		Who     string
		At      instant
		Attempt campaigns.AttemptID
		Number  phone.Number
	}
	if err := s.read.SelectContext(ctx, &rows, decisionsOf, id); err != nil {
		return nil, fmt.Errorf("list the decisions on campaign %s: %w", id, err)
	}
	list := make([]Decision, 0, len(rows))
	for _, r := range rows {
		list = append(list, Decision{
			Contact: r.Contact, To: r.State, Why: r.Why, Who: r.Who, At: r.At.Time, Attempt: r.Attempt, Number: r.Number,
		})
	}
	return list, nil
}

// reopen holds a campaign and has it run again where it had finished, as it does
// with contacts that are unknown. One that was stopped calls nobody any more.
func (s *Store) reopen(ctx context.Context, tx *txn, id campaigns.ID) error {
	row, err := s.holdCampaign(ctx, tx, id)
	if err != nil {
		return err
	}
	if row.State != campaigns.Finished {
		return s.open(ctx, tx, id)
	}
	row.State, row.EndedAt = campaigns.Running, instant{}
	if _, err := tx.NamedExecContext(ctx, updateCampaign, row); err != nil {
		return fmt.Errorf("have campaign %q run again: %w", row.Name, err)
	}
	return nil
}

// open holds a campaign, so that it does not end meanwhile, and makes sure that
// it has not ended.
func (s *Store) open(ctx context.Context, tx *txn, id campaigns.ID) error {
	row, err := s.holdCampaign(ctx, tx, id)
	if err != nil {
		return err
	}
	if row.State == campaigns.Stopped || row.State == campaigns.Finished {
		return fmt.Errorf("campaign %q is %s and calls nobody any more: %w", row.Name, row.State, ErrNotAllowed)
	}
	return nil
}
