package store

import (
	"context"
	"fmt"
	"strings"

	"careline/campaigns"
	"careline/phone"
)

const (
	contactsByKey = contactColumns + `WHERE c.campaign = $1 AND c.key = $2`

	contactsByAnyNumber = contactColumns + `
WHERE c.campaign = $1 AND c.key IN (SELECT key FROM customer_numbers WHERE number = $2)
	AND EXISTS (SELECT 1 FROM customer_numbers n WHERE n.number = $2 AND n.list = c.list AND n.key = c.key)
ORDER BY c.key`

	contactsByName = contactColumns + `
WHERE c.campaign = $1 AND LOWER(u.name) LIKE $2 ESCAPE '!' ORDER BY c.key LIMIT $3`
)

// FindContacts returns a campaign's contacts that somebody may mean: the one with
// that key, else those of whom one of all numbers is number, which may be empty,
// else at most limit of those whose name has the text in it.
func (s *Store) FindContacts(
	ctx context.Context, id campaigns.ID, text string, number phone.Number, limit int,
) ([]campaigns.Contact, error) {
	fragment := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(text)) + "%"
	for _, q := range []struct {
		text string
		args []any
	}{
		{contactsByKey, []any{id, text}},
		{contactsByAnyNumber, []any{id, number}},
		{contactsByName, []any{id, fragment, limit}},
	} {
		var rows []contactRow
		if err := s.read.SelectContext(ctx, &rows, q.text, q.args...); err != nil {
			return nil, fmt.Errorf("find a contact of campaign %s: %w", id, err)
		}
		if len(rows) > 0 {
			return convert(rows, contactRow.contact), nil
		}
	}
	return nil, nil
}
