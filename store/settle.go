package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// updateContact has a contact that is to be called again follow a number that
// was changed while a call with it was in progress.
const updateContact = `
UPDATE contacts SET state = :state,
	number = CASE WHEN :state <> 'pending' THEN number WHEN EXISTS (
		SELECT 1 FROM customer_numbers n WHERE n.list = contacts.list AND n.key = contacts.key AND n.number = :next
	) THEN :next ELSE (SELECT number FROM customers WHERE list = contacts.list AND key = contacts.key) END,
	due = :due, attempts = :attempts, faults = :faults, last = :last,
	claimed_by = :claimed_by, holder = :holder, prior = :prior, callback = :callback, leaving = :leaving
WHERE id = :id`

// settle writes what becomes of a contact after an attempt on it, or its own
// call, has ended as disp. The attempt has been added to row.
func (s *Store) settle(
	ctx context.Context, tx *txn, row contactRow, disp campaigns.Disposition, now time.Time,
) error {
	d, err := s.definitionOf(ctx, tx, row)
	if err != nil {
		return err
	}
	var results map[string]string
	if disp == campaigns.Answered || disp == campaigns.MetMachine { // no other end asks for them
		if results, err = resultsOf(ctx, tx, row.Campaign, row.ID); err != nil {
			return err
		}
	}
	c := row.contact()
	c.State = campaigns.Dialing
	if len(c.Others) > 0 {
		if c.Tried, err = triedOf(ctx, tx, row.ID); err != nil {
			return err
		}
	}
	to := campaigns.Settle(d, c, disp, results, now)
	row.Next = to.Number
	return s.rest(ctx, tx, row, row.leave(to.State), to.Due)
}

const selectTried = `
SELECT number, SUM(CASE WHEN disposition IN ('', 'congestion', 'not_placed', 'failed') THEN 0 ELSE 1 END) AS attempts,
	MAX(CASE disposition WHEN 'invalid_number' THEN 1 ELSE 0 END) AS bad
FROM attempts WHERE contact = $1 GROUP BY number`

// triedOf reads from the ledger what became of attempts on a contact, by number.
func triedOf(ctx context.Context, tx *txn, id campaigns.ContactID) (map[phone.Number]campaigns.Tried, error) {
	var rows []struct {
		Number   phone.Number `db:"number"`
		Attempts int          `db:"attempts"`
		Bad      int          `db:"bad"`
	}
	if err := tx.SelectContext(ctx, &rows, selectTried, id); err != nil {
		return nil, fmt.Errorf("read the attempts on contact %s: %w", id, err)
	}
	tried := make(map[phone.Number]campaigns.Tried, len(rows))
	for _, r := range rows {
		tried[r.Number] = campaigns.Tried{Attempts: r.Attempts, Bad: r.Bad > 0}
	}
	return tried, nil
}

// leave is the state that a contact takes that was to be something else: what
// it asked for, or was withdrawn to, while a call with it was in progress.
func (r contactRow) leave(to campaigns.ContactState) campaigns.ContactState {
	switch {
	case r.Leaving == "":
		return to
	case to == campaigns.Pending, to == campaigns.Partial && r.Leaving == campaigns.Suppressed:
		return r.Leaving
	default:
		return to
	}
}

// rest puts a contact down in a state, in nobody's hands.
func (s *Store) rest(
	ctx context.Context, tx *txn, row contactRow, to campaigns.ContactState, due time.Time,
) error {
	row.State, row.Due = to, at(due)
	row.ClaimedBy, row.Holder, row.Prior, row.Callback = "", "", "", ""
	if to != campaigns.Pending {
		row.Leaving = ""
	}
	if _, err := named(ctx, tx, updateContact, row); err != nil {
		return fmt.Errorf("settle contact %s: %w", row.ID, err)
	}
	return nil
}

// after returns the row with an ended attempt added.
func (r contactRow) after(disp campaigns.Disposition) contactRow {
	c := r.contact().After(disp)
	r.Attempts, r.Faults, r.Last = c.Attempts, c.Faults, c.Last
	return r
}

const selectDefinition = `SELECT definition FROM campaigns WHERE id = $1`

// definition reads a campaign's definition.
func (s *Store) definition(ctx context.Context, tx *txn, id campaigns.ID) (campaigns.Definition, error) {
	var text string
	if err := tx.GetContext(ctx, &text, selectDefinition, id); err != nil {
		return campaigns.Definition{}, found(err, "find campaign %s", id)
	}
	return s.understood(id, text)
}

// definitionOf is the definition of a contact's campaign.
func (s *Store) definitionOf(ctx context.Context, tx *txn, c contactRow) (campaigns.Definition, error) {
	if c.Definition == "" {
		return s.definition(ctx, tx, c.Campaign)
	}
	return s.understood(c.Campaign, c.Definition)
}

// understood is a definition of which the text was read; that is worked out once.
func (s *Store) understood(id campaigns.ID, text string) (campaigns.Definition, error) {
	t := s.termsOf(id)
	if t.text == text {
		return t.definition, nil
	}
	t, err := s.workOut(id, text)
	return t.definition, err
}

// latestAnswers are those that no later call of the contact has replaced.
const latestAnswers = `
SELECT result, value FROM answers a WHERE campaign = $1 AND contact = $2 AND NOT EXISTS (
	SELECT 1 FROM answers b WHERE b.campaign = a.campaign AND b.contact = a.contact AND b.result = a.result
	AND (b.at > a.at OR b.at = a.at AND b.call_id > a.call_id))`

// resultsOf reads what a contact has answered, in all its calls.
func resultsOf(
	ctx context.Context, tx *txn, campaign campaigns.ID, contact campaigns.ContactID,
) (map[string]string, error) {
	var rows []struct{ Result, Value string }
	if err := tx.SelectContext(ctx, &rows, latestAnswers, campaign, contact); err != nil {
		return nil, fmt.Errorf("read the answers of contact %s: %w", contact, err)
	}
	results := make(map[string]string, len(rows))
	for _, r := range rows {
		results[r.Result] = r.Value
	}
	return results, nil
}
