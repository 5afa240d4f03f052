package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"careline/campaigns"
)

// enrolment makes contacts of customers in one campaign.
type enrolment struct {
	s        *Store
	campaign campaigns.ID
	list     string
	holdOut  float64
	due      time.Time
}

var insertContacts = bulk{
	into:     `contacts (id, campaign, list, key, number, state, due, fresh)`,
	types:    "ttttttii",
	conflict: `ON CONFLICT (campaign, key) DO NOTHING`,
}

// enrol makes contacts of those customers who are none yet, and returns how
// many. Those drawn for comparison are held out from the start.
func (e enrolment) enrol(ctx context.Context, tx *txn, customers []campaigns.Customer) (int, error) {
	rows := make([]any, 0, len(customers)*len(insertContacts.types))
	for _, c := range customers {
		state := campaigns.Pending
		if campaigns.IsHeldOut(c.Key, e.campaign, e.holdOut) {
			state = campaigns.HeldOut
		}
		rows = append(rows, e.s.o.NewID(), string(e.campaign), e.list, c.Key, string(c.Number), string(state), ms(e.due), int64(1))
	}
	n, err := e.s.insert(ctx, tx, insertContacts, rows)
	if err != nil {
		return 0, fmt.Errorf("enrol customers in campaign %s: %w", e.campaign, err)
	}
	return n, nil
}

// enrolled counts those of the customers who are contacts already.
func (e enrolment) enrolled(ctx context.Context, tx *txn, customers []campaigns.Customer) (int, error) {
	var n int
	text := `SELECT COUNT(*) FROM contacts WHERE campaign = $1 AND key` + e.s.d.among
	if err := tx.GetContext(ctx, &n, text, e.campaign, e.s.d.texts(keysOf(customers))); err != nil {
		return 0, fmt.Errorf("count contacts of campaign %s: %w", e.campaign, err)
	}
	return n, nil
}

// goOn holds the campaigns that an import has fed and has those run again that
// have finished meanwhile. One that was stopped takes no more contacts.
func (s *Store) goOn(ctx context.Context, tx *txn, fed []campaigns.ID) error {
	for _, id := range slices.Sorted(slices.Values(fed)) {
		if err := s.reopen(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// enrolments checks the campaigns that an import feeds; it holds none of them.
func (s *Store) enrolments(ctx context.Context, tx *txn, list string, o ImportOptions) ([]enrolment, error) {
	all := make([]enrolment, 0, len(o.Enrol))
	for _, id := range o.Enrol {
		var row campaignRow
		if err := tx.GetContext(ctx, &row, selectCampaign, id); err != nil {
			return nil, found(err, "find campaign %s", id)
		}
		switch {
		case row.List != list:
			return nil, fmt.Errorf("campaign %q calls list %q, not %q: %w", row.Name, row.List, list, ErrNotAllowed)
		case row.State == campaigns.Stopped, row.State == campaigns.Finished:
			return nil, fmt.Errorf("campaign %q is %s and takes no more contacts: create a new one: %w", row.Name, row.State, ErrNotAllowed)
		}
		all = append(all, enrolment{s: s, campaign: id, list: list, holdOut: row.Definition.v.HoldOut, due: o.Now})
	}
	return all, nil
}
