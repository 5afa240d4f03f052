package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

// Population is made-up contacts, as a measurement needs them.
type Population struct {
	Name     string // of the campaign and of its list
	Contacts int
	Retries  int // how many of them were called before, and are due again
	Now      time.Time
}

// populated is how many rows one transaction makes, and idDigits ends their ids.
const (
	populated = 20_000
	idDigits  = 12
)

// The rows of these statements are numbered from $1 to $2.
const (
	counting = `
WITH RECURSIVE numbers(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i < CAST($2 AS BIGINT))`
	populateCustomers = counting + `
INSERT INTO customers (list, key, number, name, language, segment, manager, zone, attributes, updated_at)
SELECT $3, 'c' || SUBSTR(CAST(1000000000 + i AS TEXT), 2), '+861' || SUBSTR(CAST(13000000000 + i AS TEXT), 2),
	'Customer', 'zh', 'gold', 'anna', '', '{"balance":"12.30","due":"2026-12-04"}', CAST($4 AS BIGINT) FROM numbers`
	populateContacts = counting + `
INSERT INTO contacts (id, campaign, list, key, number, state, due, fresh, attempts, ordinal, last)
SELECT $3 || SUBSTR(CAST(1000000000000 + i AS TEXT), 2), $4, $5, 'c' || SUBSTR(CAST(1000000000 + i AS TEXT), 2),
	'+861' || SUBSTR(CAST(13000000000 + i AS TEXT), 2), 'pending', CAST($6 AS BIGINT) - CASE WHEN i < $7 THEN 60000 - i % 60000 ELSE 0 END,
	CASE WHEN i < $7 THEN 0 ELSE 1 END, CASE WHEN i < $7 THEN 1 ELSE 0 END, CASE WHEN i < $7 THEN 1 ELSE 0 END,
	CASE WHEN i < $7 THEN 'busy' ELSE '' END FROM numbers`
)

// Populate makes a running campaign of made-up contacts, all of them due, and
// tells progress how many there are so far. It is for measurements: the numbers
// are nobody's, the flow is none, and the trunk is none.
func (s *Store) Populate(ctx context.Context, p Population, progress func(made int)) (campaigns.Campaign, error) {
	d := campaigns.Definition{Name: p.Name, List: p.Name, CallerID: "+8610"}.WithDefaults()
	row := campaignRow{
		ID: campaigns.ID(s.o.NewID()), Name: p.Name, List: p.Name, CallerID: d.CallerID,
		Definition: as(d), State: campaigns.Running, CreatedAt: at(p.Now),
	}
	err := s.tx(ctx, func(tx *txn) error {
		if _, err := tx.ExecContext(ctx, touchList, p.Name, ms(p.Now)); err != nil {
			return err
		}
		_, err := tx.NamedExecContext(ctx, insertCampaign, row)
		return err
	})
	for made := 0; err == nil && made < p.Contacts; made = min(made+populated, p.Contacts) {
		err = s.populate(ctx, row, p, made)
		progress(min(made+populated, p.Contacts))
	}
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("make up %d contacts: %w", p.Contacts, err)
	}
	return row.campaign(), nil
}

// populate makes some of the rows.
func (s *Store) populate(ctx context.Context, row campaignRow, p Population, made int) error {
	first, last := made, min(made+populated, p.Contacts)-1
	return s.tx(ctx, func(tx *txn) error {
		if _, err := tx.ExecContext(ctx, populateCustomers, first, last, p.Name, ms(p.Now)); err != nil {
			return err
		}
		prefix := string(row.ID[:len(row.ID)-idDigits])
		_, err := tx.ExecContext(ctx, populateContacts, first, last, prefix, row.ID, p.Name, ms(p.Now), p.Retries)
		return err
	})
}
