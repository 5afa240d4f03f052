package store

import (
	"context"
	"fmt"

	"careline/campaigns"
)

// reached are the contacts with whom a person has talked, or an agent says so.
const reached = `
	SELECT contact FROM attempts WHERE campaign = $1 AND answered_at > 0 AND party <> 'machine'
	UNION SELECT contact FROM calls WHERE campaign = $1 AND answered_at > 0 AND direction = 'inbound'
	UNION SELECT contact FROM previews WHERE campaign = $1 AND result = 'answered'`

const (
	silentContacts = `
SELECT c.state, CASE WHEN r.contact IS NULL THEN 0 ELSE 1 END AS reached, COUNT(*) AS n
FROM contacts c LEFT JOIN (` + reached + `) r ON r.contact = c.id
WHERE c.campaign = $1 AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.campaign = $1 AND a.contact = c.id)
GROUP BY 1, 2`

	contactAnswers = `
SELECT c.id, c.state, a.result, a.value,
	CASE WHEN r.contact IS NULL AND EXISTS (SELECT 1 FROM attempts t WHERE t.id = a.call_id AND t.party = 'machine')
		THEN 0 ELSE 1 END AS reached
FROM answers a JOIN contacts c ON c.id = a.contact LEFT JOIN (` + reached + `) r ON r.contact = c.id
WHERE a.campaign = $1 AND NOT EXISTS (
	SELECT 1 FROM answers b WHERE b.campaign = a.campaign AND b.contact = a.contact AND b.result = a.result
	AND (b.at > a.at OR b.at = a.at AND b.call_id > a.call_id))
ORDER BY a.contact`

	dispositions = `SELECT disposition, COUNT(*) AS n FROM attempts WHERE campaign = $1 GROUP BY 1`
)

// Funnel counts a campaign from its contacts, attempts, calls and answers, all
// at one moment.
func (s *Store) Funnel(ctx context.Context, id campaigns.ID) (campaigns.Funnel, error) {
	f := campaigns.NewFunnel()
	err := s.snapshot(ctx, func(tx *txn) error {
		d, err := s.definition(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := addSilent(ctx, tx, id, d, f); err != nil {
			return err
		}
		if err := addAnswering(ctx, tx, id, d, f); err != nil {
			return err
		}
		return addAttempts(ctx, tx, id, f)
	})
	if err != nil {
		return campaigns.Funnel{}, fmt.Errorf("count campaign %s: %w", id, err)
	}
	return *f, nil
}

// addSilent counts the contacts that have answered nothing.
func addSilent(ctx context.Context, tx *txn, id campaigns.ID, d campaigns.Definition, f *campaigns.Funnel) error {
	var groups []struct {
		State   campaigns.ContactState `db:"state"`
		Reached int                    `db:"reached"`
		N       int                    `db:"n"`
	}
	if err := tx.SelectContext(ctx, &groups, silentContacts, id); err != nil {
		return fmt.Errorf("count contacts: %w", err)
	}
	for _, g := range groups {
		for range g.N {
			f.AddContact(d, g.State, g.Reached == 1, nil)
		}
	}
	return nil
}

// addAnswering counts the contacts that have answered something, by their
// latest answers.
func addAnswering(ctx context.Context, tx *txn, id campaigns.ID, d campaigns.Definition, f *campaigns.Funnel) error {
	rows, err := tx.QueryxContext(ctx, contactAnswers, id)
	if err != nil {
		return fmt.Errorf("count answers: %w", err)
	}
	defer rows.Close()
	var contact campaigns.ContactID
	var state campaigns.ContactState
	var met bool
	results := map[string]string{}
	for rows.Next() {
		var r struct {
			ID            campaigns.ContactID
			State         campaigns.ContactState
			Result, Value string
			Reached       int
		}
		if err := rows.StructScan(&r); err != nil {
			return fmt.Errorf("count answers: %w", err)
		}
		if r.ID != contact && contact != "" {
			f.AddContact(d, state, met, results)
			clear(results)
			met = false
		}
		contact, state, met = r.ID, r.State, met || r.Reached == 1
		results[r.Result] = r.Value
	}
	if contact != "" {
		f.AddContact(d, state, met, results)
	}
	return rows.Err()
}

// addAttempts counts the ledger.
func addAttempts(ctx context.Context, tx *txn, id campaigns.ID, f *campaigns.Funnel) error {
	var groups []struct {
		Disposition campaigns.Disposition `db:"disposition"`
		N           int                   `db:"n"`
	}
	if err := tx.SelectContext(ctx, &groups, dispositions, id); err != nil {
		return fmt.Errorf("count attempts: %w", err)
	}
	for _, g := range groups {
		f.AddAttempts(g.Disposition, g.N)
	}
	return nil
}
