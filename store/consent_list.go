package store

import (
	"context"
	"fmt"
	"iter"

	"careline/phone"
)

const consentsAfter = `
SELECT * FROM consents
WHERE (number, list, key, channel, at, level) > ($1, $2, $3, $4, $5, $6) AND $7 IN ('', number)
	AND ($8 = '' OR list = $8 AND $9 IN ('', key))
ORDER BY number, list, key, channel, at, level LIMIT $10`

// Consents goes through the consents of a number, or of a list's customers or one
// of them; of all where nothing is named. Those that were ended are among them.
func (s *Store) Consents(ctx context.Context, n phone.Number, list, key string) iter.Seq2[Consent, error] {
	return pages(func(after *consentRow) ([]consentRow, error) {
		var rows []consentRow
		err := s.read.SelectContext(ctx, &rows, consentsAfter, after.Number, after.List, after.Key, after.Channel,
			ms(after.At.Time), after.Level, n, list, key, pageSize)
		if err != nil {
			return nil, fmt.Errorf("read the consents: %w", err)
		}
		return rows, nil
	}, consentRow.consent)
}
