package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"careline/campaigns"
	"careline/phone"
)

// CreateCampaign makes a draft of a definition whose flow and list are stored.
// The customers on the list become its contacts, and it keeps the flow's newest
// version: what is looked at and approved as a draft is what runs.
func (s *Store) CreateCampaign(
	ctx context.Context, d campaigns.Definition, now time.Time,
) (campaigns.Campaign, error) {
	return s.CreateCampaignTold(ctx, d, now, func(int, int) {})
}

// CreateCampaignTold is CreateCampaign, and tells progress how many contacts of
// all there are so far. Of a long list they are made in small transactions, so
// that calls go on. The campaign is there as soon as all of them are, and not
// before; when that is broken off nothing is left.
func (s *Store) CreateCampaignTold(
	ctx context.Context, d campaigns.Definition, now time.Time, progress func(made, all int),
) (campaigns.Campaign, error) {
	row, err := s.draft(ctx, d, now)
	if err == nil {
		err = s.create(ctx, row, d, now, progress)
	}
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("create campaign %q: %w", d.Name, err)
	}
	return row.campaign(), nil
}

const countCustomers = `SELECT COUNT(*) FROM customers WHERE list = $1 AND withdrawn_at = 0`

func (s *Store) create(
	ctx context.Context, row campaignRow, d campaigns.Definition, now time.Time, progress func(made, all int),
) error {
	var all int
	if err := s.read.GetContext(ctx, &all, countCustomers, row.List); err != nil {
		return fmt.Errorf("count list %q: %w", row.List, err)
	}
	made := making{s: s, e: enrolment{s: s, campaign: row.ID, list: row.List, holdOut: row.Definition.v.HoldOut, due: now}}
	if all <= s.d.batch || s.memory != nil {
		return s.command(ctx, func(tx *txn) error {
			made.after = ""
			for {
				switch more, err := made.page(ctx, tx); {
				case err != nil:
					return err
				case !more:
					return s.insertDraft(ctx, tx, row, d)
				}
			}
		})
	}
	return s.createStaged(ctx, row, d, &made, func(n int) { progress(n, all) })
}

// createStaged makes contacts of a campaign that is not there yet.
func (s *Store) createStaged(
	ctx context.Context, row campaignRow, d campaigns.Definition, m *making, progress func(made int),
) error {
	if err := s.tidyUp(ctx); err != nil {
		return err
	}
	st, err := s.stage(ctx, staged{ID: string(row.ID), List: row.List, Campaign: row.ID, At: row.CreatedAt})
	for more := err == nil; more && err == nil; progress(m.made) {
		was := *m
		err = s.small(ctx, func(tx *txn) (err error) {
			*m = was
			if more, err = m.page(ctx, tx); err != nil {
				return err
			}
			return st.beat(ctx, tx)
		})
	}
	if err == nil {
		err = s.command(ctx, func(tx *txn) error {
			switch n, failed := exec(ctx, tx, deleteStaged, st.ID); {
			case failed != nil:
				return failed
			case n == 0:
				return errTaken
			}
			return s.insertDraft(ctx, tx, row, d)
		})
	}
	if err != nil {
		return errors.Join(err, s.discard(ctx, st))
	}
	return nil
}

func (s *Store) insertDraft(ctx context.Context, tx *txn, row campaignRow, d campaigns.Definition) error {
	if _, err := tx.NamedExecContext(ctx, insertCampaign, row); err != nil {
		return fmt.Errorf("insert the campaign: %w", err)
	}
	for _, n := range d.Shows() {
		if _, err := tx.ExecContext(ctx, insertNumber, row.ID, n); err != nil {
			return fmt.Errorf("insert a number that it shows: %w", err)
		}
	}
	return nil
}

const (
	countList    = `SELECT COUNT(*) FROM lists WHERE name = $1`
	countDecided = `SELECT COUNT(*) FROM imports WHERE list = $1 AND decided = 1`
)

// draft checks what a definition names.
func (s *Store) draft(ctx context.Context, d campaigns.Definition, now time.Time) (row campaignRow, err error) {
	hash, err := s.NewestFlow(ctx, d.Flow)
	if err != nil {
		return row, err
	}
	var lists int
	if err = s.read.GetContext(ctx, &lists, countList, d.List); err != nil {
		return row, fmt.Errorf("find list %q: %w", d.List, err)
	}
	if lists == 0 {
		return row, fmt.Errorf("list %q: %w: import it first", d.List, ErrNotFound)
	}
	var under int
	if err = s.read.GetContext(ctx, &under, countDecided, d.List); err != nil {
		return row, fmt.Errorf("look at list %q: %w", d.List, err)
	}
	if under > 0 {
		return row, fmt.Errorf("list %q is being imported into: try again when that is done: %w", d.List, ErrNotAllowed)
	}
	switch _, err = s.CampaignNamed(ctx, d.Name); {
	case err == nil:
		return row, fmt.Errorf("a campaign of that name %w", ErrExists)
	case !errors.Is(err, ErrNotFound):
		return row, err
	}
	return campaignRow{
		ID: campaigns.ID(s.o.NewID()), Name: d.Name, List: d.List, CallerID: d.CallerID,
		Definition: as(d), FlowHash: hash, State: campaigns.Draft, CreatedAt: at(now),
	}, nil
}

const (
	insertCampaign = `
INSERT INTO campaigns (id, name, list, caller_id, definition, flow_hash, state, created_at)
VALUES (:id, :name, :list, :caller_id, :definition, :flow_hash, :state, :created_at)`
	insertNumber   = `INSERT INTO campaign_numbers (campaign, number) VALUES ($1, $2)`
	customersAfter = `
SELECT key, number FROM customers WHERE list = $1 AND key > $2 AND withdrawn_at = 0 ORDER BY key LIMIT $3`
)

// making makes contacts of all customers on a list, page by page.
type making struct {
	s     *Store
	e     enrolment
	after string // the key of the last one
	made  int
}

// page makes contacts of some customers, and tells whether there were any.
func (m *making) page(ctx context.Context, tx *txn) (more bool, err error) {
	var page []struct {
		Key    string       `db:"key"`
		Number phone.Number `db:"number"`
	}
	if err := m.s.holdList(ctx, tx, m.e.list); err != nil {
		return false, err
	}
	if err := tx.SelectContext(ctx, &page, customersAfter, m.e.list, m.after, m.s.d.batch); err != nil {
		return false, fmt.Errorf("read list %q: %w", m.e.list, err)
	}
	if len(page) == 0 {
		return false, nil
	}
	customers := make([]campaigns.Customer, len(page))
	for i, c := range page {
		customers[i] = campaigns.Customer{Key: c.Key, Number: c.Number}
	}
	if _, err := m.e.enrol(ctx, tx, customers); err != nil {
		return false, err
	}
	m.after = page[len(page)-1].Key
	m.made += len(page)
	return true, nil
}
