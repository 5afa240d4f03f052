package store

import (
	"context"
	"fmt"

	"careline/campaigns"
	"careline/phone"
)

// campaignRow is a campaign as the tables hold it.
type campaignRow struct {
	ID         campaigns.ID              `db:"id"`
	Name       string                    `db:"name"`
	List       string                    `db:"list"`
	CallerID   phone.Number              `db:"caller_id"`
	Definition doc[campaigns.Definition] `db:"definition"`
	FlowHash   string                    `db:"flow_hash"`
	State      campaigns.State           `db:"state"`
	CreatedAt  instant                   `db:"created_at"`
	StartedAt  instant                   `db:"started_at"`
	EndedAt    instant                   `db:"ended_at"`
}

func (r campaignRow) campaign() campaigns.Campaign {
	return campaigns.Campaign{
		ID: r.ID, Definition: r.Definition.v, FlowHash: r.FlowHash, State: r.State,
		CreatedAt: r.CreatedAt.Time, StartedAt: r.StartedAt.Time, EndedAt: r.EndedAt.Time,
	}
}

const (
	selectCampaign   = `SELECT * FROM campaigns WHERE id = $1`
	selectByName     = `SELECT * FROM campaigns WHERE name = $1`
	selectCampaigns  = `SELECT * FROM campaigns ORDER BY created_at, id`
	runningCampaigns = `
SELECT * FROM campaigns WHERE state = 'running' AND NOT EXISTS (SELECT 1 FROM switches WHERE name = 'stop')
ORDER BY started_at, id`
)

// Campaign returns one campaign, or ErrNotFound.
func (s *Store) Campaign(ctx context.Context, id campaigns.ID) (campaigns.Campaign, error) {
	var row campaignRow
	err := s.read.GetContext(ctx, &row, selectCampaign, id)
	return row.campaign(), found(err, "find campaign %s", id)
}

// CampaignNamed returns the campaign of that name, or ErrNotFound.
func (s *Store) CampaignNamed(ctx context.Context, name string) (campaigns.Campaign, error) {
	var row campaignRow
	err := s.read.GetContext(ctx, &row, selectByName, name)
	return row.campaign(), found(err, "find campaign %q", name)
}

// Campaigns returns all campaigns, oldest first.
func (s *Store) Campaigns(ctx context.Context) ([]campaigns.Campaign, error) {
	return s.campaigns(ctx, selectCampaigns)
}

// Running lists the campaigns that shall be dialed: none while all are stopped.
func (s *Store) Running(ctx context.Context) ([]campaigns.Campaign, error) {
	return s.campaigns(ctx, runningCampaigns)
}

func (s *Store) campaigns(ctx context.Context, text string) ([]campaigns.Campaign, error) {
	var rows []campaignRow
	if err := s.read.SelectContext(ctx, &rows, text); err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return convert(rows, campaignRow.campaign), nil
}

// holdCampaign reads a campaign and holds it until the transaction ends.
func (s *Store) holdCampaign(ctx context.Context, tx *txn, id campaigns.ID) (campaignRow, error) {
	var row campaignRow
	err := tx.GetContext(ctx, &row, selectCampaign+s.d.forUpdate, id)
	return row, found(err, "find campaign %s", id)
}
