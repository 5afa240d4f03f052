package store

import (
	"context"
	"fmt"
	"time"

	"careline/call"
)

// NodeBan is a ban as a node keeps it.
type NodeBan struct {
	call.Ban
	Node string
}

// banRow is a ban as the tables hold it.
type banRow struct {
	Node     string  `db:"node"`
	Source   string  `db:"source"`
	Since    instant `db:"since"`
	Until    instant `db:"until"`
	LiftedAt instant `db:"lifted_at"`
}

func (r banRow) ban() call.Ban {
	return call.Ban{Source: r.Source, Since: r.Since.Time, Until: r.Until.Time}
}

const (
	upsertBan = `
INSERT INTO bans (node, source, since, until) VALUES (:node, :source, :since, :until)
ON CONFLICT (node, source) DO UPDATE SET since = excluded.since, until = excluded.until, lifted_at = 0`
	trimBans   = `DELETE FROM bans WHERE until <= $1`
	nodeBans   = `SELECT * FROM bans WHERE node = $1 AND until > $2 AND lifted_at = 0 ORDER BY since, source`
	allBans    = `SELECT * FROM bans WHERE until > $1 AND lifted_at = 0 ORDER BY since, node, source`
	liftBan    = `UPDATE bans SET lifted_at = $2 WHERE source = $1 AND until > $2 AND lifted_at = 0`
	liftedBans = `SELECT source FROM bans WHERE node = $1 AND lifted_at > 0 ORDER BY source`
	deleteBan  = `DELETE FROM bans WHERE node = $1 AND source = $2 AND lifted_at > 0`
)

// SaveBan keeps a ban of this node over a restart, and for others to see.
func (s *Store) SaveBan(ctx context.Context, b call.Ban) error {
	err := s.tx(ctx, func(tx *txn) error {
		if _, err := tx.ExecContext(ctx, trimBans, ms(b.Since)); err != nil {
			return err
		}
		_, err := tx.NamedExecContext(ctx, upsertBan, banRow{Node: s.ownNode(), Source: b.Source, Since: at(b.Since), Until: at(b.Until)})
		return err
	})
	if err != nil {
		return fmt.Errorf("save the ban of %s: %w", b.Source, err)
	}
	return nil
}

// LoadBans returns the bans of this node that are not over, oldest first.
func (s *Store) LoadBans(ctx context.Context, now time.Time) ([]call.Ban, error) {
	var rows []banRow
	if err := s.read.SelectContext(ctx, &rows, nodeBans, s.ownNode(), ms(now)); err != nil {
		return nil, fmt.Errorf("load bans: %w", err)
	}
	return convert(rows, banRow.ban), nil
}

// LiftedBans returns the sources of this node that are to be heard again, each
// once.
func (s *Store) LiftedBans(ctx context.Context) ([]string, error) {
	var sources []string
	if err := s.read.SelectContext(ctx, &sources, liftedBans, s.ownNode()); err != nil {
		return nil, fmt.Errorf("look for bans that are lifted: %w", err)
	}
	if len(sources) == 0 {
		return nil, nil
	}
	err := s.tx(ctx, func(tx *txn) error {
		for _, source := range sources {
			if _, err := tx.ExecContext(ctx, deleteBan, s.ownNode(), source); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lift bans: %w", err)
	}
	return sources, nil
}

// Bans lists the bans of all nodes that are not over, oldest first.
func (s *Store) Bans(ctx context.Context, now time.Time) ([]NodeBan, error) {
	var rows []banRow
	if err := s.read.SelectContext(ctx, &rows, allBans, ms(now)); err != nil {
		return nil, fmt.Errorf("list bans: %w", err)
	}
	return convert(rows, func(r banRow) NodeBan { return NodeBan{Ban: r.ban(), Node: r.Node} }), nil
}

// LiftBan has all nodes hear a source again, and reports whether one did not.
func (s *Store) LiftBan(ctx context.Context, source string, now time.Time) (was bool, err error) {
	err = s.tx(ctx, func(tx *txn) error {
		res, bad := tx.ExecContext(ctx, liftBan, source, ms(now))
		if bad != nil {
			return bad
		}
		n, bad := res.RowsAffected()
		if was = n > 0; bad != nil || !was {
			return bad
		}
		return raise(ctx, tx, call.Alarm{Kind: call.AlarmBan, Subject: source, At: now})
	})
	if err != nil {
		return false, fmt.Errorf("lift the ban of %s: %w", source, err)
	}
	return was, nil
}
