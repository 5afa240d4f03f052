package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// refusals finds the entries about a customer, those lifted too.
const refusals = `
SELECT * FROM do_not_call WHERE number IN (?) AND number <> ''
UNION SELECT * FROM do_not_call WHERE list = ? AND key = ? AND key <> ''
ORDER BY at, number, campaign, source`

// refusalsOf reads all entries about a customer by numbers or key, oldest first.
func refusalsOf(ctx context.Context, tx *txn, numbers []phone.Number, list, key string) ([]DoNotCall, error) {
	query, args, err := sqlx.In(refusals, numbers, list, key)
	if err != nil {
		return nil, err
	}
	var rows []doNotCallRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("read the do-not-call list: %w", err)
	}
	return convert(rows, doNotCallRow.entry), nil
}

// refusal says why a customer must not be called by the contact's campaign. What
// holds for every campaign is named before what holds for this one.
func refusal(ctx context.Context, tx *txn, f facts) (string, error) {
	entries, err := refusalsOf(ctx, tx, f.numbers(), f.List, f.Key)
	if err != nil {
		return "", err
	}
	for _, campaign := range []campaigns.ID{"", f.Campaign} {
		for _, e := range entries {
			if e.Campaign == campaign && e.LiftedAt.IsZero() {
				return e.String(), nil
			}
		}
	}
	return "on the do-not-call list", nil
}

// String says why the entry is there, for people.
func (e DoNotCall) String() string {
	var b strings.Builder
	switch {
	case e.Source != "" && !e.AsOf.IsZero():
		fmt.Fprintf(&b, "on %s as of %s", e.Source, e.AsOf.UTC().Format(time.DateOnly))
	case e.Source != "":
		fmt.Fprintf(&b, "on %s", e.Source)
	default:
		b.WriteString("on the do-not-call list")
	}
	if e.Campaign != "" {
		b.WriteString(" of this campaign")
	}
	fmt.Fprintf(&b, " since %s", e.At.UTC().Format(time.DateOnly))
	if e.Why != "" {
		b.WriteString(": " + e.Why)
	}
	if e.By != "" {
		b.WriteString(" (by " + e.By + ")")
	}
	return b.String()
}
