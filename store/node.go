package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// nodeRow is a node's lease.
type nodeRow struct {
	Name       string  `db:"name"`
	Owner      string  `db:"owner"`
	Host       string  `db:"host"`
	PID        int     `db:"pid"`
	RegainedAt instant `db:"regained_at"`
	LeaseUntil instant `db:"lease_until"`
	Agents     int     `db:"agents"` // 1: agents are configured there
}

const (
	selectNode = `SELECT * FROM nodes WHERE name = $1`
	upsertNode = `
INSERT INTO nodes (name, owner, host, pid, regained_at, lease_until, agents)
VALUES (:name, :owner, :host, :pid, :regained_at, :lease_until, :agents)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, host = excluded.host, pid = excluded.pid,
	regained_at = excluded.regained_at, lease_until = excluded.lease_until, agents = excluded.agents`
)

// Renew extends the node's lease and returns how far the node's clock is ahead
// of the database's. Claims of nodes whose lease is over are given back, and
// those of this node that were never confirmed. When a live process has the name
// the error is a *NodeTakenError; a run with agents is not let in beside another
// live node that has some: that is an *AgentsElsewhereError.
func (s *Store) Renew(ctx context.Context, node string, now time.Time) (skew time.Duration, err error) {
	if skew, err = s.Skew(ctx, now); err != nil {
		return 0, err
	}
	doubtful := s.takeDoubts(node)
	err = s.tx(ctx, func(tx *txn) error {
		var row nodeRow
		row, err = s.renewed(ctx, tx, node, now)
		if err != nil {
			return err
		}
		if _, err = tx.NamedExecContext(ctx, upsertNode, row); err != nil {
			return err
		}
		if err = s.giveBackDoubtful(ctx, tx, node, doubtful); err != nil {
			return err
		}
		return s.giveBack(ctx, tx, row, now)
	})
	if err != nil {
		s.doubts(node, doubtful)
		return 0, fmt.Errorf("renew the lease of node %s: %w", node, err)
	}
	s.rewind()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[node] = true
	if s.node == "" {
		s.node = node
	}
	return skew, nil
}

// renewed is the node's row as it shall be.
func (s *Store) renewed(ctx context.Context, tx *txn, node string, now time.Time) (nodeRow, error) {
	host, err := os.Hostname()
	if err != nil {
		return nodeRow{}, err
	}
	row := nodeRow{Name: node, Owner: s.owner(node), Host: host, PID: os.Getpid(), LeaseUntil: at(now.Add(s.o.Lease))}
	if s.o.Agents {
		row.Agents = 1
	}
	var was nodeRow
	switch err := tx.GetContext(ctx, &was, selectNode+s.d.forUpdate, node); {
	case errors.Is(err, sql.ErrNoRows):
		return row, s.checkSeats(ctx, tx, row, now)
	case err != nil:
		return row, err
	}
	lapsed := was.LeaseUntil.Before(now)
	switch {
	case was.Owner == row.Owner && lapsed:
		row.RegainedAt = at(now)
	case was.Owner == row.Owner:
		row.RegainedAt = was.RegainedAt
	case !lapsed && was.lives(row):
		return row, &NodeTakenError{Node: node, Host: was.Host, PID: was.PID, Until: was.LeaseUntil.Time}
	default: // another run's, which does nothing any more
		if _, err := tx.ExecContext(ctx, deleteStandings, node); err != nil {
			return row, err
		}
		return row, s.checkSeats(ctx, tx, row, now)
	}
	return row, nil
}

// lives tells whether the process that has a lease may still run. On another
// machine it may, until the lease is over.
func (n nodeRow) lives(self nodeRow) bool {
	if n.Host != self.Host {
		return true
	}
	return n.PID != self.PID && !n.died(self.Host)
}

// died tells whether the process that has a lease is known to be gone: it ran on
// the host given, which is ours.
func (n nodeRow) died(host string) bool {
	return n.Host == host && errors.Is(syscall.Kill(n.PID, 0), syscall.ESRCH)
}

// trusts tells whether the node may take it that nodes whose lease is over are
// gone. One that itself lost its lease gives the others, who may have lost
// theirs to the same outage, the time to come back.
func (n nodeRow) trusts(now time.Time, lease time.Duration) bool {
	return n.RegainedAt.IsZero() || !now.Before(n.RegainedAt.Add(lease))
}

// gone ends a condition on the owner of a thing: none of the leases that last
// is the owner's. It takes the time as $1.
const gone = ` NOT IN (SELECT owner FROM nodes WHERE lease_until >= $1)`

const giveBackClaims = `
UPDATE contacts SET claimed_by = '' WHERE claimed_by <> '' AND state = 'pending' AND claimed_by NOT LIKE 'agent/%' AND claimed_by` + gone

// giveBack frees what nodes that are gone had claimed.
func (s *Store) giveBack(ctx context.Context, tx *txn, self nodeRow, now time.Time) error {
	if !self.trusts(now, s.o.Lease) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, giveBackClaims, ms(now)); err != nil {
		return fmt.Errorf("give claims back: %w", err)
	}
	return nil
}

const endLease = `UPDATE nodes SET lease_until = 0 WHERE owner = $1`

// abdicate ends the leases of this run, so that its names are free at once.
func (s *Store) abdicate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w.j.holding() {
		return nil // the database is away
	}
	var errs []error
	for node := range s.nodes {
		_, err := s.db.Exec(endLease, s.owner(node)) //nolint:noctx // Close has no context
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Skew is how far a node's clock is ahead of the database's.
func (s *Store) Skew(ctx context.Context, now time.Time) (time.Duration, error) {
	var clock int64
	if err := s.read.GetContext(ctx, &clock, s.d.clock); err != nil {
		return 0, fmt.Errorf("read the database's clock: %w", err)
	}
	return now.Sub(time.UnixMilli(clock)), nil
}

const liveNode = `SELECT COUNT(*) FROM nodes WHERE name = $1 AND lease_until >= $2`

// Lives tells whether a node has its lease.
func (s *Store) Lives(ctx context.Context, node string, now time.Time) (bool, error) {
	var n int
	if err := s.read.GetContext(ctx, &n, liveNode, node, ms(now)); err != nil {
		return false, fmt.Errorf("look for node %s: %w", node, err)
	}
	return n > 0, nil
}
