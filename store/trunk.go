package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Trunk is a trunk of a node as it stood when that last changed.
type Trunk struct {
	Node       string
	Name       string
	Up         bool
	Why        string // it is down; empty while up
	Since      time.Time
	Registered time.Time // until when, at the carrier; zero: it is not
	NotedAt    time.Time
	Calls      int  // of campaigns, placed by it and not over
	Stale      bool // the node does not run any more, so that this says nothing of now
}

// trunkRow is a trunk as the tables hold it.
type trunkRow struct {
	Node       string  `db:"node"`
	Name       string  `db:"name"`
	Up         int     `db:"up"`
	Why        string  `db:"why"`
	Since      instant `db:"since"`
	Registered instant `db:"registered"`
	NotedAt    instant `db:"noted_at"`
	Leased     bool    `db:"leased"`
	Calls      int     `db:"calls"`
}

func (r trunkRow) trunk() Trunk {
	return Trunk{
		Node: r.Node, Name: r.Name, Up: r.Up != 0, Why: r.Why, Since: r.Since.Time,
		Registered: r.Registered.Time, NotedAt: r.NotedAt.Time, Calls: r.Calls, Stale: !r.Leased,
	}
}

const (
	upsertTrunk = `
INSERT INTO trunks (node, name, up, why, since, registered, noted_at)
VALUES (:node, :name, :up, :why, :since, :registered, :noted_at)
ON CONFLICT (node, name) DO UPDATE SET up = excluded.up, why = excluded.why, since = excluded.since,
	registered = excluded.registered, noted_at = excluded.noted_at`
	selectTrunks = `
SELECT t.*, EXISTS (SELECT 1 FROM nodes n WHERE n.name = t.node AND n.lease_until >= $1) AS leased,
	(SELECT COUNT(*) FROM attempts a WHERE a.ended_at = 0 AND a.node = t.node AND a.trunk = t.name) AS calls
FROM trunks t ORDER BY t.node, t.name`
	nodesTrunks = `SELECT name FROM trunks WHERE node = $1`
	deleteTrunk = `DELETE FROM trunks WHERE node = $1 AND name = $2`
)

// SaveTrunk notes how a trunk of a node stands.
func (s *Store) SaveTrunk(ctx context.Context, t Trunk, now time.Time) error {
	row := trunkRow{Node: t.Node, Name: t.Name, Why: t.Why, Since: at(t.Since), Registered: at(t.Registered), NotedAt: at(now)}
	if t.Up {
		row.Up = 1
	}
	err := s.tx(ctx, func(tx *txn) error {
		_, err := tx.NamedExecContext(ctx, upsertTrunk, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("note how trunk %s stands: %w", t.Name, err)
	}
	return nil
}

// KeepTrunks forgets the trunks of a node that are not among those named.
func (s *Store) KeepTrunks(ctx context.Context, node string, names []string) error {
	err := s.tx(ctx, func(tx *txn) error {
		var known []string
		if err := tx.SelectContext(ctx, &known, nodesTrunks, node); err != nil {
			return err
		}
		for _, name := range known {
			if slices.Contains(names, name) {
				continue
			}
			if _, err := tx.ExecContext(ctx, deleteTrunk, node, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget trunks of node %s: %w", node, err)
	}
	return nil
}

// Trunks lists the trunks of all nodes as they stand at now, as far as is known.
func (s *Store) Trunks(ctx context.Context, now time.Time) ([]Trunk, error) {
	var rows []trunkRow
	if err := s.read.SelectContext(ctx, &rows, selectTrunks, ms(now)); err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	return convert(rows, trunkRow.trunk), nil
}
