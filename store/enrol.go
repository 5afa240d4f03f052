package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// enrolment makes contacts of customers in one campaign.
type enrolment struct {
	newID    func() string
	campaign campaigns.ID
	list     string
	holdOut  float64
	due      time.Time
}

// newContact is a contact before its first attempt.
type newContact struct {
	ID       string                 `db:"id"`
	Campaign campaigns.ID           `db:"campaign"`
	List     string                 `db:"list"`
	Key      string                 `db:"key"`
	Number   phone.Number           `db:"number"`
	State    campaigns.ContactState `db:"state"`
	Due      instant                `db:"due"`
}

const insertContact = `
INSERT INTO contacts (id, campaign, list, key, number, state, due, fresh)
VALUES (:id, :campaign, :list, :key, :number, :state, :due, 1)
ON CONFLICT (campaign, key) DO NOTHING`

// enrol makes contacts of those customers who are none yet, and returns how
// many. Those drawn for comparison are held out from the start.
func (e enrolment) enrol(ctx context.Context, tx *sqlx.Tx, customers []campaigns.Customer) (int, error) {
	rows := make([]newContact, len(customers))
	for i, c := range customers {
		rows[i] = newContact{
			ID: e.newID(), Campaign: e.campaign, List: e.list,
			Key: c.Key, Number: c.Number, State: campaigns.Pending, Due: at(e.due),
		}
		if campaigns.IsHeldOut(c.Key, e.campaign, e.holdOut) {
			rows[i].State = campaigns.HeldOut
		}
	}
	res, err := tx.NamedExecContext(ctx, insertContact, rows)
	if err != nil {
		return 0, fmt.Errorf("enrol customers in campaign %s: %w", e.campaign, err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// enrolments holds the campaigns that an import feeds, so that none of them
// finishes meanwhile.
func (s *Store) enrolments(ctx context.Context, tx *sqlx.Tx, list string, o ImportOptions) ([]enrolment, error) {
	all := make([]enrolment, 0, len(o.Enrol))
	for _, id := range o.Enrol {
		row, err := s.holdCampaign(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		switch {
		case row.List != list:
			return nil, fmt.Errorf("campaign %q calls list %q, not %q: %w", row.Name, row.List, list, ErrNotAllowed)
		case row.State == campaigns.Stopped, row.State == campaigns.Finished:
			return nil, fmt.Errorf("campaign %q is %s and takes no more contacts: create a new one: %w", row.Name, row.State, ErrNotAllowed)
		}
		all = append(all, enrolment{newID: s.o.NewID, campaign: id, list: list, holdOut: row.Definition.v.HoldOut, due: o.Now})
	}
	return all, nil
}
