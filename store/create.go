package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
	"careline/phone"
)

// CreateCampaign makes a draft of a definition whose flow and list are stored.
// The customers on the list become its contacts, and it keeps the flow's newest
// version: what is looked at and approved as a draft is what runs.
func (s *Store) CreateCampaign(
	ctx context.Context, d campaigns.Definition, now time.Time,
) (campaigns.Campaign, error) {
	row, err := s.draft(ctx, d, now)
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("create campaign %q: %w", d.Name, err)
	}
	err = s.command(ctx, func(tx *sqlx.Tx) error {
		if err = s.holdList(ctx, tx, row.List); err != nil {
			return err
		}
		if _, err = tx.NamedExecContext(ctx, insertCampaign, row); err != nil {
			return fmt.Errorf("insert the campaign: %w", err)
		}
		for _, n := range d.Shows() {
			if _, err = tx.ExecContext(ctx, insertNumber, row.ID, n); err != nil {
				return fmt.Errorf("insert a number that it shows: %w", err)
			}
		}
		return s.enrolList(ctx, tx, row, now)
	})
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("create campaign %q: %w", d.Name, err)
	}
	return row.campaign(), nil
}

const countList = `SELECT COUNT(*) FROM lists WHERE name = $1`

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

// enrolList makes contacts of all customers on a list.
func (s *Store) enrolList(ctx context.Context, tx *sqlx.Tx, row campaignRow, now time.Time) error {
	e := enrolment{s: s, campaign: row.ID, list: row.List, holdOut: row.Definition.v.HoldOut, due: now}
	for after := ""; ; {
		var page []struct {
			Key    string       `db:"key"`
			Number phone.Number `db:"number"`
		}
		if err := tx.SelectContext(ctx, &page, customersAfter, row.List, after, s.d.batch); err != nil {
			return fmt.Errorf("read list %q: %w", row.List, err)
		}
		if len(page) == 0 {
			return nil
		}
		customers := make([]campaigns.Customer, len(page))
		for i, c := range page {
			customers[i] = campaigns.Customer{Key: c.Key, Number: c.Number}
		}
		if _, err := e.enrol(ctx, tx, customers); err != nil {
			return err
		}
		after = page[len(page)-1].Key
	}
}
