package store

import (
	"context"
	"fmt"
	"time"

	"careline/campaigns"
)

const (
	updateDefinition = `UPDATE campaigns SET definition = $2 WHERE id = $1`
	insertMode       = `
INSERT INTO modes (campaign, at, was, mode, queue, ratio, who) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectModes = `SELECT at, was, mode, queue, ratio, who FROM modes WHERE campaign = $1 ORDER BY at`
)

// SwitchMode changes the mode of a campaign that has not ended, and records who
// did so. Calls in progress end as they began.
func (s *Store) SwitchMode(ctx context.Context, id campaigns.ID, to campaigns.Switch, now time.Time) (campaigns.Campaign, error) {
	var row campaignRow
	err := s.command(ctx, func(tx *txn) error {
		err := s.open(ctx, tx, id)
		if err != nil {
			return err
		}
		if row, err = s.holdCampaign(ctx, tx, id); err != nil {
			return err
		}
		was := row.Definition.v.Mode
		row.Definition = as(to.Apply(row.Definition.v))
		d := row.Definition.v
		if _, err = tx.ExecContext(ctx, updateDefinition, id, row.Definition); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertMode, id, ms(now), was, d.Mode, d.Queue, d.Ratio, clean(to.Who))
		return err
	})
	if err != nil {
		return campaigns.Campaign{}, fmt.Errorf("switch the mode of campaign %s: %w", id, err)
	}
	return row.campaign(), nil
}

// Switches lists the changes of a campaign's mode, the oldest first.
func (s *Store) Switches(ctx context.Context, id campaigns.ID) ([]campaigns.Switch, error) {
	var rows []struct {
		At    instant        `db:"at"`
		Was   campaigns.Mode `db:"was"`
		Mode  campaigns.Mode `db:"mode"`
		Queue string         `db:"queue"`
		Ratio float64        `db:"ratio"`
		Who   string         `db:"who"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectModes, id); err != nil {
		return nil, fmt.Errorf("list the modes of campaign %s: %w", id, err)
	}
	list := make([]campaigns.Switch, len(rows))
	for i, r := range rows {
		list[i] = campaigns.Switch{Was: r.Was, Mode: r.Mode, Queue: r.Queue, Ratio: r.Ratio, Who: r.Who, At: r.At.Time}
	}
	return list, nil
}
