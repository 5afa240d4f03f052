package store

import (
	"context"
	"fmt"
	"time"
)

// List is a contact list.
type List struct {
	Name      string
	Customers int // that are on it, without those withdrawn
	CreatedAt time.Time
	UpdatedAt time.Time // of the latest import
}

const selectLists = `
SELECT name, created_at, updated_at,
	(SELECT COUNT(*) FROM customers WHERE list = lists.name AND withdrawn_at = 0) AS customers
FROM lists ORDER BY name`

// Lists returns all contact lists by name.
func (s *Store) Lists(ctx context.Context) ([]List, error) {
	var rows []struct {
		Name      string  `db:"name"`
		Customers int     `db:"customers"`
		CreatedAt instant `db:"created_at"`
		UpdatedAt instant `db:"updated_at"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectLists); err != nil {
		return nil, fmt.Errorf("list the lists: %w", err)
	}
	lists := make([]List, len(rows))
	for i, r := range rows {
		lists[i] = List{Name: r.Name, Customers: r.Customers, CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time}
	}
	return lists, nil
}

const lockList = `SELECT name FROM lists WHERE name = $1`

// holdList holds a list until the transaction ends, so that who is taken off it
// is not enrolled from it meanwhile. Importing into a list holds it as well.
func (s *Store) holdList(ctx context.Context, tx *txn, name string) error {
	if s.d.forUpdate == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, lockList+s.d.forUpdate, name); err != nil {
		return fmt.Errorf("hold list %q: %w", name, err)
	}
	return nil
}
